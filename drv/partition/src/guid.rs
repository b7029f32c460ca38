//! GUIDs, in the mixed byte order that partition tables have them in.

use core::fmt;

/// A GUID as it lies on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guid(pub [u8; 16]);

/// Which byte on the disk stands at which place of the text.
const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
/// Before these bytes of the text is a `-`.
const DASHES: [usize; 4] = [4, 6, 8, 10];

impl Guid {
    /// From `c12a7328-f81f-11d2-ba4b-00a0c93ec93b`; capitals are no matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.as_bytes();
        let mut bytes = [0; 16];
        for (place, &at) in ORDER.iter().enumerate() {
            if DASHES.contains(&place) {
                rest = rest.strip_prefix(b"-")?;
            }
            let (digits, after) = rest.split_first_chunk::<2>()?;
            rest = after;
            bytes[at] = digit(digits[0])? << 4 | digit(digits[1])?;
        }
        rest.is_empty().then_some(Self(bytes))
    }
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|digit| digit.try_into().ok())
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, &at) in ORDER.iter().enumerate() {
            let dash = if DASHES.contains(&place) { "-" } else { "" };
            write!(f, "{dash}{:02x}", self.0[at])?;
        }
        Ok(())
    }
}
