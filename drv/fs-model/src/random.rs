//! What a walk decides by.

/// Numbers from a seed: the same ones each time.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        // Marsaglia's xorshift, and the upper bits, which are the better ones.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end
    }

    pub(crate) fn one_in(&mut self, end: usize) -> bool {
        self.below(end) == 0
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let seed = self.below(1 << 32) as u32;
        (0..length as u32)
            .map(|at| (seed.wrapping_add(at).wrapping_mul(2_654_435_761) >> 23) as u8)
            .collect()
    }
}
