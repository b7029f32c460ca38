//! The static description of a machine: what the build tool writes into the image and the kernel
//! reads from it.
//!
//! Every record is `repr(C)`, little-endian and free of padding, so the bytes in the image are the
//! values themselves. The kernel's address space has one fixed shape ([`window`]); everything else
//! is in the records.

#![no_std]
#![forbid(unsafe_code)]

pub mod boot;
pub mod image;
pub mod regime;
pub mod share;
pub mod task;
pub mod window;

pub use boot::{BootDesc, Epitaph, KernelHeader};
pub use image::{BoardDesc, ImageDesc, Table};
pub use share::{RegionFacts, SHARE_RECORDS, SHARES, ShareDesc};
pub use task::{
    IrqDesc, PostRight, RegionAttributes, RegionDesc, RegionInfo, TaskBitmap, TaskDesc, TaskInfo,
};

/// Tasks that can hear of one event of a server.
pub const LISTENERS: usize = 16;
/// The granule of every mapping, in bytes.
pub const PAGE: u64 = 4096;
/// File systems that one task can have in its tree.
pub const MOUNTS: usize = 8;
/// Tasks that can have one file system in their trees.
pub const MOUNTED_BY: usize = 16;
/// Bytes of the path of a mount, and of a subtree.
pub const MOUNT_PATH: usize = 64;
/// Task slots are multiples of this, in bytes.
pub const SLOT: u64 = 2 << 20;
