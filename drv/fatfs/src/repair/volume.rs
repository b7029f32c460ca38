//! A volume under repair: its blocks, its map of clusters, and how much may still be done to it.

use super::{Cursor, Repairs, Result};
use crate::sectors::{BLOCK, Blocks};
use core::ops::Range;
use drv_block::Block;
use drv_fs_core::Error;
use hadris_fat_raw::{ENTRY_SIZE, FIRST_DATA_CLUSTER, FatKind, Geometry, RootLocation};

/// So many times what a sound volume of the size needs is done before it is given up.
const PATIENCE: u64 = 4;

/// A block of the volume, and whether it was changed.
pub struct Buffer<'m> {
    bytes: &'m mut [u8; BLOCK],
    holds: Option<u64>,
    changed: bool,
}

impl<'m> Buffer<'m> {
    pub const fn new(bytes: &'m mut [u8; BLOCK]) -> Self {
        Self { bytes, holds: None, changed: false }
    }
}

/// A volume under repair.
pub struct Volume<'a, 'p, B> {
    pub blocks: &'a mut Blocks<'p, B>,
    pub geometry: Geometry,
    /// Of the table that counts.
    pub table: Buffer<'a>,
    /// Of everything else.
    pub slots: Buffer<'a>,
    pub map: &'a mut [u8],
    pub levels: &'a mut [Cursor],
    pub budget: u64,
    pub repairs: Repairs,
}

impl<B: Block> Volume<'_, '_, B> {
    pub const fn kind(&self) -> FatKind {
        self.geometry.kind()
    }

    /// The root directory's first cluster; 0 if it is not in clusters.
    pub const fn root(&self) -> u32 {
        match self.geometry.root() {
            RootLocation::Cluster(cluster) => cluster,
            RootLocation::Fixed { .. } => 0,
        }
    }

    pub const fn has(&self, cluster: u32) -> bool {
        cluster >= FIRST_DATA_CLUSTER && cluster <= self.geometry.max_cluster()
    }

    /// How many slots of a directory are in a cluster.
    pub const fn per_cluster(&self) -> u32 {
        self.geometry.cluster_size() / ENTRY_SIZE as u32
    }

    /// How many clusters a file of this size has.
    pub const fn clusters_of(&self, size: u32) -> u32 {
        size.div_ceil(self.geometry.cluster_size())
    }

    /// Lets the next look at everything be as long as it takes on a sound volume, and some more.
    pub fn begin(&mut self) {
        let slots = u64::from(self.geometry.max_cluster()) * u64::from(self.per_cluster());
        self.budget = PATIENCE * (slots + (1 << 16));
    }

    /// Counts one step. Who takes too many goes around in a ring.
    pub fn spend(&mut self) -> Result<()> {
        self.budget = self.budget.checked_sub(1).ok_or(Error::Corrupt)?;
        Ok(())
    }

    /// The clusters that the map has room for, from this one on.
    pub fn window(&self, from: u32) -> Range<u32> {
        let room = (self.map.len() * 8) as u32;
        from..from.saturating_add(room).min(self.geometry.max_cluster() + 1)
    }

    /// Marks a cluster of the window; whether it had been marked. Others are not.
    pub fn mark(&mut self, window: &Range<u32>, cluster: u32) -> bool {
        window.contains(&cluster) && self.mark_bit(cluster - window.start)
    }

    pub fn is_marked(&self, window: &Range<u32>, cluster: u32) -> bool {
        let bit = cluster.wrapping_sub(window.start);
        let byte = self.map.get((bit / 8) as usize);
        window.contains(&cluster) && byte.is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
    }

    /// Sets a bit of the map; whether it was set.
    pub fn mark_bit(&mut self, bit: u32) -> bool {
        let Some(byte) = self.map.get_mut((bit / 8) as usize) else { return false };
        let mask = 1 << (bit % 8);
        let was = *byte & mask != 0;
        *byte |= mask;
        was
    }

    /// Some bytes within one block.
    pub fn get<const N: usize>(&mut self, at: u64) -> Result<[u8; N]> {
        self.load(at)?;
        let from = (at % BLOCK as u64) as usize;
        let bytes = self.slots.bytes.get(from..from + N).ok_or(Error::Corrupt)?;
        bytes.try_into().map_err(|_| Error::Corrupt)
    }

    /// Changes some bytes within one block.
    pub fn put(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        self.load(at)?;
        let from = (at % BLOCK as u64) as usize;
        let there = self.slots.bytes.get_mut(from..from + bytes.len()).ok_or(Error::Corrupt)?;
        if there != bytes {
            there.copy_from_slice(bytes);
            self.slots.changed = true;
        }
        Ok(())
    }

    /// Makes a block the same as the one of the table that counts; whether it was another.
    pub fn copy_table(&mut self, from: u64, to: u64) -> Result<bool> {
        self.load_table(from)?;
        self.load(to)?;
        let same = self.slots.bytes == self.table.bytes;
        if !same {
            self.slots.bytes.copy_from_slice(self.table.bytes);
            self.slots.changed = true;
        }
        Ok(!same)
    }

    fn load(&mut self, at: u64) -> Result<()> {
        let block = at / BLOCK as u64;
        if self.slots.holds != Some(block) {
            self.store()?;
            self.slots.holds = None;
            self.blocks.read(block, self.slots.bytes)?;
            self.slots.holds = Some(block);
        }
        Ok(())
    }

    fn store(&mut self) -> Result<()> {
        if let (Some(block), true) = (self.slots.holds, self.slots.changed) {
            self.blocks.write(block, self.slots.bytes)?;
            self.slots.changed = false;
        }
        Ok(())
    }

    /// A byte of the table that counts, by its place on the volume.
    pub fn table_byte(&mut self, at: u64) -> Result<&mut u8> {
        self.load_table(at)?;
        self.table.bytes.get_mut((at % BLOCK as u64) as usize).ok_or(Error::Corrupt)
    }

    /// Says that the byte was changed.
    pub const fn table_changed(&mut self) {
        self.table.changed = true;
    }

    fn load_table(&mut self, at: u64) -> Result<()> {
        let block = at / BLOCK as u64;
        if self.table.holds != Some(block) {
            self.store_table()?;
            self.table.holds = None;
            self.blocks.read(block, self.table.bytes)?;
            self.table.holds = Some(block);
        }
        Ok(())
    }

    fn store_table(&mut self) -> Result<()> {
        if let (Some(block), true) = (self.table.holds, self.table.changed) {
            self.blocks.write(block, self.table.bytes)?;
            self.table.changed = false;
        }
        Ok(())
    }

    /// Brings what was changed to the medium.
    pub fn flush(&mut self) -> Result<()> {
        self.store()?;
        self.store_table()?;
        Ok(self.blocks.device.flush()?)
    }
}
