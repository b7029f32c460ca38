//! Memory that a device reaches too.

/// Memory that a device reaches too: where the task sees it, and where the device does.
///
/// Like [`Registers`](crate::Registers), the value is the permission: whoever holds it is the only
/// one in the task that may hand this memory to a device.
#[derive(Debug)]
pub struct DmaMemory {
    base: usize,
    size: usize,
    physical: u64,
}

impl DmaMemory {
    /// `size` bytes at `base`, which the device sees at `physical`.
    ///
    /// # Safety
    ///
    /// The memory must be mapped readable and writable, for as long as the program runs; the
    /// device must see it, one piece, at `physical`; and nothing else in the program may name it.
    #[must_use]
    pub const unsafe fn new(base: usize, size: usize, physical: u64) -> Self {
        Self { base, size, physical }
    }

    /// Address of the first byte.
    #[must_use]
    pub const fn base(&self) -> usize {
        self.base
    }

    /// Bytes.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Address of the first byte as the device sees it.
    #[must_use]
    pub const fn physical(&self) -> u64 {
        self.physical
    }
}
