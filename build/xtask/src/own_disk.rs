//! The disk that is made where none is given: with what the app file says of it.

use crate::dist::Dist;
use crate::test::find_partition_tools;
use anyhow::{Context, Result};
use appfile::App;
use disk::Named;
use std::path::PathBuf;

/// The device that QEMU gives the disk.
const DEVICE: &str = "virtio0";

/// A disk with some files on it, and those in each of the partitions that the app names. It is made
/// once for each app, and again when it names others.
pub fn default_disk(dist: &Dist) -> Result<PathBuf> {
    let path = dist.folder.with_file_name("disk.img");
    let (named, list) = (partitions(&dist.app), dist.folder.with_file_name("disk.partitions"));
    let wanted = format!("{named:?}");
    let had = std::fs::read_to_string(&list).unwrap_or_else(|_| "[]".into());
    if path.is_file() && had == wanted {
        return Ok(path);
    }
    let contents = disk::default_contents();
    if named.is_empty() {
        disk::make_fat32(&path, &contents)?;
    } else {
        toolchain::require(find_partition_tools)?;
        disk::make_partitioned(&path, &named, &contents)?;
    }
    std::fs::write(&list, wanted).with_context(|| format!("cannot write {}", list.display()))?;
    Ok(path)
}

/// The serial that the app expects.
pub fn serial(app: &App) -> Option<String> {
    let config = ["tasks", server(app)?, "config", "serial"];
    app.origin.text_at(&config).map(str::to_owned)
}

/// The partitions that the app names, each once.
fn partitions(app: &App) -> Vec<Named> {
    let Some(server) = server(app) else { return Vec::new() };
    let mut partitions = Vec::new();
    for (_, text) in app.origin.texts_in(&["tasks", server, "config", "partitions"]) {
        partitions.extend(Named::parse(text).filter(|named| !partitions.contains(named)));
    }
    partitions
}

/// The task that has the disk.
fn server(app: &App) -> Option<&str> {
    let has = |task: &&appfile::app::Task| task.devices.iter().any(|device| device.name == DEVICE);
    app.tasks.iter().find(has).map(|task| task.name.as_str())
}
