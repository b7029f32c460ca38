//! The Arm PL031 real-time clock, without a task around it: a counter of seconds that somebody set.
//! Register numbers are those of Arm DDI 0224C, chapter 3.

#![no_std]
#![forbid(unsafe_code)]

use mmio::Bus;

/// Seconds now. 3.3.1.
const DATA: usize = 0x00;
/// Bit 0: the counter runs. 3.3.4.
const CONTROL: usize = 0x0c;
/// What the device is, a byte in each of four registers. 3.3.9.
const PERIPHERAL_ID: usize = 0xfe0;
/// Part number 0x031 in the first 12 bits, designer 0x41 in the next 8.
const PART: u32 = 0x4_1031;
const PART_MASK: u32 = 0xf_ffff;

/// A real-time clock.
#[derive(Debug)]
pub struct Pl031<B> {
    registers: B,
}

impl<B: Bus> Pl031<B> {
    /// The clock behind these registers, if there is one. It runs afterwards.
    pub fn new(mut registers: B) -> Option<Self> {
        let byte = |place: usize| registers.read32(PERIPHERAL_ID + 4 * place) & 0xff;
        let id = byte(0) | byte(1) << 8 | byte(2) << 16;
        if id & PART_MASK != PART {
            return None;
        }
        registers.write32(CONTROL, 1);
        Some(Self { registers })
    }

    /// Seconds since 1970, if it was set; 0 if not. The counter has 32 bits, and so an end in 2106.
    pub fn seconds(&self) -> u64 {
        self.registers.read32(DATA).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;
    use mmio::Fake;

    /// A device with this identity that says it is a certain time.
    fn device(id: [u32; 4], written: &Cell<Option<(usize, u32)>>) -> impl Bus {
        let read = move |offset| match offset {
            DATA => 1_795_266_856,
            PERIPHERAL_ID..0xff0 => id[(offset - PERIPHERAL_ID) / 4],
            _ => 0,
        };
        Fake::new(0x1000, read, |offset, value| written.set(Some((offset, value))))
    }

    #[test]
    fn it_tells_the_seconds_and_runs() {
        let written = Cell::new(None);
        let clock = Pl031::new(device([0x31, 0x10, 0x04, 0x00], &written)).expect("a clock");
        assert_eq!(clock.seconds(), 1_795_266_856);
        assert_eq!(written.get(), Some((CONTROL, 1)));
    }

    #[test]
    fn what_is_no_clock_is_left_alone() {
        for id in [[0; 4], [0x11, 0x10, 0x14, 0], [0x31, 0x20, 0x04, 0]] {
            let written = Cell::new(None);
            assert!(Pl031::new(device(id, &written)).is_none());
            assert_eq!(written.get(), None);
        }
    }
}
