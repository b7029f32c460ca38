//! Reading memory that may not be there.

use std::fmt;

/// Something addresses can be read from.
pub trait Memory {
    /// Fills `buffer` from `address`, wholly or not at all.
    ///
    /// # Errors
    /// If a byte of it cannot be read.
    fn read(&self, address: u64, buffer: &mut [u8]) -> Result<(), Unreadable>;

    /// So many bytes.
    ///
    /// # Errors
    /// If one of them cannot be read, or there are absurdly many.
    fn bytes(&self, address: u64, length: u64) -> Result<Vec<u8>, Unreadable> {
        let length = usize::try_from(length)
            .ok()
            .filter(|&length| length <= MOST)
            .ok_or_else(|| Unreadable::new(address, format!("{length} bytes are too many")))?;
        let mut buffer = vec![0; length];
        self.read(address, &mut buffer)?;
        Ok(buffer)
    }

    /// A little-endian word of 64 bits.
    ///
    /// # Errors
    /// If it cannot be read.
    fn word(&self, address: u64) -> Result<u64, Unreadable> {
        let mut buffer = [0; 8];
        self.read(address, &mut buffer)?;
        Ok(u64::from_le_bytes(buffer))
    }
}

/// The most that is read at once, in bytes.
pub const MOST: usize = 16 << 20;

/// The little-endian number in at most 8 bytes; further ones are ignored.
#[must_use]
pub fn word(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// Why memory could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The first address that could not.
    pub address: u64,
    /// Why.
    pub why: String,
}

impl Unreadable {
    /// `address` cannot be read because it is `why`.
    pub fn new(address: u64, why: impl Into<String>) -> Self {
        Self { address, why: why.into() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}: {}", self.address, self.why)
    }
}

impl std::error::Error for Unreadable {}
