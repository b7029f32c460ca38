//! Bytes of a message, aligned for any of its fields.

use core::ops::{Deref, DerefMut};

/// `N` bytes, aligned to eight, so that reading a field needs no byte-wise assembly.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(8))]
pub struct Buffer<const N: usize>([u8; N]);

impl<const N: usize> Buffer<N> {
    /// Zeros.
    #[must_use]
    #[inline(always)]
    pub const fn new() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Default for Buffer<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Deref for Buffer<N> {
    type Target = [u8];
    #[inline(always)]
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> DerefMut for Buffer<N> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}
