//! Reads ext2, ext3 and ext4, without a task around it.
//!
//! Fields and features are those of the Linux kernel's documentation, "ext4 Data Structures and
//! Algorithms"; section names in the modules are its. What is read is checked against its checksum
//! where the file system has checksums, and against the disk's bounds always.
//!
//! Nothing is ever written. A file system whose journal still holds something is not read: without
//! it, what is on the disk may contradict itself. `e2fsck` or a mount on Linux settles it.

#![no_std]
#![forbid(unsafe_code)]

mod attributes;
mod bytes;
mod checksum;
mod directory;
mod disk;
mod group;
mod inode;
mod known;
mod map;
mod superblock;
mod volume;

pub use known::Known;
pub use volume::{Ext, File};
