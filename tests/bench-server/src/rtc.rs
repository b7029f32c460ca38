//! The PL031 real-time clock (Arm DDI 0224), as something that interrupts when told to.

use mmio::{Bus, Registers};

const DATA: usize = 0x00;
const MATCH: usize = 0x04;
const MASK: usize = 0x10;
const CLEAR: usize = 0x1c;

pub struct Rtc(Registers);

impl Rtc {
    pub fn new(registers: Registers) -> Self {
        let mut rtc = Self(registers);
        rtc.quiet();
        rtc
    }

    /// Interrupts at the next second that begins.
    pub fn interrupt_in_a_second(&mut self) {
        let now = self.0.read32(DATA);
        self.0.write32(CLEAR, 1);
        self.0.write32(MATCH, now.wrapping_add(1));
        self.0.write32(MASK, 1);
    }

    /// Takes the interrupt back.
    pub fn quiet(&mut self) {
        self.0.write32(MASK, 0);
        self.0.write32(CLEAR, 1);
    }
}
