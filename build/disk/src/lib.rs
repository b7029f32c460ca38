//! Disk images for the demo and the tests.

#![forbid(unsafe_code)]

use anyhow::{Context, Result};
use fatfs::{FatType, FileSystem, FormatVolumeOptions, FsOptions};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

/// Bytes of the default disk.
const SIZE: u64 = 64 << 20;
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

/// Makes a FAT32 image without partitions.
///
/// # Errors
/// If the file cannot be written, or the contents do not fit.
pub fn make_fat32(path: &Path, contents: &[Content]) -> Result<()> {
    // Made aside, so that an interrupted run leaves no half image.
    let aside = path.with_extension("part");
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&aside)
        .with_context(|| format!("cannot write {}", aside.display()))?;
    file.set_len(SIZE).with_context(|| format!("no room for {}", aside.display()))?;
    fill(file, contents).with_context(|| format!("cannot fill {}", aside.display()))?;
    std::fs::rename(&aside, path).with_context(|| format!("cannot write {}", path.display()))
}

fn fill(mut file: File, contents: &[Content]) -> Result<()> {
    let options = FormatVolumeOptions::new()
        .fat_type(FatType::Fat32)
        .bytes_per_cluster(512)
        .volume_id(VOLUME_ID)
        .volume_label(*b"AIDOS      ");
    fatfs::format_volume(&mut file, options)?;
    let volume = FileSystem::new(file, FsOptions::new())?;
    {
        let root = volume.root_dir();
        for content in contents {
            for (end, _) in content.path.match_indices('/') {
                root.create_dir(&content.path[..end])?;
            }
            root.create_file(&content.path)?.write_all(&content.bytes)?;
        }
    }
    volume.unmount()?;
    Ok(())
}
