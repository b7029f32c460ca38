//! What the disk with two partitions is like, and what its clients write on it.

/// Bytes of the largest sector.
pub const LARGEST: usize = 4096;
/// Bytes before the first partition.
const BEFORE: u64 = 1 << 20;
/// Bytes of a partition.
const PARTITION: u64 = 64 << 20;

/// A disk of two partitions, one behind the other.
#[derive(Clone, Copy)]
pub struct Layout {
    /// Bytes in a sector.
    pub sector: usize,
    /// Sectors of a partition.
    pub sectors: u64,
    /// The first partition's first sector.
    first: u64,
}

impl Layout {
    /// Of one with sectors of so many bytes.
    pub fn of(sector: u32) -> Self {
        let bytes = u64::from(sector);
        Self { sector: sector as usize, sectors: PARTITION / bytes, first: BEFORE / bytes }
    }

    /// The first sector of a client's partition; behind the last one's is [`end`](Self::end).
    pub const fn first(&self, client: Client) -> u64 {
        match client {
            Client::Left => self.first,
            Client::Right => self.first + self.sectors,
        }
    }

    /// The first sector behind the partitions.
    pub const fn end(&self) -> u64 {
        self.first + 2 * self.sectors
    }
}

/// A client with a partition.
#[derive(Clone, Copy)]
pub enum Client {
    /// The one with the first.
    Left,
    /// The one with the second.
    Right,
}

impl Client {
    /// The byte that it writes.
    pub const fn mark(self) -> u8 {
        match self {
            Self::Left => 0x1e,
            Self::Right => 0xd1,
        }
    }

    /// What it writes to a sector of its own, or more than that.
    pub fn content(self, sector: u64) -> [u8; LARGEST] {
        let mut bytes = [self.mark(); LARGEST];
        bytes[..8].copy_from_slice(&sector.to_le_bytes());
        bytes
    }
}
