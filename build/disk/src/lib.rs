//! Disk images for the demo and the tests.

#![forbid(unsafe_code)]

mod ext;
pub mod files;
mod image;
mod partitioned;

pub use partitioned::{Named, make_partitioned};

use anyhow::{Context, Result};
use hadris_fat::sync::{FatFs, format};
use hadris_fat::{FatKind, FatOptions, VolumeLabel};
use hadris_fs::{MountOptions, sync};
use hadris_storage::{BlockSize, MemDevice};
use std::io::Write;
use std::path::Path;

/// Bytes of the default disk without partitions, and of each partition of one with.
pub const SIZE: usize = 64 << 20;
/// So that the image is the same whenever it is made.
const VOLUME_ID: u32 = 0x0a1d_0500;

/// A file on a disk.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its path, `/` between folders; the folders are made.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What the default disk holds.
#[must_use]
pub fn default_contents() -> Vec<Content> {
    let file = |path: &str, bytes: &[u8]| Content { path: path.into(), bytes: bytes.into() };
    vec![
        file("hello.txt", b"hello from the disk\n"),
        file("readme.txt", README.as_bytes()),
        file("docs/A file with a long name.txt", b"Long names work, too.\n"),
        file("docs/pattern.bin", &pattern(300_000)),
    ]
}

const README: &str = "This disk was made by the build tool. Try:\n\
    \x20 ls docs\n\
    \x20 cat hello.txt\n\
    \x20 crc docs/pattern.bin\n";

/// Bytes that differ from their neighbours near and far.
#[must_use]
pub fn pattern(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    (0..length)
        .map(|_| {
            // Numerical Recipes' linear congruential generator.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

/// Makes a FAT32 image without partitions, of the default size.
///
/// # Errors
/// If the file cannot be written, or the contents do not fit.
pub fn make_fat32(path: &Path, contents: &[Content]) -> Result<()> {
    let image = fat32(&Volume::default(), contents)?;
    let cannot = || format!("cannot write {}", path.display());
    // Made aside, so that an interrupted run leaves no half image, nor do two at once.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut aside =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).with_context(cannot)?;
    aside.write_all(&image).with_context(cannot)?;
    aside.persist(path).with_context(cannot)?;
    Ok(())
}

/// What a FAT32 volume is like, besides its contents.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Its bytes, a multiple of 512.
    pub size: usize,
    /// Bytes before it on the disk.
    pub offset: u64,
    /// Its name, if it has one: at most 11 letters and digits.
    pub label: Option<&'static str>,
}

impl Default for Volume {
    /// The default disk: without partitions.
    fn default() -> Self {
        Self { size: SIZE, offset: 0, label: None }
    }
}

/// Makes a FAT32 volume in memory; the same contents make the same bytes.
///
/// # Errors
/// If the contents do not fit.
pub fn fat32(volume: &Volume, contents: &[Content]) -> Result<Vec<u8>> {
    fill(volume, contents).context("cannot make a FAT32 image")
}

fn fill(Volume { size, offset, label }: &Volume, contents: &[Content]) -> Result<Vec<u8>> {
    let block = BlockSize::new(512).context("a block size")?;
    let mut device = MemDevice::new(vec![0; *size], block);
    let mut options = FatOptions::new().with_kind(FatKind::Fat32).with_serial(VOLUME_ID);
    options = options.with_partition_offset(*offset);
    if let Some(label) = label {
        options = options.with_label(VolumeLabel::new(label).context("no name for a volume")?);
    }
    format(&mut device, &options)?;
    let volume = sync::Volume::new(FatFs::mount(device, MountOptions::new())?);
    for Content { path, bytes } in contents {
        if let Some((folder, _)) = path.rsplit_once('/') {
            volume.create_dir_all(folder)?;
        }
        volume.write(path, bytes)?;
    }
    volume.lock()?.sync()?;
    let volume = volume.into_inner().map_err(|_| anyhow::anyhow!("the volume is in use"))?;
    Ok(volume.into_inner().into_inner())
}
