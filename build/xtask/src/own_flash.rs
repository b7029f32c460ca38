//! What the flash bank holds: made erased, with empty file systems where the app wants some, and kept
//! from run to run.

use crate::dist::Dist;
use anyhow::{Context, Result, bail};
use appfile::App;
use appfile::app::Task;
use disk::files::{Flash, Source, format_littlefs};
use std::path::{Path, PathBuf};

/// The device that QEMU's second bank is.
const DEVICE: &str = "flash1";
/// The crate whose tasks look there for the power-safe file system, with this feature.
const LITTLEFS: (&str, &str) = ("task-littlefs", "flash");
/// Bytes in its erase blocks.
const ERASE_SIZE: u32 = 256 << 10;

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
        for flash in parts(&dist.app) {
            let source = Source { flash: Some(flash), ..Source::whole(path) };
            format_littlefs(source, ERASE_SIZE).with_context(cannot)?;
        }
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

/// The parts in which tasks look for the power-safe file system.
fn parts(app: &App) -> Vec<Flash> {
    let has = |task: &&Task| task.devices.iter().any(|device| device.name == DEVICE);
    let Some(server) = app.tasks.iter().find(has) else { return Vec::new() };
    let is_on_flash = |task: &&Task| {
        task.krate == LITTLEFS.0 && task.features.iter().any(|feature| feature == LITTLEFS.1)
    };
    let clients = app.tasks.iter().filter(is_on_flash);
    let config = ["tasks", &server.name, "config", "parts"];
    let part = |client: &str| {
        let number = |key| app.origin.number_at(&[&config[..], &[client, key]].concat());
        Flash {
            erase_size: ERASE_SIZE,
            first: number("first-block").unwrap_or(0),
            blocks: number("blocks"),
        }
    };
    clients.map(|client| part(&client.name)).collect()
}
