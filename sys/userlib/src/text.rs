//! Texts of bounded length.

use core::fmt::{self, Write};

/// A text of at most `N` bytes: of `app.toml`, or written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Text<N> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    /// What these words come to; nothing if that does not fit.
    #[must_use]
    pub fn of(words: fmt::Arguments<'_>) -> Self {
        let mut text = Self::new();
        text.write_fmt(words).map_or(Self::new(), |()| text)
    }

    /// As the build tool stored it.
    pub(crate) const fn stored(bytes: [u8; N], length: usize) -> Self {
        Self { bytes, length }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or(&self.bytes);
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Write for Text<N> {
    /// Adds all of it, or nothing.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length.checked_add(text.len()).ok_or(fmt::Error)?;
        let room = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_takes_what_fits_and_nothing_of_what_does_not() {
        let mut text = Text::<8>::new();
        assert_eq!((write!(text, "{}-ab", 12), text.as_str()), (Ok(()), "12-ab"));
        assert_eq!((text.write_str("long"), text.as_str()), (Err(fmt::Error), "12-ab"));
        assert_eq!((text.write_str("end"), text.as_str()), (Ok(()), "12-abend"));
        assert_eq!(text.write_str("!"), Err(fmt::Error));
        assert_eq!(Text::<4>::of(format_args!("ab.{}", 7)).as_str(), "ab.7");
        assert_eq!(Text::<3>::of(format_args!("ab.{}", 7)).as_str(), "");
    }

    #[test]
    fn a_damaged_text_is_some_text() {
        assert_eq!(Text::stored([0xff, b'a'], 9).as_str(), "");
    }
}
