//! Memory shared with virtio devices, and queues in it that safe code can use.
//!
//! The only driver crate with `unsafe`: `virtio-drivers` asks for an unsafe trait, [`Hal`], and
//! its `VirtQueue` trusts the caller to keep buffers alive and untouched. Here a [`Buffer`] is
//! moved into the [`Queue`] with the request and comes back when the device is done with it, so
//! a driver above this crate needs no `unsafe` at all.
//!
//! The device is not trusted: what it writes into the ring is compared with what was asked for.
//! Its driver may have died in the middle of a transfer, and the device does not know; so memory
//! is touched only with a [`Quiet`] in hand, the proof that the device has been reset since.
//!
//! [`Hal`]: virtio_drivers::Hal

#![no_std]

#[cfg(feature = "fake")]
extern crate std;

mod barrier;
mod buffer;
mod device;
#[cfg(feature = "fake")]
pub mod fake;
mod hal;
mod pool;
mod queue;

pub use buffer::{Buffer, Parts};
pub use device::{Absent, NotReset, Quiet, Refused, VERSION_1, negotiate, open, reset};
pub use pool::{MAX_PAGES, PAGE, Pool, PoolError};
pub use queue::{Done, Misbehaved, Queue, QueueError, SubmitError};
