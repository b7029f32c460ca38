//! The device @NAME@, without a task around it.
//!
//! It runs on the host against a stand-in for the registers.

#![no_std]
#![forbid(unsafe_code)]

use mmio::Bus;

/// Peripheral identification: the low byte of each of four registers. PrimeCell devices of Arm have
/// them here; say here where yours are.
const ID: [usize; 4] = [0xfe0, 0xfe4, 0xfe8, 0xfec];

/// The device.
#[derive(Debug)]
pub struct @TYPE@<B> {
    bus: B,
}

impl<B: Bus> @TYPE@<B> {
    /// The device behind these registers.
    pub const fn new(bus: B) -> Self {
        Self { bus }
    }

    /// What the device says it is.
    pub fn identity(&self) -> u32 {
        u32::from_le_bytes(ID.map(|offset| self.bus.read32(offset) as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mmio::Fake;

    #[test]
    fn the_identity_is_the_low_bytes_from_the_lowest() {
        let read = |offset| match offset {
            0xfe0 => 0xffff_ff31,
            0xfe4 => 0x10,
            0xfe8 => 0x04,
            0xfec => 0x7f,
            other => panic!("{other:#x} is no register of the identity"),
        };
        let device = @TYPE@::new(Fake::new(0x1000, read, |_, _| ()));
        assert_eq!(device.identity(), 0x7f04_1031);
    }
}
