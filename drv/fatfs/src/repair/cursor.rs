//! A place in a directory.

use super::Result;
use super::slot::Slot;
use super::volume::Volume;
use drv_block::Block;
use drv_fs_core::Error;
use hadris_fat_raw::{ENTRY_FREE, ENTRY_SIZE, MAX_DIR_ENTRIES, RootLocation};

/// A slot in a directory, or the end of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The directory's first cluster; 0 of a root that is not in clusters.
    pub first: u32,
    /// The cluster in which the slot is.
    pub cluster: u32,
    /// Which one it is, from the directory's beginning.
    pub slot: u32,
    /// There is such a slot.
    is_there: bool,
}

impl Cursor {
    pub const NONE: Self = Self { first: 0, cluster: 0, slot: 0, is_there: false };

    /// The first slot of the directory that begins at this cluster; 0 for a root that is not in clusters.
    pub const fn of(first: u32) -> Self {
        Self { first, cluster: first, slot: 0, is_there: true }
    }

    /// Where the slot is on the volume.
    pub fn place<B: Block>(&self, volume: &Volume<'_, '_, B>) -> Option<u64> {
        if !self.is_there {
            return None;
        }
        if self.first != 0 {
            let within = u64::from(self.slot % volume.per_cluster()) * ENTRY_SIZE as u64;
            return Some(volume.geometry.cluster_offset(self.cluster)? + within);
        }
        let RootLocation::Fixed { start, size } = volume.geometry.root() else { return None };
        let within = u64::from(self.slot) * ENTRY_SIZE as u64;
        (within < size).then_some(start + within)
    }

    /// The slot, and where it is.
    pub fn read<B: Block>(&self, volume: &mut Volume<'_, '_, B>) -> Result<Option<(u64, Slot)>> {
        let Some(at) = self.place(volume) else { return Ok(None) };
        volume.spend()?;
        Ok(Some((at, Slot(volume.get(at)?))))
    }

    /// Whether it is the first slot in its cluster.
    pub fn begins_cluster<B: Block>(&self, volume: &Volume<'_, '_, B>) -> bool {
        self.first != 0 && self.slot.is_multiple_of(volume.per_cluster())
    }

    /// Goes to the next slot.
    pub fn advance<B: Block>(&mut self, volume: &mut Volume<'_, '_, B>) -> Result<()> {
        self.slot += 1;
        if self.begins_cluster(volume) {
            match volume.next(self.cluster)? {
                // No directory has more.
                Some(_) if self.slot as usize >= MAX_DIR_ENTRIES as usize => {
                    return Err(Error::Corrupt);
                }
                Some(next) => self.cluster = next,
                None => self.is_there = false,
            }
        }
        Ok(())
    }

    /// The next entry with a name, if there is one, and goes behind it.
    pub fn entry<B: Block>(&mut self, volume: &mut Volume<'_, '_, B>) -> Result<Option<Found>> {
        let mut from = None;
        while let Some((at, slot)) = self.read(volume)? {
            if slot.is_end() {
                break;
            }
            let begin = from.unwrap_or(*self);
            from = slot.is_long().then_some(begin);
            self.advance(volume)?;
            if slot.is_file_or_directory() {
                return Ok(Some(Found { at, slot, from: begin }));
            }
        }
        Ok(None)
    }
}

/// An entry of a directory.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub at: u64,
    pub slot: Slot,
    /// Where its name begins.
    pub from: Cursor,
}

impl<B: Block> Volume<'_, '_, B> {
    /// Marks the slots from one on, up to the one at this place, as free.
    pub fn wipe(&mut self, mut from: Cursor, until: u64) -> Result<()> {
        while let Some(at) = from.place(self)
            && at != until
        {
            self.put(at, &[ENTRY_FREE])?;
            from.advance(self)?;
        }
        Ok(())
    }

    /// Removes an entry with its long name.
    pub fn remove(&mut self, found: &Found) -> Result<()> {
        self.repairs.removed += 1;
        self.put(found.at, &[ENTRY_FREE])?;
        self.wipe(found.from, found.at)
    }
}
