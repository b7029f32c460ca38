//! A device made of two closures, for tests.

use crate::{Bus, checked};

/// A device for tests: `read` answers for each register, `write` hears of each write. Offsets are
/// checked as for real registers.
#[derive(Debug)]
pub struct Fake<R, W> {
    size: usize,
    read: R,
    write: W,
}

impl<R: Fn(usize) -> u32, W: FnMut(usize, u32)> Fake<R, W> {
    /// A device with `size` bytes of registers.
    #[must_use]
    pub const fn new(size: usize, read: R, write: W) -> Self {
        Self { size, read, write }
    }
}

impl<R: Fn(usize) -> u32, W: FnMut(usize, u32)> Bus for Fake<R, W> {
    #[track_caller]
    fn read32(&self, offset: usize) -> u32 {
        (self.read)(checked(offset, self.size))
    }

    #[track_caller]
    fn write32(&mut self, offset: usize, value: u32) {
        (self.write)(checked(offset, self.size), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    #[test]
    fn the_closures_are_the_device() {
        let last = Cell::new((0, 0));
        let mut device =
            Fake::new(0x10, |offset| offset as u32 + 1, |offset, value| last.set((offset, value)));
        assert_eq!(device.read32(0xc), 0xd);
        device.write32(4, 99);
        assert_eq!(last.get(), (4, 99));
    }

    #[test]
    #[should_panic(expected = "no register at this offset")]
    fn an_offset_between_registers_is_refused() {
        let _ = Fake::new(0x10, |_| 0, |_, _| ()).read32(2);
    }

    #[test]
    #[should_panic(expected = "no register at this offset")]
    fn a_window_smaller_than_a_register_has_none() {
        let _ = Fake::new(3, |_| 0, |_, _| ()).read32(0);
    }
}
