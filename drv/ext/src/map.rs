//! From a block of a file to a block of the disk (section "The Contents of inode.i_block").

use crate::bytes::{le16, le32};
use crate::checksum::Sum;
use crate::disk::Disk;
use crate::inode::Inode;
use crate::superblock::Superblock;
use drv_block::Block;
use drv_fs_core::Error;

/// `eh_magic`.
const MAGIC: u16 = 0xf30a;
/// Bytes of an extent tree's header, and of each of its entries.
const ENTRY: u64 = 12;
/// The deepest tree that Linux makes.
const DEEPEST: u16 = 5;
/// Extents longer than that are not written yet: they read as zeros.
const LONGEST: u16 = 32768;
/// Block numbers within the inode, before those of blocks with more.
const DIRECT: u64 = 12;

/// Blocks of a file in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where on the disk the first one is; `None`: they are zeros.
    pub block: Option<u64>,
    /// How many are known to follow each other, at least one.
    pub count: u64,
}

/// Where a block of a file is.
pub fn find<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    inode: &Inode,
    block: u64,
) -> Result<Run, Error> {
    let run = match inode.has_extents() {
        true => in_extents(disk, it, inode, block)?,
        false => in_blocks(disk, it, inode, block)?,
    };
    let ends = |first: u64| first.checked_add(run.count).is_some_and(|end| end <= it.blocks);
    run.block.is_none_or(ends).then_some(run).ok_or(Error::Corrupt)
}

/// A node of an extent tree: in the inode, or in a block.
struct Node {
    entries: u16,
    room: u16,
    depth: u16,
}

impl Node {
    fn parse(header: &[u8], bytes: u64) -> Result<Self, Error> {
        let node = Self { entries: le16(header, 2), room: le16(header, 4), depth: le16(header, 6) };
        let is_sound = le16(header, 0) == MAGIC
            && node.entries <= node.room
            && (u64::from(node.room) + 1) * ENTRY <= bytes
            && node.depth <= DEEPEST;
        is_sound.then_some(node).ok_or(Error::Corrupt)
    }
}

fn in_extents<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    inode: &Inode,
    block: u64,
) -> Result<Run, Error> {
    // The map is part of the inode; its offset there is fixed.
    let mut place = inode.place + 0x28;
    let mut node = Node::parse(&inode.map, inode.map.len() as u64)?;
    loop {
        let found = last_from(disk, place, &node, block)?;
        if node.depth == 0 {
            return Ok(run(&found, block));
        }
        let Some(entry) = found.before else {
            return Ok(Run { block: None, count: until(found.after, block) });
        };
        let child = u64::from(le32(&entry, 4)) | u64::from(le16(&entry, 8)) << 32;
        if child >= it.blocks {
            return Err(Error::Corrupt);
        }
        place = child * u64::from(it.block_size);
        let below = Node::parse(&disk.array::<12>(place)?, it.block_size.into())?;
        if below.depth + 1 != node.depth || !checks(disk, inode.seed, place, &below)? {
            return Err(Error::Corrupt);
        }
        node = below;
    }
}

/// The entry that a block would be in, and where the next one begins.
struct Found {
    before: Option<[u8; 12]>,
    after: Option<u32>,
}

