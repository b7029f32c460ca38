//! A virtio block device, without a task around it (virtio 1.2, section 5.2).
//!
//! [`Disk`] never waits: a request is submitted with a buffer of DMA memory, and comes back from
//! [`Disk::completed`] after the device's interrupt. What the device says is checked; a device
//! that answers nonsense, asks for a reset, or does not answer at all is started afresh with
//! [`Disk::restart`].

#![no_std]
#![forbid(unsafe_code)]

mod disk;
mod geometry;
mod request;

pub use disk::{Broken, Completed, Disk, Heard, Rejected, StartError, Ticket};
pub use drv_dma::{Buffer, PIECES, Piece};
pub use geometry::Geometry;
pub use request::{Operation, Outcome, SERIAL};

/// The unit in which virtio-blk counts, in bytes, whatever the medium's own is.
pub const SECTOR: usize = 512;
