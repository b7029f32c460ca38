//! What the flash bank holds: made erased, and kept from run to run.

use crate::dist::Dist;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The device that QEMU's second bank is.
const DEVICE: &str = "flash1";

/// The app's own bank, if a task uses it.
pub fn own(dist: &Dist) -> Result<Option<PathBuf>> {
    let mut devices = dist.app.tasks.iter().flat_map(|task| &task.devices);
    if !devices.any(|device| device.name == DEVICE) {
        return Ok(None);
    }
    given(dist, &dist.folder.with_file_name("flash.img")).map(Some)
}

/// This file, which is made if it is not there.
pub fn given(dist: &Dist, path: &Path) -> Result<PathBuf> {
    let board = &dist.app.board;
    let device = board.devices.iter().find(|device| device.name == DEVICE);
    let device = device.with_context(|| format!("board `{}` has no `{DEVICE}`", board.name))?;
    let cannot = || format!("cannot make flash memory in {}", path.display());
    if !path.exists() {
        let size = usize::try_from(device.size).with_context(cannot)?;
        std::fs::write(path, vec![0xff; size]).with_context(cannot)?;
    }
    let size = std::fs::metadata(path).with_context(cannot)?.len();
    if size != device.size {
        bail!(
            "{} has {size} bytes, the bank {}: QEMU takes only a file as large as the bank; \
             without the file an erased one is made",
            path.display(),
            device.size
        );
    }
    Ok(path.to_owned())
}
