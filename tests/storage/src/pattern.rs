//! The bytes of `docs/pattern.bin`, as the build tool's `disk::pattern` makes them.

/// The next byte, again and again.
pub struct Pattern(u32);

impl Pattern {
    pub const fn new() -> Self {
        Self(0x2545_f491)
    }

    pub const fn next(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 24) as u8
    }
}
