//! The device: a byte out, a byte in, and which interrupts may come.

use crate::registers::*;
use core::fmt::{self, Write};
use mmio::Bus;

/// How often the flags are read, at most, while the byte on the line goes out during set-up.
const PATIENCE: u32 = 100_000;

/// What the line rate is divided down from the UART's clock by: 16 bits and six of fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divisor {
    integer: u16,
    fraction: u8,
}

impl Divisor {
    /// For `rate` bits a second from a clock of `clock` Hz. None if the hardware cannot divide so.
    #[must_use]
    pub fn for_rate(clock: u32, rate: u32) -> Option<Self> {
        let sixty_fourths =
            (u64::from(clock) * 4 + u64::from(rate) / 2).checked_div(rate.into())?;
        let integer = u16::try_from(sixty_fourths / 64).ok()?;
        let fraction = (sixty_fourths % 64) as u8;
        let possible = integer > 0 && (integer, fraction) <= (u16::MAX, 0);
        possible.then_some(Self { integer, fraction })
    }
}

/// Which interrupts may come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interrupts {
    /// When bytes, or errors, have arrived.
    pub receive: bool,
    /// When there is room to send again.
    pub transmit: bool,
}

/// What went wrong on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError {
    /// Bytes came faster than they were taken, and some are lost.
    Overrun,
    /// A byte was unreadable and is lost: wrong rate, noise, wrong parity.
    Framing,
    /// The other side held the line low.
    Break,
}

/// A PL011 that runs, with eight data bits, no parity and one stop bit.
#[derive(Debug)]
pub struct Pl011<B> {
    bus: B,
}

impl<B: Bus> Pl011<B> {
    /// Sets the device up, whatever state it is in, with no interrupt let through. Without a
    /// divisor the line rate stays as firmware set it.
    pub fn new(bus: B, divisor: Option<Divisor>) -> Self {
        let mut uart = Self { bus };
        uart.quiesce();
        if let Some(Divisor { integer, fraction }) = divisor {
            uart.bus.write32(IBRD, integer.into());
            uart.bus.write32(FBRD, fraction.into());
        }
        // Also makes the divisors count; the queues come up empty. 3.3.7.
        uart.bus.write32(LCR_H, LCR_WLEN_8 | LCR_FEN);
        uart.bus.write32(IFLS, IFLS_RX_HALF | IFLS_TX_EIGHTH);
        uart.bus.write32(CR, CR_UARTEN | CR_TXE | CR_RXE);
        uart
    }

    /// Stops the device in the order 3.3.8 asks for: disable, let the byte on the line go out,
    /// empty the queues.
    fn quiesce(&mut self) {
        self.bus.write32(IMSC, 0);
        self.bus.write32(CR, 0);
        for _ in 0..PATIENCE {
            if self.is_idle() {
                break;
            }
        }
        self.bus.write32(LCR_H, 0);
        self.bus.write32(ICR, INT_ALL);
    }

    /// Whether the last byte has left for good.
    pub fn is_idle(&self) -> bool {
        self.bus.read32(FR) & FR_BUSY == 0
    }

    /// Whether a byte can be sent now.
    pub fn can_send(&self) -> bool {
        self.bus.read32(FR) & FR_TXFF == 0
    }

    /// Sends a byte. Lost if the device [cannot](Self::can_send).
    pub fn send(&mut self, byte: u8) {
        self.bus.write32(DR, byte.into());
    }

    /// The next byte that arrived, or what happened to it.
    pub fn receive(&mut self) -> Option<Result<u8, LineError>> {
        if self.bus.read32(FR) & FR_RXFE != 0 {
            return None;
        }
        let word = self.bus.read32(DR);
        // An overrun is reported with the first byte read after it, which is itself good; the
        // caller must hear of both, but bytes are already missing around it, so one less is no
        // worse than the loss it is told of.
        Some(match word {
            _ if word & DR_OVERRUN != 0 => Err(LineError::Overrun),
            _ if word & DR_BREAK != 0 => Err(LineError::Break),
            _ if word & (DR_FRAMING | DR_PARITY) != 0 => Err(LineError::Framing),
            _ => Ok(word as u8),
        })
    }

