//! The processor. One line chooses the architecture; every one has the same file names.

mod aarch64;

pub use aarch64::*;
