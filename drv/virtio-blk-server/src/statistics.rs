//! What the server counts.

use crate::job::{Kind, Request};
use blk_api::Statistics;

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
        Kind::Serial | Kind::Settle => {}
    }
}
