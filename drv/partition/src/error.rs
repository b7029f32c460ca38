//! Why there are no partitions to be had.

use core::fmt;

/// Why a table cannot be used, or a partition not be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The device did not do what it was asked.
    Block(drv_block::Error),
    /// Sectors are not a power of two from 512 to 4096 bytes large.
    SectorSize,
    /// The disk has no partition table.
    NoTable,
    /// Both copies of a GPT are damaged.
    Damaged,
    /// The chain of extended partitions is damaged, or there are two.
    Chain,
    /// A partition is empty, or lies outside what the table may give out.
    Outside {
        /// Its index.
        index: u32,
    },
    /// A partition begins in another one, or in a record of the table.
    Overlap {
        /// Its index.
        index: u32,
        /// Of the other, or of the one that the record belongs to.
        other: u32,
    },
    /// There are more than [`MOST`](crate::MOST).
    TooMany,
    /// There is no such partition.
    NotFound,
    /// Several have this label or GUID.
    Ambiguous,
}

impl From<drv_block::Error> for Error {
    fn from(error: drv_block::Error) -> Self {
        Self::Block(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(error) => error.fmt(f),
            Self::SectorSize => f.write_str("the disk's sectors are not 512 to 4096 bytes large"),
            Self::NoTable => f.write_str("the disk has no partition table"),
            Self::Damaged => f.write_str("both copies of the partition table are damaged"),
            Self::Chain => f.write_str("the chain of extended partitions is damaged"),
            Self::Outside { index } => {
                write!(f, "partition {index} is empty or lies outside the usable sectors")
            }
            Self::Overlap { index, other } => {
                write!(f, "partition {index} overlaps partition {other} or its record")
            }
            Self::TooMany => write!(f, "the table has more than {} partitions", crate::MOST),
            Self::NotFound => f.write_str("the disk has no such partition"),
            Self::Ambiguous => f.write_str("several partitions have this label or GUID"),
        }
    }
}

impl core::error::Error for Error {}
