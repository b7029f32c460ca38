//! The kernel's hands: boot, vectors, MMU, interrupt controller, timer.
//!
//! What to do is decided in `kerncore`; here it is done. The road through: `arch/…/vectors.rs`
//! saves a task's registers and calls `trap.rs`, which asks `kerncore` and says whose registers
//! come next.

#![no_std]
#![no_main]

// Compiled code calls what is in it by name.
use mem as _;

mod arch;
mod descriptors;
mod fail;
mod gic;
mod header;
mod machine;
mod start;
mod statics;
mod trap;
mod words;
