//! Extended attributes (section "Extended Attributes"): behind the inode, and in a block of their own.

use crate::bytes::{le16, le32};
use crate::disk::Disk;
use crate::inode::Inode;
use crate::superblock::Superblock;
use drv_block::Block;
use drv_fs_core::Error;

const MAGIC: u32 = 0xea02_0000;
/// What a block of attributes begins with.
const HEADER: usize = 32;
/// `h_checksum`, there.
const CHECKSUM: usize = 0x10;
/// An entry without its name.
const ENTRY: u64 = 16;
/// The longest beginning that an index stands for.
const LONGEST: usize = 24;

/// One attribute.
pub struct Attribute {
    name: [u8; LONGEST + 255],
    length: usize,
    /// Where its value is; `None`: in an inode of its own.
    place: Option<u64>,
    /// Bytes of the value.
    pub size: u32,
}

impl Attribute {
    pub fn name(&self) -> &[u8] {
        &self.name[..self.length]
    }

    /// Reads the value.
    pub fn value<B: Block>(&self, disk: &mut Disk<B>, into: &mut [u8]) -> Result<usize, Error> {
        let place = self.place.ok_or(Error::Unsupported)?;
        let into = into.get_mut(..self.size as usize).ok_or(Error::TooLarge)?;
        disk.read(place, into)?;
        Ok(into.len())
    }
}

/// Where attributes are.
struct Area {
    /// The first entry.
    at: u64,
    end: u64,
    /// What the places of values are counted from.
    base: u64,
}

/// Shows `each` all attributes, until it says `true`.
pub fn all<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    inode: &Inode,
    mut each: impl FnMut(&mut Disk<B>, &Attribute) -> Result<bool, Error>,
) -> Result<(), Error> {
    let areas = [in_inode(disk, it, inode)?, in_block(disk, it, inode)?];
    for area in areas.into_iter().flatten() {
        if in_area(disk, area, &mut each)? {
            break;
        }
    }
    Ok(())
}

fn in_inode<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    inode: &Inode,
) -> Result<Option<Area>, Error> {
    let end = inode.place + u64::from(it.inode_size);
    let begin = inode.place + u64::from(inode.used);
    if begin + 4 > end || u32::from_le_bytes(disk.array(begin)?) != MAGIC {
        return Ok(None);
    }
    Ok(Some(Area { at: begin + 4, end, base: begin + 4 }))
}

fn in_block<B: Block>(
    disk: &mut Disk<B>,
    it: &Superblock,
    inode: &Inode,
) -> Result<Option<Area>, Error> {
    if inode.attributes == 0 {
        return Ok(None);
    }
    if inode.attributes >= it.blocks {
        return Err(Error::Corrupt);
    }
    let base = inode.attributes * u64::from(it.block_size);
    let header = disk.array::<HEADER>(base)?;
    if le32(&header, 0) != MAGIC {
        return Err(Error::Corrupt);
    }
    if let Some(seed) = it.seed {
        // Taken as 0 itself.
        let mut zeroed = header;
        zeroed[CHECKSUM..CHECKSUM + 4].fill(0);
        let sum = seed.and(&inode.attributes.to_le_bytes()).and(&zeroed);
        let rest = base + HEADER as u64..base + u64::from(it.block_size);
        if disk.sum(sum, rest)?.0 != le32(&header, CHECKSUM) {
            return Err(Error::Corrupt);
        }
    }
    Ok(Some(Area { at: base + HEADER as u64, end: base + u64::from(it.block_size), base }))
}

/// Whether `each` wants no more.
fn in_area<B: Block>(
    disk: &mut Disk<B>,
    mut area: Area,
    each: &mut impl FnMut(&mut Disk<B>, &Attribute) -> Result<bool, Error>,
) -> Result<bool, Error> {
    // Four zeros are the end.
    while area.at + 4 <= area.end && disk.array::<4>(area.at)? != [0; 4] {
        if area.at + ENTRY > area.end {
            return Err(Error::Corrupt);
        }
        let header = disk.array::<{ ENTRY as usize }>(area.at)?;
        let attribute = attribute(disk, &area, &header)?;
        if each(disk, &attribute)? {
            return Ok(true);
        }
        area.at += (ENTRY + u64::from(header[0])).next_multiple_of(4);
    }
    Ok(false)
}

fn attribute<B: Block>(
    disk: &mut Disk<B>,
    area: &Area,
    header: &[u8; ENTRY as usize],
) -> Result<Attribute, Error> {
    let beginning = beginning(header[1]);
    let length = beginning.len() + usize::from(header[0]);
    let mut name = [0; LONGEST + 255];
    name[..beginning.len()].copy_from_slice(beginning);
    if area.at + ENTRY + u64::from(header[0]) > area.end {
        return Err(Error::Corrupt);
    }
    disk.read(area.at + ENTRY, &mut name[beginning.len()..length])?;
    let (size, place) = (le32(header, 8), area.base + u64::from(le16(header, 2)));
    let is_here = le32(header, 4) == 0;
    if is_here && place + u64::from(size) > area.end {
        return Err(Error::Corrupt);
    }
    Ok(Attribute { name, length, place: is_here.then_some(place), size })
}

/// The table of names' beginnings.
const fn beginning(index: u8) -> &'static [u8] {
    match index {
        1 => b"user.",
        2 => b"system.posix_acl_access",
        3 => b"system.posix_acl_default",
        4 => b"trusted.",
        6 => b"security.",
        7 => b"system.",
        8 => b"system.richacl",
        _ => b"",
    }
}
