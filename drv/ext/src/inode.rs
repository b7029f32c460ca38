//! Inodes (section "Index Nodes"): what is known of a file, and where it is.

use crate::bytes::{array, le16, le32};
use crate::checksum::Sum;
use crate::disk::Disk;
use crate::group;
use crate::superblock::Superblock;
use drv_block::Block;
use drv_fs_core::{Attributes, Error, Info, Kind, Owner};

/// The root directory's.
pub const ROOT: u32 = 2;
/// The part of an inode that is always there.
const OLD: usize = 128;
/// The part of an inode that is read at once: what Linux gives a meaning, without the attributes.
const SIZE: usize = 256;
/// `i_extra_isize`: bytes in use beyond the first 128.
const EXTRA: usize = 0x80;

/// `i_flags`: mapped by extents.
const EXTENTS: u32 = 0x8_0000;
/// `i_flags` of what cannot be read here: compressed, encrypted, content within the inode.
const UNREADABLE: u32 = 0x4 | 0x800 | 0x1000_0000;

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inode {
    pub number: u32,
    /// Where it begins on the disk.
    pub place: u64,
    pub mode: u16,
    pub size: u64,
    modified: u64,
    user: u32,
    group: u32,
    flags: u32,
    /// `i_block`: the map, or a short link's target.
    pub map: [u8; 60],
    /// The block with its extended attributes, 0 without.
    pub attributes: u64,
    /// Bytes of the inode before the extended attributes within it.
    pub used: u16,
    /// What checksums of its blocks begin with.
    pub seed: Option<Sum>,
}

impl Inode {
    /// Reads one.
    pub fn read<B: Block>(disk: &mut Disk<B>, it: &Superblock, number: u32) -> Result<Self, Error> {
        if number == 0 || number > it.inodes {
            return Err(Error::Corrupt);
        }
        let (group, index) =
            ((number - 1) / it.inodes_per_group, (number - 1) % it.inodes_per_group);
        let table = group::inode_table(disk, it, group)?;
        let place = table * u64::from(it.block_size) + u64::from(index) * u64::from(it.inode_size);
        let mut bytes = [0; SIZE];
        let size = usize::from(it.inode_size);
        let read = &mut bytes[..size.min(SIZE)];
        disk.read(place, read)?;
        let seed = it.seed.map(|seed| seed.and(&number.to_le_bytes()).and(&read[0x64..0x68]));
        if let Some(seed) = seed {
            let beyond = place + read.len() as u64..place + size as u64;
            let sum = disk.sum(seed.and(&without_checksum(read)[..read.len()]), beyond)?;
            if !is_checksum(sum, read) {
                return Err(Error::Corrupt);
            }
        }
        let this = Self::new(read, number, place, seed);
        (le16(read, 0x1a) > 0).then_some(this).ok_or(Error::Corrupt)
    }

    fn new(bytes: &[u8], number: u32, place: u64, seed: Option<Sum>) -> Self {
        let mode = le16(bytes, 0);
        // Of anything but a file, the upper half once meant something else.
        let high = if mode & 0xf000 == 0x8000 { le32(bytes, 0x6c) } else { 0 };
        let extra = if bytes.len() > OLD { le16(bytes, EXTRA) } else { 0 };
        let used = (OLD as u16).saturating_add(extra);
        let has = |end: u16| used >= end;
        Self {
            number,
            place,
            mode,
            size: u64::from(le32(bytes, 0x4)) | u64::from(high) << 32,
            modified: seconds(le32(bytes, 0x10), if has(0x8c) { le32(bytes, 0x88) } else { 0 }),
            user: u32::from(le16(bytes, 0x2)) | u32::from(le16(bytes, 0x78)) << 16,
            group: u32::from(le16(bytes, 0x18)) | u32::from(le16(bytes, 0x7a)) << 16,
            flags: le32(bytes, 0x20),
            map: array(bytes, 0x28),
            attributes: u64::from(le32(bytes, 0x68)) | u64::from(le16(bytes, 0x76)) << 32,
            used,
            seed,
        }
    }

    pub const fn kind(&self) -> Kind {
        match self.mode & 0xf000 {
            0x8000 => Kind::File,
            0x4000 => Kind::Directory,
            0xa000 => Kind::Link,
            _ => Kind::Other,
        }
    }

    pub const fn has_extents(&self) -> bool {
        self.flags & EXTENTS != 0
    }

    /// Whether its content can be read.
    pub const fn readable(&self) -> Result<(), Error> {
        if self.flags & UNREADABLE == 0 { Ok(()) } else { Err(Error::Unsupported) }
    }

    /// The target of a link that is short enough for the inode.
    pub fn short_target(&self) -> Option<&[u8]> {
        let is_short = matches!(self.kind(), Kind::Link) && self.size < 60 && !self.has_extents();
        is_short.then(|| &self.map[..self.size as usize])
    }

    pub fn info(&self) -> Info {
        let size = match self.kind() {
            Kind::File | Kind::Link => self.size,
            Kind::Directory | Kind::Other => 0,
        };
        Info {
            kind: self.kind(),
            size,
            modified: self.modified,
            attributes: Attributes::default(),
            owner: Some(Owner { mode: self.mode & 0xfff, user: self.user, group: self.group }),
        }
    }
}

/// A time: 32 bits with a sign, and two more bits (section "Inode Timestamps"). What lies before 1970
/// is 0.
fn seconds(low: u32, extra: u32) -> u64 {
    let seconds = i64::from(low as i32) + (i64::from(extra & 3) << 32);
    u64::try_from(seconds).unwrap_or(0)
}

/// `i_checksum_lo`.
const LOW: usize = 0x7c;
/// `i_checksum_hi`, if the inode is large enough for it.
const HIGH: usize = 0x82;

fn has_high(bytes: &[u8]) -> bool {
    bytes.len() > OLD && le16(bytes, EXTRA) >= 4
}

/// The beginning of an inode as its checksum sees it: without itself.
fn without_checksum(bytes: &[u8]) -> [u8; SIZE] {
    let mut zeroed = array::<SIZE>(bytes, 0);
    zeroed[LOW..LOW + 2].fill(0);
    if has_high(bytes) {
        zeroed[HIGH..HIGH + 2].fill(0);
    }
    zeroed
}

/// Whether it says this of itself.
fn is_checksum(sum: Sum, bytes: &[u8]) -> bool {
    let high = u32::from(le16(bytes, HIGH)) << 16;
    let high = if has_high(bytes) { high } else { sum.0 & 0xffff_0000 };
    sum.0 == high | u32::from(le16(bytes, LOW))
}
