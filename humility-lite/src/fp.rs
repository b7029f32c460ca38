//! Floating-point and vector registers.

use crate::memory::word;

/// V0 to V31, FPSR and FPCR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FpRegisters {
    /// V0 to V31.
    pub v: [u128; 32],
    /// The status register.
    pub fpsr: u64,
    /// The control register.
    pub fpcr: u64,
}

/// Bytes of V0 to V31.
const VECTORS: usize = 32 * 16;

impl FpRegisters {
    /// Bytes of what the kernel keeps for a task: a mirror of `kern::arch::fp::FP_STATE`.
    pub const KEPT: u64 = VECTORS as u64 + 2 * 8;

    /// V0 to V31, then FPSR and FPCR of `word_size` bytes each. `None` if it is too short.
    #[must_use]
    pub fn read(bytes: &[u8], word_size: usize) -> Option<Self> {
        let (vectors, words) = bytes.split_at_checked(VECTORS)?;
        let mut v = [0; 32];
        for (v, bytes) in v.iter_mut().zip(vectors.chunks_exact(16)) {
            *v = u128::from(word(bytes)) | u128::from(word(bytes.get(8..)?)) << 64;
        }
        let mut words = words.chunks_exact(word_size).map(word);
        Some(Self { v, fpsr: words.next()?, fpcr: words.next()? })
    }
}