    /// Lets these interrupts come, and no others.
    pub fn listen(&mut self, interrupts: Interrupts) {
        let receive = if interrupts.receive { INT_RX | INT_RT | INT_ERRORS } else { 0 };
        let transmit = if interrupts.transmit { INT_TX } else { 0 };
        self.bus.write32(IMSC, receive | transmit);
    }

    /// Forgets the receive interrupts that came. To be called before the bytes are taken, or the
    /// interrupt of one that arrives in between would be forgotten with them.
    pub fn acknowledge_receive(&mut self) {
        self.bus.write32(ICR, INT_RX | INT_RT | INT_ERRORS);
    }
}

/// For who has nothing else to do: waits for room.
impl<B: Bus> Write for Pl011<B> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            while !self.can_send() {}
            self.send(byte);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    #[test]
    fn divisors_are_rounded_to_the_nearest_64th() {
        // DDI 0183G 3.3.6 works this example: 4 MHz and 230400 give 1 and 5/64.
        let divisor = Divisor::for_rate(4_000_000, 230_400);
        assert_eq!(divisor, Some(Divisor { integer: 1, fraction: 5 }));
    }

    #[test]
    fn rates_the_hardware_cannot_make_are_refused() {
        assert_eq!(Divisor::for_rate(24_000_000, 0), None);
        assert_eq!(Divisor::for_rate(24_000_000, 2_000_000), None, "divisor below 1");
        assert_eq!(Divisor::for_rate(24_000_000, 22), None, "divisor above 65535");
    }

    #[test]
    fn set_up_ends_with_a_running_silent_device_and_empty_queues() {
        let device = Fake::default();
        device.arrive(b"left over");
        device.let_through(INT_ALL);
        let mut uart = Pl011::new(device.bus(), Divisor::for_rate(24_000_000, 115_200));
        assert_eq!(uart.receive(), None);
        assert_eq!(device.register(CR), CR_UARTEN | CR_TXE | CR_RXE);
        assert_eq!(device.register(LCR_H), LCR_WLEN_8 | LCR_FEN);
        assert_eq!((device.register(IBRD), device.register(FBRD)), (13, 1));
        assert!(!device.interrupts());
    }

    #[test]
    fn without_a_divisor_the_rate_stays() {
        let device = Fake::default();
        device.set(IBRD, 26);
        Pl011::new(device.bus(), None);
        assert_eq!(device.register(IBRD), 26);
    }

    #[test]
    fn a_line_that_never_rests_does_not_hold_set_up_forever() {
        let device = Fake::default();
        device.set_busy(true);
        let uart = Pl011::new(device.bus(), None);
        assert!(!uart.is_idle());
    }

    #[test]
    fn text_goes_out_byte_by_byte() {
        let device = Fake::default();
        let mut uart = Pl011::new(device.bus(), None);
        assert_eq!(write!(uart, "line {}", 7), Ok(()));
        device.transmit_all();
        assert_eq!(device.sent(), b"line 7");
    }

    #[test]
    fn each_error_has_its_name() {
        let device = Fake::default();
        let mut uart = Pl011::new(device.bus(), None);
        for (bits, error) in [
            (DR_OVERRUN, LineError::Overrun),
            (DR_FRAMING, LineError::Framing),
            (DR_PARITY, LineError::Framing),
            (DR_BREAK | DR_FRAMING, LineError::Break),
        ] {
            device.arrive_word(bits | 0x55);
            assert_eq!(uart.receive(), Some(Err(error)));
        }
        device.arrive(b"!");
        assert_eq!(uart.receive(), Some(Ok(b'!')));
    }
}
