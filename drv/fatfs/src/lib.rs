//! A FAT file system for several clients, without a task around it: FAT12, FAT16 and FAT32, long
//! names, read side.
//!
//! The format itself is `hadris-fat`'s business. This crate adds what a server needs around it:
//! a cache of sectors ([`Place`]), mounting when the disk is there ([`FileSystem`]), and handles
//! that belong to the client that opened them.

#![no_std]
#![forbid(unsafe_code)]

mod cache;
mod error;
mod fat;
mod handles;
mod sectors;
mod translate;
mod volume;

pub use cache::{SECTOR, SectorError, Sectors};
pub use error::Error;
pub use handles::{Client, Handle};
pub use volume::{Entry, FileSystem, Info, MAX_NAME, MAX_OPEN, MAX_OPEN_PER_CLIENT, Place};

/// FAT as one of the formats behind `drv-fs-core`.
pub mod format {
    pub use crate::fat::{Fat, MAX_FILES, Place};
}
