//! What tasks of test images do that no right task does: any system call with any registers, and
//! every way to die.

// There is nothing here to try on the host.
#![cfg(target_os = "none")]
#![no_std]

mod fatal;
mod raw;
mod registers;
mod serve;
mod vectors;

pub use raw::raw;
pub use registers::keep_registers;
pub use serve::serve;
pub use vectors::{filling, keep_vectors, keep_vectors_in, read_vectors};
