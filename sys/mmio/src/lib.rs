//! Windows onto device registers, memory shared with devices, and fakes of both for tests.
//!
//! A driver is written against [`Bus`]: on the target it gets [`Registers`], in a test a
//! [`Fake`] or whatever else stands in for the device.

#![no_std]

mod fake;
mod memory;
mod registers;

pub use fake::Fake;
pub use memory::{DmaMemory, Piece, SharedMemory};
pub use registers::Registers;

/// Reads and writes of device registers by byte offset. An offset outside the device, or not
/// aligned to the access, is a driver bug and panics.
pub trait Bus {
    /// Reads 32 bits.
    fn read32(&self, offset: usize) -> u32;
    /// Writes 32 bits.
    fn write32(&mut self, offset: usize, value: u32);
}

/// `offset`, if a register of 32 bits lies there in a window of `size` bytes.
///
/// One check for the real window and the fake, so that a driver that passes its tests does not
/// stumble over it on the target.
#[inline]
#[track_caller]
fn checked(offset: usize, size: usize) -> usize {
    let inside = size.checked_sub(4).is_some_and(|last| offset <= last);
    assert!(offset.is_multiple_of(4) && inside, "no register at this offset");
    offset
}
