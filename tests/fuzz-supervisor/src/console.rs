//! Output to a PL011 (Arm DDI 0183), waiting for room.

use mmio::{Bus, Registers};

const DATA: usize = 0x00;
const FLAGS: usize = 0x18;
const CONTROL: usize = 0x30;
const LINE: usize = 0x2c;
const TRANSMIT_FULL: u32 = 1 << 5;

pub struct Console(Registers);

impl Console {
    pub fn new(mut registers: Registers) -> Self {
        registers.write32(LINE, 0b11 << 5 | 1 << 4); // 8 bits, FIFOs
        registers.write32(CONTROL, 1 << 8 | 1 << 0); // transmit, enable
        Self(registers)
    }
}

impl core::fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            while self.0.read32(FLAGS) & TRANSMIT_FULL != 0 {}
            self.0.write32(DATA, u32::from(byte));
        }
        Ok(())
    }
}
