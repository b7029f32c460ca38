//! A piece of DMA memory.

use core::ptr::NonNull;

/// DMA memory with one owner: the driver, or the queue while the device works on it.
#[derive(Debug)]
pub struct Buffer {
    start: NonNull<u8>,
    length: usize,
}

impl Buffer {
    /// # Safety
    ///
    /// The bytes must be readable and writable for ever, and nobody else's.
    pub(crate) const unsafe fn new(start: NonNull<u8>, length: usize) -> Self {
        Self { start, length }
    }

    /// Where it begins.
    pub(crate) const fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        // SAFETY: ours alone, as `new`'s caller said; a buffer a device works on is in its queue.
        unsafe { core::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    /// The bytes, to be written.
    #[must_use]
    pub const fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and `&mut self` says nobody else in the task is at them.
        unsafe { core::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}
