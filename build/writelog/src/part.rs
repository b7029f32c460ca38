//! One partition of a disk, and what was written to it.

use crate::{Image, Log};
use anyhow::{Context, Result, ensure};
use drv_block::Block;
use drv_partition::{Extent, Memory, Selector, find};

/// What a log and the disk before it say of one partition, named as in app files: `label:data`.
///
/// # Errors
/// If there is no such partition, or it does not begin and end with sectors of the log.
pub fn part(log: Log, disk: &mut Image, partition: &str) -> Result<(Log, Image)> {
    let selector = Selector::parse(partition).with_context(|| format!("`{partition}`"))?;
    let sector = u64::from(disk.geometry()?.sector_size);
    let found = find(&mut *disk, &mut Box::new(Memory::new()), &selector);
    let Extent { first, sectors } = found.with_context(|| format!("the disk, {partition}"))?;
    let (place, bytes, unit) = (first * sector, sectors * sector, u64::from(log.sector_size()));
    let is_whole = place.is_multiple_of(unit) && bytes.is_multiple_of(unit);
    ensure!(is_whole, "{partition} begins or ends within a sector of the log, of {unit} bytes");
    let image = disk.part(place, bytes)?;
    Ok((log.within(place / unit, bytes / unit), image))
}
