//! What is on the disk, byte by byte.

use crate::{ALIGN, SECTOR, script, table};
use anyhow::{Context, Result, ensure};
use disk::{Content, Volume};

/// The image's name on the partition.
pub const IMAGE: &str = "image.bin";
/// The script's, where U-Boot looks for it.
const SCRIPT: &str = "boot.scr";
/// The partition's least size. FAT32 begins at 33 MiB.
const LEAST: u64 = 64 << 20;
/// Of the partition, so much is left for the file system's own needs, and for later.
const SPARE: u64 = 8 << 20;

/// What is to be started.
#[derive(Clone, Debug)]
pub struct Boot {
    /// Name of the app.
    pub app: String,
    /// Id of the image.
    pub image_id: u64,
    /// Where the image is linked for.
    pub load_address: u64,
    /// `image.bin`.
    pub image: Vec<u8>,
    /// Further files.
    pub files: Vec<Content>,
}

/// Bytes in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Their offset on the disk.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Piece {
    /// Where they end.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

/// A disk. What no piece covers is not touched.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Bytes of the whole disk.
    pub size: u64,
    /// The partition with the image.
    pub partition: Piece,
    /// The partition tables, the second one first: with the first, the disk becomes bootable.
    pub tables: [Piece; 2],
    /// Names of the files on the partition.
    pub files: Vec<String>,
}

impl Plan {
    /// The disk that holds this, so large, or as small as can be.
    ///
    /// # Errors
    /// If it does not fit.
    pub fn new(boot: &Boot, size: Option<u64>) -> Result<Self> {
        let contents = contents(boot)?;
        let bytes = partition_size(&contents);
        let least = least(bytes);
        let size = size.unwrap_or(least) / SECTOR * SECTOR;
        ensure!(size >= least, "{size} bytes are too few for a disk: it needs {least}");
        let label = Some("AIDOS");
        let volume = Volume { size: usize::try_from(bytes)?, offset: ALIGN, label };
        let partition = Piece { offset: ALIGN, bytes: disk::fat32(&volume, &contents)? };
        let tables = table::tables(size, &partition, boot.image_id)?;
        let files = contents.into_iter().map(|content| content.path).collect();
        Ok(Self { size, partition, tables, files })
    }

    /// Bytes of the smallest disk for this.
    ///
    /// # Errors
    /// If a name is taken twice.
    pub fn least(boot: &Boot) -> Result<u64> {
        Ok(least(partition_size(&contents(boot)?)))
    }

    /// All pieces, in the order in which they are to be written.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        [&self.partition].into_iter().chain(&self.tables)
    }
}

/// A MiB before the partition, and one after it, as every partitioning tool does it.
const fn least(partition: u64) -> u64 {
    ALIGN + partition + ALIGN
}

fn contents(boot: &Boot) -> Result<Vec<Content>> {
    let mut all = vec![
        Content { path: SCRIPT.into(), bytes: script::boot_script(boot) },
        Content { path: IMAGE.into(), bytes: boot.image.clone() },
    ];
    for file in &boot.files {
        let taken = all.iter().any(|other| other.path.eq_ignore_ascii_case(&file.path));
        ensure!(!taken, "there is a file `{}` on the disk already", file.path);
        all.push(file.clone());
    }
    Ok(all)
}

fn partition_size(contents: &[Content]) -> u64 {
    // Each file and folder takes whole clusters, of at most 32 KiB.
    let files = contents.iter().map(|content| content.bytes.len() as u64 + (64 << 10));
    let needed = files.sum::<u64>() + SPARE;
    // The two FATs take a 64th of what they describe, at worst.
    (needed + needed / 32).next_multiple_of(ALIGN).max(LEAST)
}

/// The partition's first and last sector.
pub fn sectors(partition: &Piece) -> Result<(u64, u64)> {
    let last = (partition.end() / SECTOR).checked_sub(1).context("the partition is empty")?;
    Ok((partition.offset / SECTOR, last))
}
