//! What the server counts.

use crate::job::{Kind, Request};
use blk_api::Statistics;

/// Nothing yet.
pub const NONE: Statistics = Statistics {
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

/// Books a request that is answered now.
pub fn book(counts: &mut Statistics, asked: Request, good: bool) {
    if !good {
        counts.errors += 1;
        return;
    }
    match asked.kind {
        Kind::Read => {
            counts.reads += 1;
            counts.sectors_read += asked.sectors;
        }
        Kind::Write => {
            counts.writes += 1;
            counts.sectors_written += asked.sectors;
        }
        Kind::Flush => counts.flushes += 1,
        Kind::Discard | Kind::WriteZeroes => counts.discards += 1,
        Kind::Serial => {}
    }
}
