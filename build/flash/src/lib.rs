//! Disks that a boot loader starts an image from.
//!
//! [`Plan`] says what is on the disk: a GPT, and in it one FAT32 partition with the image and a
//! script for U-Boot. [`Target`] is where it goes, once it is certain that nobody misses what is
//! there. [`flash`] joins the two, and reads back what it wrote.

#![forbid(unsafe_code)]

mod copy;
mod plan;
mod report;
mod script;
mod system;
mod table;
mod target;
mod write;

pub use copy::{Disk, Step, Zeros, check, copy};
pub use plan::{Boot, Piece, Plan};
pub use report::Report;
pub use script::boot_script;
pub use system::System;
pub use target::{Kind, Limits, Target};
pub use write::flash;

/// Bytes of a sector. Disks with others are refused.
pub const SECTOR: u64 = 512;
/// Where partitions begin and end, and what is left free at both ends of the disk.
pub const ALIGN: u64 = 1 << 20;
