//! How somebody says which partition is meant.

use crate::{Guid, Kind, Partition};
use core::fmt;

/// Which part of a disk is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector<'t> {
    /// All of it, with the table.
    Disk,
    /// The partition with this label.
    Label(&'t str),
    /// The partition whose own GUID it is.
    Guid(Guid),
    /// The partition with this index.
    Index(u32),
}

/// A text that selects nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSelector;

impl fmt::Display for BadSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write disk, label:NAME, guid:GUID or index:NUMBER")
    }
}

impl core::error::Error for BadSelector {}

impl<'t> Selector<'t> {
    /// From `disk`, `label:boot`, `guid:c12a7328-f81f-11d2-ba4b-00a0c93ec93b` or `index:2`.
    ///
    /// # Errors
    /// If it is none of these.
    pub fn parse(text: &'t str) -> Result<Self, BadSelector> {
        if text == "disk" {
            return Ok(Self::Disk);
        }
        match text.split_once(':') {
            Some(("label", label)) if !label.is_empty() => Ok(Self::Label(label)),
            Some(("guid", guid)) => Guid::parse(guid).map(Self::Guid).ok_or(BadSelector),
            Some(("index", index)) if index.bytes().all(|digit| digit.is_ascii_digit()) => {
                index.parse().ok().filter(|&index| index > 0).map(Self::Index).ok_or(BadSelector)
            }
            _ => Err(BadSelector),
        }
    }

    /// Whether this partition is meant.
    #[must_use]
    pub fn is(&self, partition: &Partition) -> bool {
        match self {
            Self::Disk => false,
            // An MBR has no labels.
            Self::Label(label) => {
                matches!(partition.kind, Kind::Gpt(_)) && partition.label.is(label)
            }
            Self::Guid(guid) => partition.unique == Some(*guid),
            Self::Index(index) => partition.index == *index,
        }
    }
}

impl fmt::Display for Selector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk => f.write_str("disk"),
            Self::Label(label) => write!(f, "label:{label}"),
            Self::Guid(guid) => write!(f, "guid:{guid}"),
            Self::Index(index) => write!(f, "index:{index}"),
        }
    }
}
