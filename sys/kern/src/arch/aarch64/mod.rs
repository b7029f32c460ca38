//! AArch64 at EL1.

mod boot;
mod cache;
mod copy;
mod counters;
mod exception;
pub mod fp;
mod frame;
#[cfg(feature = "meter")]
pub mod meter;
mod psci;
mod syndrome;
mod timer;
mod vectors;

pub use cache::clean;
pub use copy::copy;
pub use counters::open_to_tasks;
pub use exception::FaultRegisters;
pub use frame::Frame;
pub use psci::{Conduit, reset};
pub use syndrome::decode;
pub use timer::{frequency, now, set_alarm};

/// Sleeps until an interrupt is pending, though interrupts are masked.
pub fn wait_for_interrupt() {
    // SAFETY: WFI changes nothing but time.
    unsafe { core::arch::asm!("dsb sy", "wfi", options(nomem, nostack)) }
}
