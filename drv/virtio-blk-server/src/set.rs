//! A set of small numbers.

/// Numbers below 32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set(u32);

impl Set {
    /// Of one number.
    pub const fn of(number: usize) -> Self {
        Self(1 << (number % 32))
    }

    /// Of all numbers below this one.
    pub const fn below(number: usize) -> Self {
        Self(if number >= 32 { u32::MAX } else { (1 << number) - 1 })
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The smallest.
    pub const fn first(self) -> Option<usize> {
        if self.0 == 0 { None } else { Some(self.0.trailing_zeros() as usize) }
    }

    pub const fn insert(&mut self, number: usize) {
        self.0 |= Self::of(number).0;
    }

    pub const fn remove(&mut self, number: usize) {
        self.0 &= !Self::of(number).0;
    }

    pub const fn contains(self, number: usize) -> bool {
        self.0 & Self::of(number).0 != 0
    }

    /// The numbers that are not in `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl Iterator for Set {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let first = self.first()?;
        self.0 &= self.0 - 1;
        Some(first)
    }
}
