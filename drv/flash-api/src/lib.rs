//! NOR flash memory: client, server trait and types.

#![no_std]
#![forbid(unsafe_code)]

mod memory;

pub use memory::Memory;

include!(concat!(env!("OUT_DIR"), "/flash.rs"));

/// The most that one call reads or programs, in bytes.
pub const MAX_TRANSFER: usize = 65536;
