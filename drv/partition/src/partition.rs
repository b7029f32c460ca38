//! What a table says of a partition.

use crate::records::MbrEntry;
use crate::{Error, Guid, Label};

/// A run of a device's sectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The first.
    pub first: u64,
    /// How many.
    pub sectors: u64,
}

impl Extent {
    /// The first sector after it. Extents that a scan gives out end on the disk.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.first.saturating_add(self.sectors)
    }

    /// Whether they have a sector in common.
    #[must_use]
    pub const fn overlaps(&self, other: &Self) -> bool {
        self.first < other.end() && other.first < self.end()
    }

    /// Whether it is not empty and has no sector outside the other.
    #[must_use]
    pub(crate) const fn is_within(&self, other: &Self) -> bool {
        let Some(end) = self.first.checked_add(self.sectors) else { return false };
        self.sectors > 0 && self.first >= other.first && end <= other.end()
    }
}

/// What a partition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The type's GUID.
    Gpt(Guid),
    /// The type's number.
    Mbr(u8),
}

/// A partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// As tools count: from 1, the logical partitions of an MBR from 5.
    pub index: u32,
    /// What it is for.
    pub kind: Kind,
    /// Its own GUID, which only a GPT gives it.
    pub unique: Option<Guid>,
    /// Its label; empty in an MBR.
    pub label: Label,
    /// Its sectors.
    pub extent: Extent,
}

impl Partition {
    /// What an entry of an MBR stands for, that counts from `base`.
    pub(crate) fn of_mbr(
        entry: &MbrEntry,
        base: u64,
        index: u32,
        usable: &Extent,
    ) -> Result<Self, Error> {
        let first = base.saturating_add(entry.first.get().into());
        let extent = Extent { first, sectors: entry.sectors.get().into() };
        if !extent.is_within(usable) {
            return Err(Error::Outside { index });
        }
        Ok(Self { index, kind: Kind::Mbr(entry.kind), unique: None, label: Label::EMPTY, extent })
    }
}

/// What kind of table there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// A GPT, with the disk's own GUID.
    Gpt(Guid),
    /// An MBR.
    Mbr,
}

/// What is to be said of a table besides its partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// What kind it is.
    pub kind: TableKind,
    /// The first copy is damaged or cannot be read; the backup was taken.
    pub backup: bool,
}
