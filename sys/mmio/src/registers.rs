//! The registers of a real device.

use crate::{Bus, checked};

/// The registers of a real device. Where they begin and end is said once, when the value is made.
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

    #[inline]
    #[track_caller]
    fn register(&self, offset: usize) -> *mut u32 {
        (self.base + checked(offset, self.size)) as *mut u32
    }
}

impl Bus for Registers {
    #[inline]
    #[track_caller]
    fn read32(&self, offset: usize) -> u32 {
        // SAFETY: inside the window, which `new`'s caller vouched for, and aligned.
        unsafe { self.register(offset).read_volatile() }
    }

    #[inline]
    #[track_caller]
    fn write32(&mut self, offset: usize, value: u32) {
        // SAFETY: as for reading; `&mut self` says nobody else is at it.
        unsafe { self.register(offset).write_volatile(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_reach_the_word_meant() {
        let mut words = [0x11, 0x22, 0x33u32];
        // SAFETY: `words` outlives the window and is not touched while it lives.
        let mut window = unsafe { Registers::new((&raw mut words) as usize, 12) };
        assert_eq!(window.read32(4), 0x22);
        window.write32(8, 0x44);
        assert_eq!(words, [0x11, 0x22, 0x44]);
    }

    #[test]
    #[should_panic(expected = "no register at this offset")]
    fn the_first_offset_past_the_end_is_refused() {
        let words = [0u32; 2];
        // SAFETY: as above; nothing is written.
        let window = unsafe { Registers::new((&raw const words) as usize, 8) };
        let _ = window.read32(8);
    }
}
