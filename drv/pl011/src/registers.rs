//! Register offsets and bits: Arm DDI 0183G, chapter 3.

/// Data: a byte, and above it what went wrong with it. 3.3.1.
pub const DR: usize = 0x00;
/// Flags. 3.3.3.
pub const FR: usize = 0x18;
/// Integer part of the baud rate divisor. 3.3.5.
pub const IBRD: usize = 0x24;
/// Fractional part, in 64ths. 3.3.6.
pub const FBRD: usize = 0x28;
/// Line control. 3.3.7.
pub const LCR_H: usize = 0x2c;
/// Control. 3.3.8.
pub const CR: usize = 0x30;
/// Levels at which the queues interrupt. 3.3.9.
pub const IFLS: usize = 0x34;
/// Interrupts let through. 3.3.10.
pub const IMSC: usize = 0x38;
/// Interrupts to forget. 3.3.13.
pub const ICR: usize = 0x44;

/// DR: framing error.
pub const DR_FRAMING: u32 = 1 << 8;
/// DR: parity error.
pub const DR_PARITY: u32 = 1 << 9;
/// DR: break.
pub const DR_BREAK: u32 = 1 << 10;
/// DR: bytes were lost before this one.
pub const DR_OVERRUN: u32 = 1 << 11;

/// FR: sending a byte.
pub const FR_BUSY: u32 = 1 << 3;
/// FR: nothing received.
pub const FR_RXFE: u32 = 1 << 4;
/// FR: no room to send.
pub const FR_TXFF: u32 = 1 << 5;

/// LCR_H: use the queues.
pub const LCR_FEN: u32 = 1 << 4;
/// LCR_H: eight bits a byte.
pub const LCR_WLEN_8: u32 = 0b11 << 5;

/// CR: the UART runs.
pub const CR_UARTEN: u32 = 1 << 0;
/// CR: it sends.
pub const CR_TXE: u32 = 1 << 8;
/// CR: it receives.
pub const CR_RXE: u32 = 1 << 9;

/// IFLS: the transmit interrupt comes when an eighth is left.
pub const IFLS_TX_EIGHTH: u32 = 0b000;
/// IFLS: the receive interrupt comes when half is used.
pub const IFLS_RX_HALF: u32 = 0b010 << 3;

/// Interrupts: bytes have arrived.
pub const INT_RX: u32 = 1 << 4;
/// Interrupts: there is room to send again.
pub const INT_TX: u32 = 1 << 5;
/// Interrupts: bytes have arrived, and nothing since for 32 bit times.
pub const INT_RT: u32 = 1 << 6;
/// Interrupts: framing, parity, break and overrun.
pub const INT_ERRORS: u32 = 0b1111 << 7;
/// Interrupts: all there are.
pub const INT_ALL: u32 = 0x7ff;
