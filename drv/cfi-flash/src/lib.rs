//! NOR flash of two x16 chips side by side on a bus of 32 bits, with Intel's commands, without a task around
//! it.
//!
//! The chips describe themselves (CFI, JEDEC JESD68.01) and are told what to do by writes to them
//! (Intel's "basic command set", JEP137 number 1). Every command goes to both at once. Programs
//! go through the chips' buffers. Everything runs on the host against stand-ins for the chips.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod chips;
mod command;
mod erase;
mod error;
#[cfg(test)]
mod fake;
mod note;
mod query;
mod queue;
#[cfg(test)]
mod tests;

pub use chips::{Chips, Clock, WORD};
pub use error::Error;
pub use note::{Memo, NOTE, Program};
pub use query::Query;
pub use queue::{Asker, Counts, Gone, Kind, Queue, Request};
