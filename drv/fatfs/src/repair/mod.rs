//! Makes a volume sound again that a power cut, or a server that died, left half changed.
//!
//! Nothing is ever allocated here, and each write is harmless by itself, in whatever order they
//! arrive: entries go or get shorter, chains end earlier, clusters that nothing leads to become free.
//! So a power cut in the middle leaves a volume that the next mount repairs. What is whole (a file
//! whose chain is as long as its size, a directory that names itself and its parent) has what it
//! claims before anything that is not: what no unsynced operation named was whole before, and stays.
//!
//! 1. [`tree`]: directories are what they say, and each has one parent; entries are entries.
//! 2. [`names`]: each name is once in its directory.
//! 3. [`claims`]: each cluster is of one file or directory; files are as long as their chains.
//! 4. [`settle`]: chains end where their files do, what nobody has is free, all tables are alike.

mod claims;
mod cursor;
mod names;
mod scrub;
mod settle;
mod slot;
mod table;
mod tree;
mod volume;
mod walk;

use crate::sectors::{BLOCK, Blocks};
use cursor::Cursor;
use drv_block::Block;
use drv_fs_core::Error;
use hadris_fat_raw::Geometry;
use volume::{Buffer, Volume};

type Result<T> = core::result::Result<T, Error>;

/// Bytes of the map of clusters: a bit each. A volume with more clusters is looked through several times.
const MAP: usize = 16 << 10;
/// How deep directories may lie in one another: as deep as a path can lead.
const DEPTH: usize = 512;

/// What was repaired, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repairs {
    /// Files and directories that went, because another has their name or what they held, or
    /// because they were none.
    pub removed: u32,
    /// Files that have another size, as a rule a smaller one.
    pub resized: u32,
    /// Directories that named another parent, or themselves wrongly.
    pub moved: u32,
    /// Slots of directories that held nothing sensible.
    pub slots: u32,
    /// Chains that were cut.
    pub chains: u32,
    /// Clusters that nothing led to.
    pub freed: u32,
    /// Blocks of a second table that were unlike the first, and summaries that were wrong, if the first
    /// table was right.
    pub copies: u32,
}

impl Repairs {
    pub(crate) const NONE: Self =
        Self { removed: 0, resized: 0, moved: 0, slots: 0, chains: 0, freed: 0, copies: 0 };

    /// How many there were in all.
    #[must_use]
    pub fn total(&self) -> u32 {
        let Self { removed, resized, moved, slots, chains, freed, copies } = *self;
        [removed, resized, moved, slots, chains, freed, copies]
            .into_iter()
            .fold(0, u32::saturating_add)
    }
}

/// The memory that a repair takes: too much for a stack.
#[derive(Debug)]
pub struct RepairMemory {
    map: [u8; MAP],
    levels: [Cursor; DEPTH],
    table: [u8; BLOCK],
    slots: [u8; BLOCK],
}

impl Default for RepairMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl RepairMemory {
    /// All zeros.
    #[must_use]
    pub const fn new() -> Self {
        Self { map: [0; MAP], levels: [Cursor::NONE; DEPTH], table: [0; BLOCK], slots: [0; BLOCK] }
    }
}

/// Repairs a volume that takes writes, if it was not left as it should be. Says what was done; that is on the
/// medium then, and the volume is marked as clean. FAT12 has no such mark, and is looked at each time.
///
/// # Errors
/// Those of the device; [`Error::Corrupt`] if it cannot be repaired: the root directory is nowhere,
/// directories lie too deep in one another, or lead around without an end.
// So that its stack is not needed any more while files are read.
#[inline(never)]
pub fn repair<B: Block>(
    blocks: &mut Blocks<'_, B>,
    geometry: &Geometry,
    memory: &mut RepairMemory,
) -> Result<Repairs> {
    let RepairMemory { map, levels, table, slots } = memory;
    let mut volume = Volume {
        blocks,
        geometry: *geometry,
        table: Buffer::new(table),
        slots: Buffer::new(slots),
        map,
        levels,
        budget: 0,
        repairs: Repairs::NONE,
    };
    if settle::was_in_use(&mut volume)? {
        all(&mut volume)?;
    }
    Ok(volume.repairs)
}

fn all<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<()> {
    settle::reserved(volume)?;
    tree::settle(volume)?;
    names::once(volume)?;
    claims::share_out(volume)?;
    let free = settle::settle(volume)?;
    settle::mirror(volume)?;
    settle::finish(volume, free)
}
