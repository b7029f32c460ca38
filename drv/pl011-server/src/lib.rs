//! The parts of the console server that need no machine: who waits for an answer, and what is kept
//! of what was printed.

#![no_std]
#![forbid(unsafe_code)]

mod log;
mod waiting;

pub use log::{Found, Log};
pub use waiting::Waiting;
