//! Ext2, ext3 and ext4 images, made by `mke2fs`: there is no code of ours that writes them.

use crate::Content;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// So that the image is the same whenever it is made.
const IDENTITY: &str = "0a1d0500-0000-4000-8000-000000000000";

/// Makes a file system of a file, in its size.
pub fn make(image: &Path, version: u8, sector_size: u32, contents: &[Content]) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    for Content { path, bytes } in contents {
        let path = folder.path().join(path);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        written.and_then(|()| std::fs::write(&path, bytes)).context("cannot write the contents")?;
    }
    let mut command = Command::new("/sbin/mke2fs");
    command.args(["-q", "-F", "-U", IDENTITY, "-E"]).arg(format!("hash_seed={IDENTITY}"));
    command.args(["-t", &format!("ext{version}")]);
    if sector_size > 1024 {
        // A block has at least one sector.
        command.args(["-b", "4096"]);
    }
    let output = command.arg("-d").arg(folder.path()).arg(image).output();
    let output = output.context("cannot start mke2fs (package e2fsprogs)")?;
    if !output.status.success() {
        bail!("mke2fs refused: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
