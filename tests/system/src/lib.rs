//! End to end: what a user sees, and what the project promises of its own shape.
//!
//! The tests run `cargo xtask` and `cargo humility-lite` as a user would, from the workspace's
//! folder, and look at what they print and how they exit.

#![forbid(unsafe_code)]

mod copy;

pub use copy::{Copy, copy_tree, home_like_ours};

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The workspace.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// How a command ended and what it printed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Exit status 0.
    pub success: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Outcome {
    /// Of a program that ran.
    #[must_use]
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\r', "");
        Self {
            success: output.status.success(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Itself, if it succeeded.
    ///
    /// # Panics
    /// With everything printed, if not.
    #[must_use]
    #[track_caller]
    pub fn expect_success(self) -> Self {
        assert!(self.success, "{}\n{}", self.stdout, self.stderr);
        self
    }
}

/// Runs cargo in the workspace.
///
/// # Panics
/// If there is no cargo.
#[must_use]
pub fn cargo(arguments: &[&str]) -> Outcome {
    let output = Command::new("cargo")
        .current_dir(root())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("cargo runs");
    Outcome::of(&output)
}

/// Runs `cargo xtask qemu app.toml` with further arguments.
#[must_use]
pub fn qemu(arguments: &[&str]) -> Outcome {
    let mut all = vec!["xtask", "qemu", "app.toml"];
    all.extend(arguments);
    cargo(&all)
}

/// Every file below a folder whose name ends so; what cargo made is left out.
#[must_use]
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A disk with the partitions of the demo and its files.
///
/// # Panics
/// If there is no room for it.
#[must_use]
pub fn demo_disk(folder: &Path) -> PathBuf {
    let path = folder.join("demo-disk.img");
    let named = |text| disk::Named::parse(text).expect("a name");
    let littlefs = disk::files::Format::Littlefs { block_size: 4096 };
    let partitions =
        [(named("label:files"), disk::files::Format::Fat), (named("label:data"), littlefs)];
    disk::make_partitioned(&path, &partitions, disk::SIZE, &disk::default_contents())
        .expect("room for a disk");
    path
}

/// What a program says that must succeed.
///
/// # Panics
/// With all it printed, if not.
#[track_caller]
pub fn tool(program: &str, arguments: &[&str]) -> Vec<u8> {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new(program).args(arguments).env("PATH", path).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    output.stdout
}

/// A copy, beside the disk, of what the first entry of its GPT names.
///
/// # Panics
/// If there is no such disk.
#[must_use]
pub fn first_partition(disk: &Path) -> PathBuf {
    let bytes = std::fs::read(disk).expect("the disk is there");
    let number = |at: usize| {
        let number = bytes[at..at + 8].try_into().map(u64::from_le_bytes);
        number.expect("eight bytes") as usize * 512
    };
    // The table begins with the third sector; an entry has its first and its last sector there.
    let (first, last) = (number(1024 + 32), number(1024 + 40));
    let copy = disk.with_file_name("partition.img");
    std::fs::write(&copy, &bytes[first..last + 512]).expect("room for a copy");
    copy
}

/// CRC-32 as zip has it.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xedb8_8320 }
        })
    })
}
