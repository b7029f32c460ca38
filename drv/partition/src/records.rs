//! The records as they lie on the disk (UEFI 2.10, sections 5.2 and 5.3).

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

/// The first bytes of a GPT header.
pub const SIGNATURE: [u8; 8] = *b"EFI PART";

/// The header of a GPT, first or backup.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Header {
    pub signature: [u8; 8],
    pub revision: U32,
    pub size: U32,
    pub crc: U32,
    pub reserved: U32,
    pub here: U64,
    pub other: U64,
    pub first_usable: U64,
    pub last_usable: U64,
    pub disk: [u8; 16],
    pub entries: U64,
    pub entry_count: U32,
    pub entry_size: U32,
    pub entries_crc: U32,
}

/// Where its own checksum is in a header.
pub const CRC_AT: core::ops::Range<usize> = 16..20;

/// An entry of a GPT's array.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct GptEntry {
    pub kind: [u8; 16],
    pub unique: [u8; 16],
    pub first: U64,
    pub last: U64,
    pub attributes: U64,
    pub label: [U16; 36],
}

/// An entry of a boot record.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct MbrEntry {
    pub status: u8,
    pub first_chs: [u8; 3],
    pub kind: u8,
    pub last_chs: [u8; 3],
    pub first: U32,
    pub sectors: U32,
}

impl MbrEntry {
    pub const fn is_used(&self) -> bool {
        self.kind != 0
    }

    /// Whether it stands for further records.
    pub const fn is_extended(&self) -> bool {
        matches!(self.kind, 0x05 | 0x0f | 0x85)
    }
}

/// The record in sector 0, and in each part of an extended partition.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct BootRecord {
    pub code: [u8; 446],
    pub entries: [MbrEntry; 4],
    pub signature: [u8; 2],
}

impl BootRecord {
    /// Whether it can be one: a file system's first sector ends in the same two bytes, but has
    /// code where the entries are.
    pub fn is_sound(&self) -> bool {
        let plain = self.entries.iter().all(|entry| matches!(entry.status, 0 | 0x80));
        self.signature == [0x55, 0xaa] && plain
    }
}
