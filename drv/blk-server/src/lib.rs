//! What the servers of `idl/blk.idl` have in common: the part of the disk that each client has.
//!
//! A server has a field `partitions: Clients<Part, CLIENTS>` in its `config!`, makes [`Shares`] of
//! it, and asks these where a client's sectors are, on every request.

#![no_std]
#![forbid(unsafe_code)]

mod part;
mod shares;

pub use drv_partition::{NotRead, Reach};
pub use part::{CLIENTS, Part};
pub use shares::{Shares, refusal};
