//! The disk that is made where none is given: with what the app file says of it.

use crate::dist::Dist;
use crate::test::{find_ext_tools, find_partition_tools};
use anyhow::{Context, Result};
use appfile::App;
use appfile::app::Task;
use disk::Named;
use disk::files::Format;
use std::path::PathBuf;

/// The device that QEMU gives the disk.
const DEVICE: &str = "virtio0";

/// What tasks of these crates want to find; others, FAT.
const FORMATS: [(&str, Format); 2] =
    [("task-littlefs", Format::Littlefs { block_size: BLOCK_SIZE }), ("task-ext", Format::Ext(4))];
/// Bytes in blocks of the power-safe one.
const BLOCK_SIZE: u32 = 4096;

/// A disk with some files on it; where the app names partitions, they are there, those files in each
/// that is not for the power-safe file system. It is made once for each app, and again when it names others.
pub fn default_disk(dist: &Dist) -> Result<PathBuf> {
    disk_of(dist, disk::SIZE)
}

/// A disk as [`default_disk`] makes it that nobody has used yet, with partitions of so many bytes.
pub fn fresh_disk(dist: &Dist, size: usize) -> Result<PathBuf> {
    let path = disk_of(dist, size)?;
    let copy = path.with_extension("used.img");
    std::fs::copy(&path, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
    Ok(copy)
}

fn disk_of(dist: &Dist, size: usize) -> Result<PathBuf> {
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
        if named.iter().any(|(_, format)| matches!(format, Format::Ext(_))) {
            toolchain::require(find_ext_tools)?;
        }
        disk::make_partitioned(&path, &named, size, &contents)?;
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
fn partitions(app: &App) -> Vec<(Named, Format)> {
    let Some(server) = server(app) else { return Vec::new() };
    let mut partitions: Vec<(Named, Format)> = Vec::new();
    for (client, text) in app.origin.texts_in(&["tasks", server, "config", "partitions"]) {
        let is_new = |named: &Named| partitions.iter().all(|(other, _)| other != named);
        if let Some(named) = Named::parse(text).filter(is_new) {
            partitions.push((named, format(app, client)));
        }
    }
    partitions
}

/// What a client wants to find in its partition.
fn format(app: &App, client: &str) -> Format {
    let task = app.tasks.iter().find(|task| task.name == client);
    let known = FORMATS.iter().find(|(krate, _)| task.is_some_and(|task| task.krate == *krate));
    known.map_or(Format::Fat, |(_, format)| *format)
}

/// The task that has the disk.
fn server(app: &App) -> Option<&str> {
    let has = |task: &&Task| task.devices.iter().any(|device| device.name == DEVICE);
    app.tasks.iter().find(has).map(|task| task.name.as_str())
}
