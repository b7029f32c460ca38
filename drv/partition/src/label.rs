//! Labels of partitions: up to 36 units of UTF-16.

use core::fmt::{self, Write};

const UNITS: usize = 36;

/// The label of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label([u16; UNITS]);

impl Label {
    /// No label.
    pub const EMPTY: Self = Self([0; UNITS]);

    pub(crate) const fn new(units: [u16; UNITS]) -> Self {
        Self(units)
    }

    /// Its letters. What is no UTF-16 is a `U+FFFD` each.
    pub fn chars(&self) -> impl Iterator<Item = char> + '_ {
        let units = self.0.iter().copied().take_while(|&unit| unit != 0);
        char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Whether it is this text.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.chars().eq(text.chars())
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|letter| f.write_char(letter))
    }
}
