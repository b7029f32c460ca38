//! Memory for some sectors in a row.

use core::ops::Range;

/// The memory of a cache: `LINES` lines of `BYTES` bytes each, a power of two from 4096 to 32768.
#[derive(Debug)]
pub struct Memory<const LINES: usize, const BYTES: usize> {
    pub(crate) tags: [Tag; LINES],
    pub(crate) bytes: [[u8; BYTES]; LINES],
}

impl<const LINES: usize, const BYTES: usize> Memory<LINES, BYTES> {
    const FITS: () = assert!(
        LINES > 0 && BYTES.is_power_of_two() && BYTES >= 4096 && BYTES <= 64 * 512,
        "a line has 4096 to 32768 bytes, a power of two"
    );

    /// Empty lines.
    #[must_use]
    pub const fn new() -> Self {
        let () = Self::FITS;
        Self { tags: [Tag::EMPTY; LINES], bytes: [[0; BYTES]; LINES] }
    }
}

impl<const LINES: usize, const BYTES: usize> Default for Memory<LINES, BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

/// What is known of so many lines, whose bytes are elsewhere: in memory that the device reaches.
#[derive(Debug)]
pub struct Tags<const LINES: usize, const BYTES: usize>(pub(crate) [Tag; LINES]);

impl<const LINES: usize, const BYTES: usize> Tags<LINES, BYTES> {
    /// Of empty lines.
    #[must_use]
    pub const fn new() -> Self {
        let () = Memory::<LINES, BYTES>::FITS;
        Self([Tag::EMPTY; LINES])
    }
}

impl<const LINES: usize, const BYTES: usize> Default for Tags<LINES, BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

/// What a line holds.
#[derive(Clone, Copy, Debug)]
pub struct Tag {
    /// Which line of the device it is, counted in lines.
    pub number: u64,
    /// Its sectors that hold something, one bit each.
    pub valid: u64,
    /// Of these, those that the device does not have yet.
    pub dirty: u64,
    /// When it was last used, in requests.
    pub used: u64,
}

impl Tag {
    pub const EMPTY: Self = Self { number: 0, valid: 0, dirty: 0, used: 0 };

    pub const fn is(&self, number: u64) -> bool {
        self.valid != 0 && self.number == number
    }

    /// Whether all of these sectors hold something.
    pub const fn holds(&self, sectors: u64) -> bool {
        self.valid & sectors == sectors
    }
}

/// The bits of these sectors of a line.
pub const fn bits(sectors: &Range<usize>) -> u64 {
    let count = sectors.end - sectors.start;
    if count >= 64 { u64::MAX } else { ((1 << count) - 1) << sectors.start }
}

/// The first run of set bits.
pub const fn run(bits: u64) -> Option<Range<usize>> {
    if bits == 0 {
        return None;
    }
    let start = bits.trailing_zeros();
    let length = (bits >> start).trailing_ones();
    Some(start as usize..(start + length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_runs_are_each_others_reverse() {
        for (start, end) in [(0, 1), (0, 64), (63, 64), (5, 17), (0, 8)] {
            assert_eq!(run(bits(&(start..end))), Some(start..end));
        }
        assert_eq!(bits(&(3..3)), 0);
        assert_eq!(run(0), None);
        assert_eq!(run(0b1110_0110), Some(1..3));
    }
}
