//! Sectors of one disk: client, server trait and types.

#![no_std]
#![forbid(unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/blk.rs"));

/// Bytes in a sector.
pub const SECTOR: usize = 512;
/// The most that one call reads or writes, in bytes.
pub const MAX_TRANSFER: usize = 65536;
