//! Whether what a power cut left is a file system still.

use crate::{Cut, Fat, Image, Littlefs};
use anyhow::Result;

/// What a checker thinks of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong.
    Clean,
    /// This was wrong; all that must be there is there after a repair.
    Repaired(String),
    /// This is wrong, and no repair brings it back.
    Damaged(String),
}

/// Judges a disk.
pub trait Checker {
    /// Looks at a disk that a power cut left. What it writes there is undone afterwards.
    ///
    /// # Errors
    /// If it could not look; what it saw is a [`Verdict`].
    fn check(&mut self, image: &mut Image, cut: &Cut<'_>) -> Result<Verdict>;
}

/// A file system that can be checked.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// Whether a disk holds one.
    pub is_on: fn(&mut Image) -> bool,
    /// Makes its checker.
    pub checker: Make,
}

/// Makes a checker, told how the disk was in the beginning and which files must stay as they are
/// there.
pub type Make = fn(&mut Image, &[String]) -> Result<Box<dyn Checker>>;

/// All of them.
pub const FORMATS: &[Format] = &[
    Format {
        name: "fat",
        is_on: Fat::is_on,
        checker: |image, keep| Ok(Box::new(Fat::new(image, keep)?)),
    },
    Format {
        name: "littlefs",
        is_on: Littlefs::is_on,
        checker: |image, keep| Ok(Box::new(Littlefs::new(image, keep)?)),
    },
];

/// The format of what is on a disk.
pub fn format_of(image: &mut Image) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.is_on)(image))
}
