//! Disk images for the demo and the tests.

#![forbid(unsafe_code)]

use anyhow::{Context, Result};
use hadris_fat::sync::{FatFs, format};
use hadris_fat::{FatKind, FatOptions};
use hadris_fs::MountOptions;
use hadris_fs::sync::Volume;
use hadris_storage::{BlockSize, MemDevice};
use std::path::Path;

/// Bytes of the default disk.
const SIZE: usize = 64 << 20;
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
    let image = fat32(contents).context("cannot make a FAT32 image")?;
    // Made aside, so that an interrupted run leaves no half image.
    let aside = path.with_extension("part");
    std::fs::write(&aside, image).with_context(|| format!("cannot write {}", aside.display()))?;
    std::fs::rename(&aside, path).with_context(|| format!("cannot write {}", path.display()))
}

fn fat32(contents: &[Content]) -> Result<Vec<u8>> {
    let block = BlockSize::new(512).context("a block size")?;
    let mut device = MemDevice::new(vec![0; SIZE], block);
    let options = FatOptions::new().with_kind(FatKind::Fat32).with_serial(VOLUME_ID);
    format(&mut device, &options)?;
    let volume = Volume::new(FatFs::mount(device, MountOptions::new())?);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_default_disk_is_one_that_others_accept() {
        let image = fat32(&default_contents()).expect("it can be made");
        assert_eq!(image, fat32(&default_contents()).expect("again"), "the same every time");
        let path = std::env::temp_dir().join(format!("default-disk-{}.img", std::process::id()));
        std::fs::write(&path, image).expect("room for it");
        let output = Command::new("/sbin/fsck.fat").arg("-n").arg(&path).output();
        let _ = std::fs::remove_file(&path);
        let output = output.expect("fsck.fat, of Debian's package dosfstools");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
