//! The Arm PL011 UART, without a task around it.
//!
//! [`Pl011`] is the device: one byte out, one byte in, which interrupts may come. [`Queued`] puts a
//! byte queue on either side, so that whoever has the line need only say when the interrupt came.
//! Everything runs on the host against a stand-in for the registers.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
mod fake;
mod queued;
mod registers;
mod uart;

pub use queued::Queued;
pub use uart::{Divisor, Interrupts, LineError, Pl011};
