//! Judges FAT volumes: by `fsck.fat`, and by the code that the target reads them with.

use crate::tree::{Tree, tree};
use crate::{Checker, Cut, Image, Verdict};
use anyhow::{Context, Result, bail, ensure};
use drv_fatfs::{Fat as Volume, Place};
use std::path::Path;
use std::process::{Command, Output};

/// Where `fsck.fat` is; `sbin` is not in everyone's path.
const PROGRAMS: [&str; 3] = ["fsck.fat", "/usr/sbin/fsck.fat", "/sbin/fsck.fat"];

/// So often a repair is repeated while it finds something.
const MOST_REPAIRS: usize = 4;

/// Judges FAT volumes.
///
/// A disk is clean if `fsck.fat -n` and `drv/fatfs` have nothing against it, and repaired if they
/// have nothing against a copy that `fsck.fat -a` has been at until it found no more. In both, the files that must stay
/// have the bytes that they had in the beginning.
#[derive(Debug)]
pub struct Fat {
    program: &'static str,
    kept: Tree,
}

impl Fat {
    /// Whether a disk holds a FAT volume, without partitions.
    pub fn is_on(image: &mut Image) -> bool {
        let mut sector = [0; 512];
        if image.get(0, &mut sector).is_err() {
            return false;
        }
        // The names of the format are where FAT32, and where FAT12 and FAT16 have them.
        sector.ends_with(&[0x55, 0xaa])
            && (sector[82..].starts_with(b"FAT32") || sector[54..].starts_with(b"FAT1"))
    }

    /// A checker for a disk that was so in the beginning; these files stay as they are there.
    ///
    /// # Errors
    /// If there is no `fsck.fat`, or the disk cannot be read or has no such files.
    pub fn new(image: &mut Image, keep: &[String]) -> Result<Self> {
        let there = |program: &&&str| Command::new(program).arg("--help").output().is_ok();
        let program = PROGRAMS.iter().find(there);
        let program = program.context("there is no fsck.fat: apt-get install dosfstools")?;
        let mut tree = files(image)?.context("the disk as it was before the log began")?;
        for path in keep {
            ensure!(tree.contains_key(path), "the disk had no file {path} before the log began");
        }
        tree.retain(|path, _| keep.contains(path));
        Ok(Self { program, kept: tree })
    }

    /// What is wrong, if anything is.
    fn wrong(&self, image: &mut Image) -> Result<Option<String>> {
        let output = self.fsck("-n", image.path())?;
        if !output.status.success() {
            return Ok(Some(first_words(&output)));
        }
        let tree = match files(image)? {
            Ok(tree) => tree,
            Err(error) => return Ok(Some(format!("{error:#}"))),
        };
        let lost = self.kept.iter().find(|(path, bytes)| tree.get(*path) != Some(*bytes));
        Ok(lost.map(|(path, _)| format!("{path} is not what it was")))
    }

    fn fsck(&self, mode: &str, image: &Path) -> Result<Output> {
        let output = Command::new(self.program).arg(mode).arg(image).output();
        let output = output.with_context(|| format!("cannot run {}", self.program))?;
        match output.status.code() {
            // Nothing was wrong; something was.
            Some(0 | 1) => Ok(output),
            _ => bail!("fsck.fat {mode}: {}: {}", output.status, first_words(&output)),
        }
    }
}

/// What is on a disk, as the target reads it; a mount may write.
fn files(image: &mut Image) -> Result<Result<Tree>> {
    image.tentatively(|image| tree(&mut Volume::new(&mut Place::new(), image)))
}

impl Checker for Fat {
    fn check(&mut self, image: &mut Image, _: &Cut<'_>) -> Result<Verdict> {
        let Some(before) = self.wrong(image)? else { return Ok(Verdict::Clean) };
        let mut copy = image.copy()?;
        // A folder without its clusters is given one, and is removed by the next run.
        for _ in 0..MOST_REPAIRS {
            if self.fsck("-a", copy.path())?.status.success() {
                break;
            }
        }
        Ok(match self.wrong(&mut copy)? {
            None => Verdict::Repaired(before),
            Some(after) => Verdict::Damaged(format!("{before}; after the repair: {after}")),
        })
    }
}

/// What it has to say, without the line with its version.
fn first_words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().chain(errors.lines()).map(str::trim);
    let lines: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with("fsck.fat ")).take(3).collect();
    lines.join(" ")
}
