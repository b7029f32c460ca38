//! Windows onto device registers, and fake ones for tests.
//!
//! A driver is written against [`Bus`]: on the target it gets [`Registers`], in a test whatever
//! stands in for the device.

#![no_std]

/// Reads and writes of device registers by byte offset. An offset outside the device, or not
/// aligned to the access, is a driver bug and panics.
pub trait Bus {
    /// Reads 32 bits.
    fn read32(&self, offset: usize) -> u32;
    /// Writes 32 bits.
    fn write32(&mut self, offset: usize, value: u32);
}

/// The registers of a real device.
#[derive(Debug)]
pub struct Registers {
    base: usize,
    size: usize,
}

impl Registers {
    /// A window of `size` bytes at `base`.
    ///
    /// # Safety
    ///
    /// The window must be mapped as device memory, for as long as the value lives, and no other
    /// value may name it.
    #[must_use]
    pub const unsafe fn new(base: usize, size: usize) -> Self {
        Self { base, size }
    }

    /// Address of the first register.
    #[must_use]
    pub const fn base(&self) -> usize {
        self.base
    }

    /// Bytes in the window.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    fn register(&self, offset: usize) -> *mut u32 {
        assert!(offset.is_multiple_of(4) && offset < self.size, "no register at this offset");
        (self.base + offset) as *mut u32
    }
}

impl Bus for Registers {
    fn read32(&self, offset: usize) -> u32 {
        // SAFETY: inside the window, which `new`'s caller vouched for, and aligned.
        unsafe { self.register(offset).read_volatile() }
    }

    fn write32(&mut self, offset: usize, value: u32) {
        // SAFETY: as for reading; `&mut self` says nobody else is at it.
        unsafe { self.register(offset).write_volatile(value) }
    }
}
