//! Notification bits, several at a time.

use crate::Notification;
use core::ops::BitOr;

/// A set of notification bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Bits(u32);

impl Bits {
    /// No bit.
    pub const NONE: Self = Self(0);

    /// The bits of this mask.
    #[must_use]
    pub const fn new(mask: u32) -> Self {
        Self(mask)
    }

    /// As a mask.
    #[must_use]
    pub const fn mask(self) -> u32 {
        self.0
    }

    /// Whether all of these are among them.
    #[must_use]
    pub fn contains(self, bits: impl Into<Self>) -> bool {
        let bits = bits.into();
        self.0 & bits.0 == bits.0
    }
}

impl From<Notification> for Bits {
    fn from(notification: Notification) -> Self {
        Self(notification.bits())
    }
}

impl<T: Into<Self>> BitOr<T> for Bits {
    type Output = Self;
    fn bitor(self, other: T) -> Self {
        Self(self.0 | other.into().0)
    }
}

impl<T: Into<Bits>> BitOr<T> for Notification {
    type Output = Bits;
    fn bitor(self, other: T) -> Bits {
        Bits::from(self) | other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_contains_its_parts_only() {
        let set = Bits::new(1) | Bits::new(4);
        assert!(set.contains(Bits::new(4)) && set.contains(Bits::new(5)));
        assert!(!set.contains(Bits::new(2)) && !set.contains(Bits::new(6)));
    }
}
