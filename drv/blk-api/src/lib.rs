//! Sectors of one disk: client, server trait and types.

#![no_std]
#![forbid(unsafe_code)]

mod shared;

pub use shared::{MAX_SHARED, Sharer};

include!(concat!(env!("OUT_DIR"), "/blk.rs"));

/// Bytes in the smallest sector; how many a disk's have, `info` says.
pub const SECTOR: usize = 512;
/// The most that one call reads or writes, in bytes.
pub const MAX_TRANSFER: usize = 65536;

impl Statistics {
    /// Nothing yet.
    pub const NONE: Self = Self {
        reads: 0,
        writes: 0,
        flushes: 0,
        discards: 0,
        sectors_read: 0,
        sectors_written: 0,
        errors: 0,
        requests: 0,
        coalesced: 0,
        retried: 0,
        restarts: 0,
        interrupts: 0,
        notifications: 0,
        features: 0,
        in_flight: 0,
        most_in_flight: 0,
        waiting: 0,
        most_waiting: 0,
    };
}
