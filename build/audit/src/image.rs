//! The image as memory: bytes at physical addresses.

use zerocopy::{FromBytes, Immutable, KnownLayout};

/// What a loader has put into memory.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// Physical address of the first byte.
    pub base: u64,
    /// The bytes.
    pub bytes: &'a [u8],
}

impl<'a> Image<'a> {
    /// Physical address of the first byte behind it.
    pub const fn end(&self) -> u64 {
        self.base.saturating_add(self.bytes.len() as u64)
    }

    /// Whether all of this was loaded.
    pub const fn contains(&self, physical: u64, size: u64) -> bool {
        physical >= self.base && physical.saturating_add(size) <= self.end()
    }

    /// Loaded bytes. `None` unless all of them were loaded.
    pub fn at(&self, physical: u64, length: usize) -> Option<&'a [u8]> {
        let start = usize::try_from(physical.checked_sub(self.base)?).ok()?;
        self.bytes.get(start..start.checked_add(length)?)
    }

    /// A little-endian number.
    pub fn number(&self, physical: u64) -> Option<u64> {
        self.at(physical, 8)?.try_into().ok().map(u64::from_le_bytes)
    }

    /// A record of `config`.
    pub fn record<T: FromBytes + KnownLayout + Immutable>(&self, physical: u64) -> Option<T> {
        T::read_from_bytes(self.at(physical, size_of::<T>())?).ok()
    }
}
