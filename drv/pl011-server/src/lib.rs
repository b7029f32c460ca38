//! The parts of the console server that need no machine: who waits for an answer.

#![no_std]
#![forbid(unsafe_code)]

mod waiting;

pub use waiting::Waiting;
