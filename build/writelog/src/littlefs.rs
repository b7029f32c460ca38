//! Judges littlefs volumes, by the code that the target reads them with.

use crate::tree::{Tree, tree};
use crate::{Checker, Cut, Image, Verdict};
use anyhow::{Context, Result, ensure};
use drv_fs_core::FileSystem;
use drv_littlefs::{Memory, Settings};

/// Judges littlefs volumes.
///
/// The format is to survive every power cut, so nothing is repaired: a disk is clean if every file
/// can be read to its end, and those that must stay have the bytes that they had in the beginning.
#[derive(Debug)]
pub struct Littlefs {
    kept: Tree,
}

impl Littlefs {
    /// Whether a disk holds a littlefs volume, without partitions.
    pub fn is_on(image: &mut Image) -> bool {
        let mounted = image.tentatively(|image| {
            let mut memory = Memory::<1>::new();
            drv_littlefs::Littlefs::new(image, &mut memory, Settings::default()).mount()
        });
        matches!(mounted, Ok(Ok(())))
    }

    /// A checker for a disk that was so in the beginning; these files stay as they are there.
    ///
    /// # Errors
    /// If the disk cannot be read or has no such files.
    pub fn new(image: &mut Image, keep: &[String]) -> Result<Self> {
        let mut tree = files(image)?.context("the disk as it was before the log began")?;
        for path in keep {
            ensure!(tree.contains_key(path), "the disk had no file {path} before the log began");
        }
        tree.retain(|path, _| keep.contains(path));
        Ok(Self { kept: tree })
    }
}

/// What is on a disk, as the target reads it; a mount may write.
fn files(image: &mut Image) -> Result<Result<Tree>> {
    image.tentatively(|image| {
        let mut memory = Memory::<1>::new();
        tree(&mut drv_littlefs::Littlefs::new(image, &mut memory, Settings::default()))
    })
}

impl Checker for Littlefs {
    fn check(&mut self, image: &mut Image, _: &Cut<'_>) -> Result<Verdict> {
        let tree = match files(image)? {
            Ok(tree) => tree,
            Err(error) => return Ok(Verdict::Damaged(format!("{error:#}"))),
        };
        let lost = self.kept.iter().find(|(path, bytes)| tree.get(*path) != Some(*bytes));
        Ok(lost.map_or(Verdict::Clean, |(path, _)| {
            Verdict::Damaged(format!("{path} is not what it was"))
        }))
    }
}
