//! Makes what is in one directory entries: names that are whole, and nothing that is none.

use super::Result;
use super::cursor::Cursor;
use super::slot::{DOT, DOT_DOT, Slot};
use super::volume::Volume;
use drv_block::Block;
use hadris_fat_raw::{ENTRY_FREE, ENTRY_SIZE};

/// A long name whose entry has not come yet.
#[derive(Clone, Copy)]
struct Name {
    from: Cursor,
    /// How many of its parts are to come.
    rest: u8,
    checksum: u8,
}

/// What was seen of a directory.
#[derive(Default)]
struct Seen {
    name: Option<Name>,
    end: bool,
    label: bool,
}

/// Makes what is in a directory entries.
pub fn scrub<B: Block>(volume: &mut Volume<'_, '_, B>, first: u32) -> Result<()> {
    if first != 0 {
        volume.open_ring(first)?;
        end_in_time(volume, first)?;
    }
    if first != volume.root() {
        dots(volume, first)?;
    }
    let (mut here, mut seen) = (Cursor::of(first), Seen::default());
    while let Some((at, slot)) = here.read(volume)? {
        look(volume, &here, at, slot, &mut seen)?;
        here.advance(volume)?;
    }
    match seen.name.take() {
        Some(name) => drop_name(volume, name, u64::MAX),
        None => Ok(()),
    }
}

fn look<B: Block>(
    volume: &mut Volume<'_, '_, B>,
    here: &Cursor,
    at: u64,
    slot: Slot,
    seen: &mut Seen,
) -> Result<()> {
    let name = seen.name.take();
    seen.end |= slot.is_end();
    if seen.end {
        if let Some(name) = name {
            drop_name(volume, name, at)?;
        }
        // Whoever writes an entry here takes what follows for entries, too.
        if slot.0 != [0; ENTRY_SIZE] {
            volume.repairs.slots += u32::from(!slot.is_end() && !slot.is_free());
            volume.put(at, &[0; ENTRY_SIZE])?;
        }
        return Ok(());
    }
    if slot.is_long() {
        seen.name = continued(volume, name, here, at, &slot)?;
        return Ok(());
    }
    let kept = !slot.is_free() && entry(volume, here, at, slot, seen)?;
    match name {
        Some(name) if !kept || name.rest > 0 || name.checksum != slot.checksum() => {
            drop_name(volume, name, at)
        }
        _ => Ok(()),
    }
}

/// The name that a part of one goes on with, or begins.
fn continued<B: Block>(
    volume: &mut Volume<'_, '_, B>,
    name: Option<Name>,
    here: &Cursor,
    at: u64,
    slot: &Slot,
) -> Result<Option<Name>> {
    match (slot.long(), name) {
        (Some((number, checksum, false)), Some(name))
            if number == name.rest && checksum == name.checksum =>
        {
            return Ok(Some(Name { rest: number - 1, ..name }));
        }
        (Some((number, checksum, true)), name) => {
            if let Some(name) = name {
                drop_name(volume, name, at)?;
            }
            return Ok(Some(Name { from: *here, rest: number - 1, checksum }));
        }
        (_, Some(name)) => drop_name(volume, name, at)?,
        (_, None) => {}
    }
    volume.repairs.slots += 1;
    volume.put(at, &[ENTRY_FREE])?;
    Ok(None)
}

fn drop_name<B: Block>(volume: &mut Volume<'_, '_, B>, name: Name, until: u64) -> Result<()> {
    volume.repairs.slots += 1;
    volume.wipe(name.from, until)
}

/// Frees a slot that holds no entry, and corrects what has no meaning in one. Whether it stays.
fn entry<B: Block>(
    volume: &mut Volume<'_, '_, B>,
    here: &Cursor,
    at: u64,
    slot: Slot,
    seen: &mut Seen,
) -> Result<bool> {
    let root = here.first == volume.root();
    let stray = slot.is_dots() && (root || here.slot > 1)
        || slot.is_label() && (!root || core::mem::replace(&mut seen.label, true));
    if stray || !slot.is_sensible() {
        volume.repairs.slots += 1;
        return volume.put(at, &[ENTRY_FREE]).map(|()| false);
    }
    let mut sound = slot;
    // Of FAT32's 32 bits 28 count.
    let wide = volume.is_wide();
    sound.set_cluster(slot.cluster(wide), wide);
    sound.clear_mark();
    if slot.is_label() || slot.is_directory() {
        sound.set_size(0);
    }
    if slot.is_label() {
        sound.set_cluster(0, true);
    }
    if sound != slot {
        volume.repairs.slots += 1;
    }
    volume.put(at, &sound.0).map(|()| true)
}

/// A directory's first two entries, of itself and its parent. The walk has seen to the second's
/// cluster.
fn dots<B: Block>(volume: &mut Volume<'_, '_, B>, first: u32) -> Result<()> {
    let (dot, dot_dot) = volume.dots_of(first)?;
    let wide = volume.is_wide();
    let parent = Slot(volume.get(dot_dot)?);
    let own = Slot(volume.get(dot)?);
    let is_own = own.name() == DOT && own.is_directory() && own.cluster(wide) == first;
    if !is_own || own.is_label() || !own.is_sensible() {
        volume.repairs.moved += 1;
        volume.put(dot, &parent.dots(DOT, first, wide).0)?;
    }
    if parent.is_label() || !parent.is_sensible() {
        volume.repairs.moved += 1;
        volume.put(dot_dot, &parent.dots(DOT_DOT, parent.cluster(wide), wide).0)?;
    }
    Ok(())
}

/// Cuts a directory's chain before a cluster that is not a directory's: what it was to hold did
/// not arrive, or it is the beginning of another.
fn end_in_time<B: Block>(volume: &mut Volume<'_, '_, B>, first: u32) -> Result<()> {
    let mut last = first;
    while let Some(cluster) = volume.next(last)? {
        if volume.begins_directory(cluster)? || !is_directorys(volume, cluster)? {
            return volume.cut(last);
        }
        last = cluster;
    }
    Ok(())
}

/// Whether at least half of what is in a cluster could be in a directory.
fn is_directorys<B: Block>(volume: &mut Volume<'_, '_, B>, cluster: u32) -> Result<bool> {
    let (begin, _) = volume.dots_of(cluster)?;
    let (mut used, mut strange) = (0, 0);
    for index in 0..u64::from(volume.per_cluster()) {
        volume.spend()?;
        let slot = Slot(volume.get(begin + index * ENTRY_SIZE as u64)?);
        if slot.is_end() {
            break;
        }
        let sound = match slot.is_long() {
            true => slot.long().is_some(),
            false => slot.is_free() || slot.is_sensible(),
        };
        used += 1;
        strange += u32::from(!sound);
    }
    Ok(strange * 2 <= used)
}
