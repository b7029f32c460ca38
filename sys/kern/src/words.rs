//! The epitaph's text, without `core::fmt`, which would be a tenth of the kernel.

use config::Epitaph;
use core::num::NonZero;

/// Appends to an epitaph. What does not fit is left out.
pub struct Words<'e>(&'e mut Epitaph);

impl<'e> Words<'e> {
    /// Goes on where the epitaph ends.
    pub const fn of(epitaph: &'e mut Epitaph) -> Self {
        Self(epitaph)
    }

    /// Words.
    #[inline(never)]
    pub fn say(self, text: &str) -> Self {
        let used = self.0.length as usize;
        for (to, from) in self.0.text.iter_mut().skip(used).zip(text.bytes()) {
            *to = from;
            self.0.length += 1;
        }
        self
    }

    /// A number as people count.
    pub fn number(self, number: u64) -> Self {
        self.digits(number, TEN)
    }

    /// A number in base 16, with `0x`.
    pub fn hex(self, number: u64) -> Self {
        self.say("0x").digits(number, SIXTEEN)
    }

    #[inline(never)]
    fn digits(mut self, number: u64, base: NonZero<u64>) -> Self {
        let mut unit = 1;
        while number / base >= unit {
            unit *= base.get();
        }
        while let Some(one) = NonZero::new(unit) {
            let digit = (number / one % base) as usize;
            self = self.say(DIGITS.get(digit..=digit).unwrap_or("?"));
            unit /= base;
        }
        self
    }
}

const TEN: NonZero<u64> = NonZero::new(10).unwrap();
const SIXTEEN: NonZero<u64> = NonZero::new(16).unwrap();
const DIGITS: &str = "0123456789abcdef";
