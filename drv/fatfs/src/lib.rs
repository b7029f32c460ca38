//! FAT12, FAT16 and FAT32 with long names, to read and write, behind `drv-fs-core`'s trait.
//!
//! The format itself is `hadris-fat`'s business. This crate adds what a server needs around it:
//! mounting when the disk is there, sectors of 512 to 4096 bytes, one open file for all who have it
//! open, and the time. And what a power cut left is repaired when it is mounted: `repair`.

#![no_std]
#![forbid(unsafe_code)]

mod fat;
mod repair;
mod sectors;
mod translate;

pub use fat::{Fat, MAX_FILES, Place};
pub use repair::{RepairMemory, Repairs};