/// Entries are sorted by their first block.
fn last_from<B: Block>(
    disk: &mut Disk<B>,
    place: u64,
    node: &Node,
    block: u64,
) -> Result<Found, Error> {
    let entry =
        |disk: &mut Disk<B>, index: u16| disk.array::<12>(place + (u64::from(index) + 1) * ENTRY);
    let (mut low, mut high) = (0, node.entries);
    while low < high {
        let middle = low + (high - low) / 2;
        match u64::from(le32(&entry(disk, middle)?, 0)) <= block {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    let before = if low > 0 { Some(entry(disk, low - 1)?) } else { None };
    let after = if low < node.entries { Some(le32(&entry(disk, low)?, 0)) } else { None };
    Ok(Found { before, after })
}

/// Blocks from this one until that one.
fn until(next: Option<u32>, block: u64) -> u64 {
    next.map_or(1, |next| u64::from(next).saturating_sub(block).max(1))
}

/// What a leaf's entry says of a block.
fn run(found: &Found, block: u64) -> Run {
    let hole = Run { block: None, count: until(found.after, block) };
    let Some(entry) = &found.before else { return hole };
    let (first, length) = (u64::from(le32(entry, 0)), le16(entry, 4));
    let written = length <= LONGEST;
    let length = u64::from(if written { length } else { length - LONGEST });
    let skipped = block.saturating_sub(first);
    if skipped >= length {
        return hole;
    }
    let begin = u64::from(le32(entry, 8)) | u64::from(le16(entry, 6)) << 32;
    Run { block: written.then_some(begin + skipped), count: length - skipped }
}

/// The checksum stands behind the entries there is room for (section "Extent Tree").
fn checks<B: Block>(
    disk: &mut Disk<B>,
    seed: Option<Sum>,
    place: u64,
    node: &Node,
) -> Result<bool, Error> {
    let Some(mut sum) = seed else { return Ok(true) };
    for entry in 0..=u64::from(node.room) {
        sum = sum.and(&disk.array::<12>(place + entry * ENTRY)?);
    }
    let tail = disk.array::<4>(place + (u64::from(node.room) + 1) * ENTRY)?;
    Ok(le32(&tail, 0) == sum.0)
}

/// The old way: numbers of blocks, of blocks with such numbers, and so on, three deep.
fn in_blocks<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    inode: &Inode,
    block: u64,
) -> Result<Run, Error> {
    let one = |block: u32| Run { block: (block != 0).then_some(block.into()), count: 1 };
    if block < DIRECT {
        return Ok(one(le32(&inode.map, block as usize * 4)));
    }
    let per_block = u64::from(it.block_size) / 4;
    let mut rest = block - DIRECT;
    let mut span = 1;
    for depth in 0..3 {
        span *= per_block;
        if rest < span {
            let root = le32(&inode.map, (12 + depth) * 4);
            return Ok(one(descend(disk, it, root, rest, span / per_block)?));
        }
        rest -= span;
    }
    Err(Error::Corrupt)
}

/// Follows numbers of blocks, each standing for `span` blocks of the file, then fewer.
fn descend<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    mut block: u32,
    mut rest: u64,
    mut span: u64,
) -> Result<u32, Error> {
    let per_block = u64::from(it.block_size) / 4;
    while span > 0 && block != 0 {
        if u64::from(block) >= it.blocks {
            return Err(Error::Corrupt);
        }
        let at = u64::from(block) * u64::from(it.block_size) + rest / span * 4;
        block = u32::from_le_bytes(disk.array(at)?);
        rest %= span;
        span /= per_block;
    }
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(first: u32, length: u16, begin: u32) -> [u8; 12] {
        let mut entry = [0; 12];
        entry[..4].copy_from_slice(&first.to_le_bytes());
        entry[4..6].copy_from_slice(&length.to_le_bytes());
        entry[8..].copy_from_slice(&begin.to_le_bytes());
        entry
    }

    #[test]
    fn an_extent_says_where_its_blocks_are_and_how_many_follow() {
        let found = Found { before: Some(entry(10, 4, 100)), after: Some(20) };
        assert_eq!(run(&found, 12), Run { block: Some(102), count: 2 });
        assert_eq!(run(&found, 14), Run { block: None, count: 6 });
        let unwritten = Found { before: Some(entry(10, LONGEST + 4, 100)), after: None };
        assert_eq!(run(&unwritten, 11), Run { block: None, count: 3 });
        let none = Found { before: None, after: Some(7) };
        assert_eq!(run(&none, 3), Run { block: None, count: 4 });
    }

    #[test]
    fn a_node_is_as_large_as_its_block_at_most() {
        let header = |entries: u16, room: u16, depth: u16| {
            let mut bytes = [0; 12];
            bytes[..2].copy_from_slice(&MAGIC.to_le_bytes());
            bytes[2..4].copy_from_slice(&entries.to_le_bytes());
            bytes[4..6].copy_from_slice(&room.to_le_bytes());
            bytes[6..8].copy_from_slice(&depth.to_le_bytes());
            bytes
        };
        assert!(Node::parse(&header(4, 4, 0), 60).is_ok());
        for bad in [header(5, 4, 0), header(4, 5, 0), header(1, 4, 6)] {
            assert_eq!(Node::parse(&bad, 60).err(), Some(Error::Corrupt));
        }
        assert_eq!(Node::parse(&[0; 12], 60).err(), Some(Error::Corrupt));
    }
}
