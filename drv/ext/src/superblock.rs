//! The superblock (section "Super Block"): what the whole file system is like.

use crate::bytes::{array, le16, le32, split};
use crate::checksum::Sum;
use drv_fs_core::Error;

/// Where it is, in bytes.
pub const PLACE: u64 = 1024;
/// Its size.
pub const SIZE: usize = 1024;
const MAGIC: u16 = 0xef53;

/// Features that a reader must know (`s_feature_incompat`).
mod incompatible {
    /// Directory entries say what they name.
    pub const FILETYPE: u32 = 0x2;
    /// The journal holds what is not yet in its place.
    pub const RECOVER: u32 = 0x4;
    /// Files may be mapped by extents.
    pub const EXTENTS: u32 = 0x40;
    /// Block numbers have 64 bits.
    pub const BITS_64: u32 = 0x80;
    /// Against two machines at once; nothing to a reader.
    pub const MULTIPLE_MOUNT: u32 = 0x100;
    /// Bitmaps and inode tables may lie in another group.
    pub const FLEXIBLE_GROUPS: u32 = 0x200;
    /// Values of extended attributes may be in inodes.
    pub const ATTRIBUTE_INODES: u32 = 0x400;
    /// The seed of checksums is written down.
    pub const CHECKSUM_SEED: u32 = 0x2000;
    /// Directories may be larger than 2 GiB.
    pub const LARGE_DIRECTORY: u32 = 0x4000;
    /// All of which files can be read.
    pub const KNOWN: u32 = FILETYPE
        | EXTENTS
        | BITS_64
        | MULTIPLE_MOUNT
        | FLEXIBLE_GROUPS
        | ATTRIBUTE_INODES
        | CHECKSUM_SEED
        | LARGE_DIRECTORY;
}

/// `s_feature_ro_compat`: structures have checksums.
const METADATA_CHECKSUMS: u32 = 0x400;
/// `s_feature_compat`: there is a journal.
const HAS_JOURNAL: u32 = 0x4;

/// What the rest of the reader wants to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superblock {
    /// Bytes in a block, from 1 KiB to 64 KiB.
    pub block_size: u32,
    pub blocks: u64,
    pub free_blocks: u64,
    pub first_data_block: u32,
    pub blocks_per_group: u32,
    pub inodes: u32,
    pub inodes_per_group: u32,
    pub inode_size: u16,
    pub descriptor_size: u16,
    /// The format's name: by the features that tell one from the other.
    pub format: &'static str,
    /// What checksums begin with, if there are any.
    pub seed: Option<Sum>,
}

impl Superblock {
    /// Reads it.
    pub fn parse(bytes: &[u8; SIZE], disk: u64) -> Result<Self, Error> {
        if le16(bytes, 0x38) != MAGIC {
            return Err(Error::NotRecognized);
        }
        let incompatible = if le32(bytes, 0x4c) == 0 { 0 } else { le32(bytes, 0x60) };
        if incompatible & !(incompatible::KNOWN | incompatible::RECOVER) != 0 {
            return Err(Error::Unsupported);
        }
        let this = Self::new(bytes, incompatible);
        if this.seed.is_some() && Sum::EMPTY.and(&bytes[..0x3fc]).0 != le32(bytes, 0x3fc) {
            return Err(Error::Corrupt);
        }
        if incompatible & incompatible::RECOVER != 0 {
            return Err(Error::Unsupported);
        }
        this.is_sound(bytes, disk).then_some(this).ok_or(Error::Corrupt)
    }

    fn new(bytes: &[u8; SIZE], incompatible: u32) -> Self {
        let is_dynamic = le32(bytes, 0x4c) != 0;
        let is_64 = incompatible & incompatible::BITS_64 != 0;
        let read_only_features = if is_dynamic { le32(bytes, 0x64) } else { 0 };
        let wide =
            |low, high| if is_64 { split(bytes, low, high) } else { le32(bytes, low).into() };
        let has = |features, one| features & one != 0;
        Self {
            // Larger shifts than 6 are no block size at all: `is_sound` says so.
            block_size: 1024_u32.checked_shl(le32(bytes, 0x18)).unwrap_or(0),
            blocks: wide(0x4, 0x150),
            free_blocks: wide(0xc, 0x158),
            first_data_block: le32(bytes, 0x14),
            blocks_per_group: le32(bytes, 0x20),
            inodes: le32(bytes, 0),
            inodes_per_group: le32(bytes, 0x28),
            inode_size: if is_dynamic { le16(bytes, 0x58) } else { 128 },
            descriptor_size: if is_64 { le16(bytes, 0xfe) } else { 32 },
            format: match () {
                () if has(incompatible, incompatible::EXTENTS) => "ext4",
                () if has(le32(bytes, 0x5c), HAS_JOURNAL) => "ext3",
                () => "ext2",
            },
            seed: has(read_only_features, METADATA_CHECKSUMS).then(|| {
                match has(incompatible, incompatible::CHECKSUM_SEED) {
                    true => Sum(le32(bytes, 0x270)),
                    false => Sum::EMPTY.and(&array::<16>(bytes, 0x68)),
                }
            }),
        }
    }

    /// Whether its numbers go together, and the disk has all of it.
    fn is_sound(&self, bytes: &[u8; SIZE], disk: u64) -> bool {
        let block = self.block_size;
        let inode = u32::from(self.inode_size);
        le32(bytes, 0x18) <= 6
            && self.blocks > u64::from(self.first_data_block)
            && self.blocks.checked_mul(block.into()).is_some_and(|bytes| bytes <= disk)
            && (1..=block * 8).contains(&self.blocks_per_group)
            && (1..=block * 8).contains(&self.inodes_per_group)
            && inode.is_power_of_two()
            && (128..=block).contains(&inode)
            && (32..=block).contains(&u32::from(self.descriptor_size))
            && self.descriptor_size.is_power_of_two()
            && self.inodes >= 2
    }
}
