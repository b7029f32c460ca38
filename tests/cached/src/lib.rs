//! What the two tasks at a cache say to each other, in the numbers of `idl/pong.idl`.

#![no_std]
#![forbid(unsafe_code)]

/// Bytes in a sector.
pub const SECTOR: usize = 512;

/// What is not answered: the disk refuses.
pub const REFUSED: u64 = u64::MAX;

/// What the other task is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Read this sector; the answer is its [`print`].
    Read(u32),
    /// Make all bytes of this sector this one; the answer is its [`print`].
    Fill(u32, u8),
}

impl Request {
    /// As it travels.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Read(sector) => sector as u64,
            Self::Fill(sector, byte) => 1 << 63 | (byte as u64) << 32 | sector as u64,
        }
    }

    /// What travelled.
    #[must_use]
    pub const fn of(number: u64) -> Self {
        let sector = number as u32;
        if number >> 63 == 0 {
            Self::Read(sector)
        } else {
            Self::Fill(sector, (number >> 32) as u8)
        }
    }
}

/// A number that is another for other bytes, as a rule.
#[must_use]
pub fn print(bytes: &[u8]) -> u64 {
    bytes.iter().fold(1, |all, &byte| (all ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) >> 1
}
