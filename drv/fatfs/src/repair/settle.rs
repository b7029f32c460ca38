//! What is left when each file and directory is known: the tables, and the marks of a clean volume.

use super::Result;
use super::slot::Slot;
use super::table::Link;
use super::volume::Volume;
use super::walk::{Step, Walk};
use crate::sectors::BLOCK;
use core::ops::Range;
use drv_block::Block;
use drv_fs_core::Error;
use hadris_fat_raw::layout::{encode_fs_info, reserved_fat_entries};
use hadris_fat_raw::{FIRST_DATA_CLUSTER, FatKind, RootLocation};

/// Where the boot sector has the kind of medium.
const MEDIA: u64 = 21;
/// Where the summary of FAT32 counts free clusters; where to look for one follows.
const FREE: u64 = 488;

/// The table's first entries, and a root directory that has a cluster.
pub fn reserved<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<()> {
    volume.begin();
    let kind = volume.kind();
    let [media] = volume.get(MEDIA)?;
    let (first, second) = (volume.entry(0)?, volume.entry(1)?);
    if !kind.reserved_entries_valid(media, first, second) {
        let (bytes, _) = reserved_fat_entries(kind, media);
        // Not clean yet.
        let second = kind.end_of_chain() | kind.mask() & !kind.clean_bit();
        volume.set_entry(0, kind.decode(0, &bytes))?;
        volume.set_entry(1, second)?;
        volume.repairs.copies += 1;
    }
    if let RootLocation::Cluster(root) = volume.geometry.root() {
        if !volume.has(root) || volume.link(root)? == Link::Bad {
            return Err(Error::Corrupt);
        }
        if volume.link(root)? == Link::Free {
            volume.cut(root)?;
        }
    }
    Ok(())
}

/// Ends the chains where their files end, and frees what nobody has. Says how much is free then.
pub fn settle<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<u32> {
    let mut free = 0;
    let mut window = volume.window(FIRST_DATA_CLUSTER);
    while !window.is_empty() {
        volume.map.fill(0);
        let mut walk = Walk::new(volume);
        while let Some(step) = walk.next(volume)? {
            match step {
                Step::Directory(0) => {}
                Step::Directory(first) => mark_all(volume, &window, first)?,
                Step::Entry(found) if !found.slot.is_directory() => {
                    end(volume, &window, &found.slot)?;
                }
                Step::Entry(_) => {}
            }
        }
        free += free_others(volume, &window)?;
        window = volume.window(window.end);
    }
    Ok(free)
}

fn mark_all<B: Block>(
    volume: &mut Volume<'_, '_, B>,
    window: &Range<u32>,
    first: u32,
) -> Result<()> {
    let mut cluster = Some(first);
    while let Some(here) = cluster {
        volume.mark(window, here);
        cluster = volume.next(here)?;
    }
    Ok(())
}

/// Marks a file's clusters, and lets the last be the end.
fn end<B: Block>(volume: &mut Volume<'_, '_, B>, window: &Range<u32>, slot: &Slot) -> Result<()> {
    let mut cluster = slot.cluster(volume.is_wide());
    let clusters = volume.clusters_of(slot.size());
    if clusters == 0 {
        return Ok(());
    }
    for _ in 1..clusters {
        volume.mark(window, cluster);
        cluster = volume.next(cluster)?.ok_or(Error::Corrupt)?;
    }
    volume.mark(window, cluster);
    match volume.link(cluster)? {
        Link::End => Ok(()),
        _ => volume.cut(cluster),
    }
}

/// Frees the clusters of a window that are not marked; says how many are free.
fn free_others<B: Block>(volume: &mut Volume<'_, '_, B>, window: &Range<u32>) -> Result<u32> {
    let mut free = 0;
    for cluster in window.clone() {
        match volume.link(cluster)? {
            Link::Free => free += 1,
            Link::Bad => {}
            _ if volume.is_marked(window, cluster) => {}
            _ => {
                volume.set_entry(cluster, 0)?;
                volume.repairs.freed += 1;
                free += 1;
            }
        }
    }
    Ok(free)
}

