//! What a task is told of shared regions, in its resource records: the build tool writes it, and
//! `userlib` reads it. The kernel does not.

use crate::TaskBitmap;

/// The most regions that one task has for devices.
pub const SHARES: usize = 8;
/// Records that each of them takes.
pub const SHARE_RECORDS: usize = 4;

/// The second word of a region's second record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionFacts {
    /// Its place among the regions of `app.toml`, by which tasks name it to each other.
    pub number: u32,
    /// No other task has it in its address space.
    pub alone: bool,
}

impl RegionFacts {
    const ALONE: u64 = 1 << 32;

    /// As a word.
    #[must_use]
    pub const fn encode(self) -> u64 {
        self.number as u64 | if self.alone { Self::ALONE } else { 0 }
    }

    /// From a word.
    #[must_use]
    pub const fn decode(word: u64) -> Self {
        Self { number: word as u32, alone: word & Self::ALONE != 0 }
    }
}

/// A region that a task has for devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareDesc {
    /// Physical address of its first byte.
    pub physical: u64,
    /// Bytes; 0 where there is none.
    pub size: u64,
    /// As in [`RegionFacts`].
    pub number: u32,
    /// The other tasks that may say where in it.
    pub clients: TaskBitmap,
}

impl ShareDesc {
    /// As records.
    #[must_use]
    pub const fn encode(&self) -> [[u64; 2]; SHARE_RECORDS] {
        let [a, b, c, d] = self.clients.0;
        [[self.physical, self.size], [self.number as u64, 0], [a, b], [c, d]]
    }

    /// From records.
    #[must_use]
    pub const fn decode(records: [[u64; 2]; SHARE_RECORDS]) -> Self {
        let [[physical, size], [number, _], [a, b], [c, d]] = records;
        Self { physical, size, number: number as u32, clients: TaskBitmap([a, b, c, d]) }
    }
}
