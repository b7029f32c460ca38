//! Memory shared with virtio devices, and queues in it that safe code can use.
//!
//! The only driver crate with `unsafe`. A [`Buffer`] is moved into the [`Queue`] with the request
//! and comes back when the device is done with it, so a driver above this crate needs none. The
//! transports are those of `virtio-drivers`; the ring is our own, because that crate's has
//! indirect descriptors only with a heap, and compares event indices without regard to wrapping.
//!
//! The device is not trusted: what it writes into the ring is compared with what was asked for.
//! Its driver may have died in the middle of a transfer, and the device does not know; so memory
//! is touched only with a [`Quiet`] in hand, the proof that the device has been reset since.

#![no_std]

#[cfg(feature = "fake")]
extern crate std;

mod arena;
mod barrier;
mod buffer;
mod device;
#[cfg(feature = "fake")]
pub mod fake;
mod pool;
mod queue;
mod ring;

pub use arena::Arena;
pub use buffer::Buffer;
pub use device::{
    Absent, EVENT_INDEX, INDIRECT, NotReset, Quiet, Refused, VERSION_1, negotiate, open, reset,
};
pub use mmio::{Piece, SharedMemory};
pub use pool::{MAX_PAGES, PAGE, Pool, PoolError};
pub use queue::{Data, Done, Misbehaved, Queue, QueueError, SubmitError, UNSAID};
pub use ring::{HEAD, PIECES, TAIL};