impl<B: Block> Volume<'_, '_, B> {
    /// Whether the table was changed here, so that copies and summaries had to be.
    const fn has_other_entries(&self) -> bool {
        self.repairs.chains > 0 || self.repairs.freed > 0
    }
}

/// Makes all tables like the one that counts.
pub fn mirror<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<()> {
    let geometry = volume.geometry;
    let kind = geometry.kind();
    let used = kind.entry_offset(u64::from(geometry.max_cluster())) + kind.entry_len() as u64;
    let active = geometry.active_fat();
    let as_it_was = !volume.has_other_entries();
    for copy in (1..geometry.copies()).map(|step| active ^ step) {
        for offset in (0..used).step_by(BLOCK) {
            let from = geometry.fat_copy(active) + offset;
            let copied = volume.copy_table(from, geometry.fat_copy(copy) + offset)?;
            volume.repairs.copies += u32::from(copied && as_it_was);
        }
    }
    Ok(())
}

/// Brings everything to the medium, and then the marks that say so.
pub fn finish<B: Block>(volume: &mut Volume<'_, '_, B>, free: u32) -> Result<()> {
    summary(volume, free)?;
    volume.flush()?;
    clean(volume)?;
    volume.flush()
}

/// The summary of FAT32. It is only a hint, so it may come with the rest.
fn summary<B: Block>(volume: &mut Volume<'_, '_, B>, free: u32) -> Result<()> {
    let geometry = volume.geometry;
    let Some(sector) = geometry.fs_info_sector() else { return Ok(()) };
    let at = u64::from(sector) * u64::from(geometry.sector_size());
    let sound = encode_fs_info(free, u32::MAX);
    let there: [u8; BLOCK] = volume.get(at)?;
    let is = |range: Range<usize>| there[range.clone()] == sound[range];
    if !is(0..4) || !is(484..488) || !is(508..512) {
        volume.repairs.copies += 1;
        return volume.put(at, &sound);
    }
    if !is(488..492) {
        volume.repairs.copies += u32::from(!volume.has_other_entries());
        volume.put(at + FREE, &free.to_le_bytes())?;
    }
    Ok(())
}

/// Marks the volume as clean, where it can be.
fn clean<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<()> {
    let kind = volume.kind();
    if kind.clean_bit() != 0 {
        let second = volume.entry(1)?;
        volume.set_entry(1, second | kind.clean_bit())?;
        mirror_marks(volume)?;
    }
    let at = dirty_mark(kind);
    let [mark] = volume.get(at)?;
    if has_mark(volume)? && mark & 1 != 0 {
        volume.put(at, &[mark & !1])?;
    }
    Ok(())
}

/// Makes the first block of all tables the same, where the mark of a clean volume is.
fn mirror_marks<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<()> {
    let geometry = volume.geometry;
    let active = geometry.active_fat();
    for step in 1..geometry.copies() {
        volume.copy_table(geometry.fat_copy(active), geometry.fat_copy(active ^ step))?;
    }
    Ok(())
}

/// Where Linux marks a volume as in use, in the boot sector. What says that there is such a thing follows.
const fn dirty_mark(kind: FatKind) -> u64 {
    match kind {
        FatKind::Fat32 => 65,
        _ => 37,
    }
}

fn has_mark<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<bool> {
    let [signature] = volume.get(dirty_mark(volume.kind()) + 1)?;
    Ok(matches!(signature, 0x28 | 0x29))
}

/// Whether a volume was not left as it should be: any of its tables says so, or its boot sector in the
/// way of Linux. FAT12 has no place to say it.
pub fn was_in_use<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<bool> {
    let (geometry, kind) = (volume.geometry, volume.kind());
    if kind.clean_bit() == 0 {
        return Ok(true);
    }
    for step in 0..geometry.copies() {
        let copy = geometry.active_fat() ^ step;
        let begin: [u8; 8] = volume.get(geometry.fat_copy(copy))?;
        let second = kind.decode(1, &begin[kind.entry_offset(1) as usize..]);
        if second & kind.clean_bit() == 0 {
            return Ok(true);
        }
    }
    let [mark] = volume.get(dirty_mark(kind))?;
    Ok(has_mark(volume)? && mark & 1 != 0)
}
