//! The parts of the logger that need no machine: the journal, and dates.

#![no_std]
#![forbid(unsafe_code)]

mod date;
mod journal;
mod marker;

pub use date::Date;
pub use journal::{Journal, LONGEST, Store};
pub use marker::{MARK, Marker};
