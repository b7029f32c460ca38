//! Directories (section "Directory Entries"), read from the first entry to the last.
//!
//! What a hash tree adds lies in entries that name nothing, so one way of reading does for all.

use crate::bytes::{le16, le32};
use crate::checksum::Sum;
use crate::disk::Disk;
use crate::inode::Inode;
use crate::map;
use crate::superblock::Superblock;
use drv_block::Block;
use drv_fs_core::Error;

/// An entry without its name.
const HEADER: u64 = 8;
/// What stands at the end of a block with a checksum: an entry that names nothing, of this size and
/// kind.
const TAIL: u64 = 12;
const TAIL_KIND: u8 = 0xde;
/// An entry of a hash tree's node.
const NODE_ENTRY: u64 = 8;

/// A name, and what it names.
pub struct Entry {
    pub inode: u32,
    name: [u8; 255],
    length: u8,
    /// Where the directory goes on after it.
    pub next: u64,
}

impl Entry {
    pub fn name(&self) -> &[u8] {
        &self.name[..usize::from(self.length)]
    }
}

/// A place in a directory.
pub struct Reader {
    at: u64,
    /// What lies before is left out.
    from: u64,
    /// Bytes of the directory.
    size: u64,
    /// Where on the disk the block is that `at` lies in, once that is known.
    block: Option<u64>,
}

impl Reader {
    /// In this directory, at or after byte `from`. Any number will do.
    pub fn new(it: &Superblock, directory: &Inode, from: u64) -> Result<Self, Error> {
        directory.readable()?;
        let block = u64::from(it.block_size);
        let size = directory.size;
        if !size.is_multiple_of(block) || size / block > it.blocks {
            return Err(Error::Corrupt);
        }
        Ok(Self { at: from - from % block, from, size, block: None })
    }

    /// The next name but `.` and `..`.
    pub fn next<B: Block>(
        &mut self,
        disk: &mut Disk<B>,
        it: &Superblock,
        directory: &Inode,
    ) -> Result<Option<Entry>, Error> {
        while self.at < self.size {
            let (within, begin) = (self.at % u64::from(it.block_size), self.at);
            let place = match self.block {
                Some(place) => place,
                None => *self.block.insert(block(disk, it, directory, self.at)?),
            };
            let (entry, length) = entry(disk, it, place, within)?;
            self.at += length;
            if self.at.is_multiple_of(u64::from(it.block_size)) {
                self.block = None;
            }
            let is_other = !matches!(entry.name(), b"" | b"." | b"..");
            if entry.inode != 0 && is_other && begin >= self.from {
                return Ok(Some(Entry { next: self.at, ..entry }));
            }
        }
        Ok(None)
    }
}

/// Finds a name.
pub fn find<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    directory: &Inode,
    name: &[u8],
) -> Result<u32, Error> {
    let mut reader = Reader::new(it, directory, 0)?;
    while let Some(entry) = reader.next(disk, it, directory)? {
        if entry.name() == name {
            return Ok(entry.inode);
        }
    }
    Err(Error::NotFound)
}

/// The entry at an offset in a block, and its length, which leads no further than to the block's end.
fn entry<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    place: u64,
    within: u64,
) -> Result<(Entry, u64), Error> {
    let room = u64::from(it.block_size) - within;
    if room < HEADER {
        return Err(Error::Corrupt);
    }
    let header = disk.array::<{ HEADER as usize }>(place + within)?;
    let length = length(le16(&header, 4), it.block_size);
    // Without types, this is the upper half of the name's length, and 0.
    let used = header[6];
    let needed = (HEADER + u64::from(used)).next_multiple_of(4);
    if length < needed.max(12) || length > room || !length.is_multiple_of(4) {
        return Err(Error::Corrupt);
    }
    let mut entry = Entry { inode: le32(&header, 0), name: [0; 255], length: used, next: 0 };
    disk.read(place + within + HEADER, &mut entry.name[..usize::from(used)])?;
    Ok((entry, length))
}

/// Blocks of 64 KiB have entries longer than 16 bits can say.
fn length(written: u16, block_size: u32) -> u64 {
    match (block_size, u64::from(written)) {
        (65536, 0 | 0xffff) => 65536,
        (65536, length) => length & 0xfffc | (length & 3) << 16,
        (_, length) => length,
    }
}

/// Where the block with byte `at` of a directory is; its checksum is right.
fn block<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    directory: &Inode,
    at: u64,
) -> Result<u64, Error> {
    let size = u64::from(it.block_size);
    let block = map::find(disk, it, directory, at / size)?.block.ok_or(Error::Corrupt)?;
    let place = block * size;
    checks(disk, it, directory, place)?.then_some(place).ok_or(Error::Corrupt)
}

/// Whether a block has the checksum that belongs to its kind.
fn checks<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    directory: &Inode,
    place: u64,
) -> Result<bool, Error> {
    let Some(seed) = directory.seed else { return Ok(true) };
    let end = place + u64::from(it.block_size) - TAIL;
    let tail = disk.array::<{ TAIL as usize }>(end)?;
    if le32(&tail, 0) == 0 && u64::from(le16(&tail, 4)) == TAIL && tail[7] == TAIL_KIND {
        return Ok(disk.sum(seed, place..end)?.0 == le32(&tail, 8));
    }
    node_checks(disk, it, seed, place)
}

/// The same of a node of a hash tree (section "Hash Tree Directories"): its checksum stands behind
/// the entries there is room for, and is of those in use.
fn node_checks<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    seed: Sum,
    place: u64,
) -> Result<bool, Error> {
    let block = u64::from(it.block_size);
    let header = disk.array::<32>(place)?;
    let fills = |at: usize, room: u64| length(le16(&header, at), it.block_size) == room;
    // Behind one entry that names nothing and fills the block; in the root, behind `.` and `..`.
    let begin = match () {
        () if fills(4, block) => 8,
        () if fills(4, 12) && fills(16, block - 12) => 32,
        () => return Ok(false),
    };
    let numbers = disk.array::<4>(place + begin)?;
    let (room, used) = (u64::from(le16(&numbers, 0)), u64::from(le16(&numbers, 2)));
    let tail = begin + room * NODE_ENTRY;
    if used > room || tail + 8 > block {
        return Ok(false);
    }
    let sum = disk.sum(seed, place..place + begin + used * NODE_ENTRY)?;
    let tail = disk.array::<8>(place + tail)?;
    Ok(sum.and(&tail[..4]).and(&[0; 4]).0 == le32(&tail, 4))
}
