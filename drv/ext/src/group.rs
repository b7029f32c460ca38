//! Block groups (section "Block Group Descriptors"): where the inodes are.

use crate::bytes::{le16, le32, split};
use crate::disk::Disk;
use crate::superblock::Superblock;
use drv_block::Block;
use drv_fs_core::Error;

/// The part of a descriptor that is read: all that Linux has given a meaning.
const SIZE: usize = 64;
/// `bg_checksum`.
const CHECKSUM: usize = 0x1e;

/// The first block of a group's inode table.
pub fn inode_table<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    group: u32,
) -> Result<u64, Error> {
    let size = usize::from(it.descriptor_size);
    // The table begins in the block after the superblock's.
    let table = (u64::from(it.first_data_block) + 1) * u64::from(it.block_size);
    let mut bytes = [0; SIZE];
    let read = &mut bytes[..size.min(SIZE)];
    disk.read(table + u64::from(group) * size as u64, read)?;
    // What of a larger descriptor is beyond has no meaning yet, and would be part of the sum.
    if size <= SIZE && !checks(it, group, read) {
        return Err(Error::Corrupt);
    }
    let block = if size >= SIZE { split(&bytes, 0x8, 0x28) } else { le32(&bytes, 0x8).into() };
    (block < it.blocks).then_some(block).ok_or(Error::Corrupt)
}

fn checks(it: &Superblock, group: u32, bytes: &[u8]) -> bool {
    let Some(seed) = it.seed else { return true };
    let before = seed.and(&group.to_le_bytes()).and(&bytes[..CHECKSUM]);
    let sum = before.and(&[0; 2]).and(bytes.get(CHECKSUM + 2..).unwrap_or(&[]));
    sum.0 as u16 == le16(bytes, CHECKSUM)
}
