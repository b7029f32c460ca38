//! Where the bytes of an image go: by program, by section, by crate; and what changed since
//! another build. All of it is read from archives.

#![forbid(unsafe_code)]

mod krate;
mod measure;
mod text;

pub use krate::krate;
pub use measure::{kernel, measure};
pub use text::{compare, table};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The sizes of one build, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// Name of the app.
    pub app: String,
    /// What a boot loader loads.
    pub image: u64,
    /// What the image and all memory behind it take, with the previous boot's copy.
    pub ram: u64,
    /// RAM of the board.
    pub ram_of_board: u64,
    /// The kernel, then the tasks by index.
    pub programs: Vec<Program>,
}

/// One program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// `kernel`, or the task's name.
    pub name: String,
    /// Instructions.
    pub text: u64,
    /// Constants, and the initial values of variables.
    pub rodata: u64,
    /// Variables with an initial value.
    pub data: u64,
    /// Variables that begin as zero, and the kernel's arrays.
    pub bss: u64,
    /// As `app.toml` declares it, in whole pages.
    pub stack: u64,
    /// Instructions by the crate they come from. What no symbol covers is `(padding)`.
    pub crates: BTreeMap<String, u64>,
}

impl Program {
    /// What a boot loader loads of it.
    #[must_use]
    pub const fn flash(&self) -> u64 {
        self.text + self.rodata
    }

    /// What it may write.
    #[must_use]
    pub const fn writable(&self) -> u64 {
        self.data + self.bss + self.stack
    }
}

impl Sizes {
    /// Of an archive, or of what [`Sizes::save`] wrote: told apart by how the file begins.
    ///
    /// # Errors
    /// If it is neither.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        if bytes.starts_with(b"PK") {
            return measure(&mut archive::Archive::open(path)?);
        }
        serde_json::from_slice(&bytes).with_context(|| {
            format!("{} is neither an archive nor sizes that were saved", path.display())
        })
    }

    /// For a later comparison.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = self.json()?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// For programs.
    ///
    /// # Errors
    /// None that is known.
    pub fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
