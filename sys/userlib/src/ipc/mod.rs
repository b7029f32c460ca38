//! What code generated from `idl/*.idl` stands on: clients, servers, leases.
//!
//! `idl/README.md` shows both sides. On the target the calls go to the kernel; on the host
//! its module `host` plays it, so that a test can run clients against servers.

mod bits;
mod buffer;
mod client;
mod declare;
#[cfg(not(target_os = "none"))]
pub mod host;
mod lease;
mod list;
mod order;
mod server;
mod wire;

#[cfg(target_os = "none")]
use crate::sys as kernel;
/// Who is asked: the kernel, or on the host somebody who plays it.
#[cfg(not(target_os = "none"))]
use host as kernel;

#[doc(hidden)]
pub use zerocopy;

pub use abi::{ReplyFault, TaskId};
pub use bits::Bits;
pub use buffer::Buffer;
pub use client::{ClientError, ErrorCode, Lend, Link, Reply, Retry};
pub use declare::{Callers, Listeners};
pub use kernel::{Incoming, Payload};
pub use lease::{Access, Gone, Lease, Read, ReadWrite, Write};
pub use list::{List, WithList};
pub use order::{InOrder, Kept, Order, Pending, Pipelined};
pub use server::{Answer, Caller, Dispatch, NoAnswer, Outcome, Refuse, Request, serve};
pub use wire::{Decode, Fixed, Wire, Zero};
