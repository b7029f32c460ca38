//! What the build tool's disk with two partitions is like, and what its clients write on it.

/// Bytes in a sector.
pub const SECTOR: usize = 512;
/// Sectors of a partition.
pub const SECTORS: u64 = 64 << 11;

/// A partition: its first sector on the disk, and the byte that its owner writes.
#[derive(Clone, Copy)]
pub struct Place {
    /// The first sector.
    pub first: u64,
    /// The byte.
    pub mark: u8,
}

/// The first partition.
pub const LEFT: Place = Place { first: 2048, mark: 0x1e };
/// The one behind it.
pub const RIGHT: Place = Place { first: 2048 + SECTORS, mark: 0xd1 };

impl Place {
    /// What its owner writes to a sector of its own.
    pub fn content(self, sector: u64) -> [u8; SECTOR] {
        let mut bytes = [self.mark; SECTOR];
        bytes[..8].copy_from_slice(&sector.to_le_bytes());
        bytes
    }
}
