//! Where a disk goes, and whether it may.

use crate::copy::is_zero;
use crate::{ALIGN, SECTOR, System, table};
use anyhow::{Context, Result, bail, ensure};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What may be written over.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nothing larger than so many bytes.
    pub max_size: u64,
    /// Whatever size it has, and whatever is on it.
    pub yes: bool,
}

/// What is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    New,
    /// A file.
    File,
    /// A block device.
    Device {
        /// `MAJOR:MINOR`.
        number: (u32, u32),
    },
}

/// What is on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Blank,
    Ours,
    Other,
}

/// A place for a disk.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its path, links followed.
    pub path: PathBuf,
    /// What is there.
    pub kind: Kind,
    /// Bytes of it, if there is anything.
    pub size: Option<u64>,
}

impl Target {
    /// Looks at a path.
    ///
    /// # Errors
    /// If it can neither be a file nor a block device.
    pub fn at(path: &Path) -> Result<Self> {
        let metadata = match std::fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Self::new(path),
            metadata => metadata.with_context(|| format!("cannot look at {}", path.display()))?,
        };
        let path = path.canonicalize()?;
        let kind = metadata.file_type();
        if kind.is_file() {
            return Ok(Self { path, kind: Kind::File, size: Some(metadata.len()) });
        }
        ensure!(kind.is_block_device(), "{} is neither a file nor a disk", path.display());
        let size = size_of_device(&path)?;
        let number = numbers(metadata.rdev());
        Ok(Self { path, kind: Kind::Device { number }, size: Some(size) })
    }

    fn new(path: &Path) -> Result<Self> {
        // A forgotten stick, or a wrong letter, must not become a file in memory.
        let in_dev = std::path::absolute(path)?.starts_with("/dev");
        ensure!(!in_dev, "there is no device {}", path.display());
        Ok(Self { path: path.to_owned(), kind: Kind::New, size: None })
    }

    /// Refuses it if it is in use, too large, or somebody may miss what is on it.
    ///
    /// # Errors
    /// Why.
    pub fn check(&self, system: &System, limits: Limits) -> Result<()> {
        self.refusal(system, limits)
            .with_context(|| format!("{} is not written to", self.path.display()))
    }

    fn refusal(&self, system: &System, limits: Limits) -> Result<()> {
        match self.kind {
            Kind::New => return Ok(()),
            Kind::File => system.check_file(&self.path)?,
            Kind::Device { number } => system.check_device(number)?,
        }
        if limits.yes {
            return Ok(());
        }
        let size = self.size.unwrap_or(0);
        if size > limits.max_size {
            bail!(
                "it has {size} bytes, and {} is the limit: if it is the right disk, \
                 raise --max-size or say --yes",
                limits.max_size
            );
        }
        match self.content(size).context("it is not known what is on it")? {
            Content::Blank | Content::Ours => Ok(()),
            Content::Other => bail!("it holds something else: --yes overwrites it"),
        }
    }

    fn content(&self, size: u64) -> Result<Content> {
        let mut disk = File::open(&self.path)?;
        if table::is_ours(&mut disk) {
            return Ok(Content::Ours);
        }
        // Every table and file system has its mark at one of the ends. A file may be anything.
        let places = match self.kind {
            Kind::Device { .. } => vec![0..ALIGN.min(size), size.saturating_sub(ALIGN)..size],
            _ => (0..size).step_by(ALIGN as usize).map(|at| at..size.min(at + ALIGN)).collect(),
        };
        for place in places {
            let mut bytes = vec![0; (place.end - place.start) as usize];
            disk.seek(SeekFrom::Start(place.start))?;
            disk.read_exact(&mut bytes)?;
            if !is_zero(&bytes) {
                return Ok(Content::Other);
            }
        }
        Ok(Content::Blank)
    }
}

fn size_of_device(path: &Path) -> Result<u64> {
    let cannot = || format!("cannot read {}", path.display());
    let mut disk = File::open(path).with_context(cannot)?;
    let sector = gptman::linux::get_sector_size(&mut disk).with_context(cannot)?;
    ensure!(
        sector == SECTOR,
        "{} has sectors of {sector} bytes; only those of {SECTOR} are supported",
        path.display()
    );
    disk.seek(SeekFrom::End(0)).with_context(cannot)
}

/// How Linux packs major and minor number.
const fn numbers(device: u64) -> (u32, u32) {
    let major = (device >> 8 & 0xfff) | (device >> 32 & 0xffff_f000);
    let minor = (device & 0xff) | (device >> 12 & 0xffff_ff00);
    (major as u32, minor as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_numbers_are_taken_apart() {
        assert_eq!(numbers(0x0801), (8, 1));
        assert_eq!(numbers(0x10_0302), (3, 0x102));
        assert_eq!(numbers(0x1000_0000_0000), (0x1000, 0));
    }
}
