//! Judges FAT volumes: by `fsck.fat`, and by the code that the target reads them with.

use crate::tree::{Tree, tree};
use crate::{Checker, Cut, Image, Verdict};
use anyhow::{Context, Result, bail, ensure};
use drv_fatfs::{Fat as Volume, Place, RepairMemory};
use std::path::Path;
use std::process::{Command, Output};

/// Where `fsck.fat` is; `sbin` is not in everyone's path.
const PROGRAMS: [&str; 3] = ["fsck.fat", "/usr/sbin/fsck.fat", "/sbin/fsck.fat"];

/// Judges FAT volumes.
///
/// A disk is clean if `drv/fatfs` finds nothing to repair when it mounts it, and repaired if it does. In both,
/// `fsck.fat -n` has nothing to say then, every file can be read to its end, and those that must stay
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
        let found = image.tentatively(files)?.context("the disk as it was before the log began")?;
        let (mut tree, _) = found;
        for path in keep {
            ensure!(tree.contains_key(path), "the disk had no file {path} before the log began");
        }
        tree.retain(|path, _| keep.contains(path));
        Ok(Self { program, kept: tree })
    }

    /// What `fsck.fat` finds wrong, if anything.
    fn complaint(&self, image: &Path) -> Result<Option<String>> {
        let output = Command::new(self.program).arg("-n").arg(image).output();
        let output = output.with_context(|| format!("cannot run {}", self.program))?;
        match output.status.code() {
            Some(0) => Ok(None),
            Some(1) => Ok(Some(first_words(&output))),
            _ => bail!("fsck.fat -n: {}: {}", output.status, first_words(&output)),
        }
    }

    /// What is wrong with a volume that was mounted, if anything is.
    fn wrong(&self, image: &Path, tree: &Tree) -> Result<Option<String>> {
        if let Some(words) = self.complaint(image)? {
            return Ok(Some(words));
        }
        let lost = self.kept.iter().find(|(path, bytes)| tree.get(*path) != Some(*bytes));
        Ok(lost.map(|(path, _)| format!("{path} is not what it was")))
    }
}

/// What is on a disk, as the target reads it, and how much had to be repaired.
fn files(image: &mut Image) -> Result<(Tree, u32)> {
    let (mut place, mut repair) = (Box::new(Place::new()), Box::new(RepairMemory::new()));
    let mut volume = Volume::new(&mut place, image).repairing(&mut repair);
    let tree = tree(&mut volume)?;
    Ok((tree, volume.repaired().total()))
}

impl Checker for Fat {
    fn check(&mut self, image: &mut Image, _: &Cut<'_>) -> Result<Verdict> {
        let before = self.complaint(image.path());
        image.tentatively(|image| {
            let (tree, repairs) = match files(image) {
                Ok(found) => found,
                Err(error) => return Ok(Verdict::Damaged(format!("{error:#}"))),
            };
            let before = before?;
            Ok(match (self.wrong(image.path(), &tree)?, before) {
                (Some(words), Some(before)) if words != before => {
                    Verdict::Damaged(format!("{before}; after the repair: {words}"))
                }
                (Some(words), _) => Verdict::Damaged(words),
                // But for the mark that it was in use.
                (None, _) if repairs == 0 => Verdict::Clean,
                (None, Some(words)) => Verdict::Repaired(words),
                (None, None) => Verdict::Repaired(format!("{repairs} repairs")),
            })
        })?
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
