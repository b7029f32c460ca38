//! A virtio block device, without a task around it (virtio 1.2, section 5.2).
//!
//! [`Disk`] never waits: a request is submitted with a [`Slot`] of DMA memory, and comes back from
//! [`Disk::completed`] after the device's interrupt. What the device says is checked; a device
//! that answers nonsense, or not at all, is started afresh with [`Disk::restart`].

#![no_std]
#![forbid(unsafe_code)]

mod disk;
mod geometry;
mod slot;

pub use disk::{Broken, Completed, Disk, Outcome, Rejected, StartError, Ticket};
pub use geometry::Geometry;
pub use slot::Slot;

/// Bytes in a sector, the unit of virtio-blk whatever the medium's own is.
pub const SECTOR: usize = 512;
