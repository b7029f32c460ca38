//! Lines of the logger's own among what was printed.
//!
//! A line that begins with the byte 0x1e is the logger's: the number of the console's log, the place
//! in it of what follows, how many boots were seen, and words. What was printed never holds that byte
//! in the file, so nobody can imitate such a line, and the last of them, with the bytes behind it, says
//! exactly how far the file is.

use core::fmt::{self, Write};

/// What a marker begins with.
pub const MARK: u8 = 0x1e;
/// The longest marker.
const ROOM: usize = 192;

/// What a marker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Number of the console's log.
    pub log: u64,
    /// Place in it of the byte behind the marker.
    pub place: u64,
    /// Boots that were seen.
    pub boots: u32,
}

/// A line being made.
#[derive(Debug)]
pub struct Line {
    bytes: [u8; ROOM],
    length: usize,
}

impl Line {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }
}

impl Write for Line {
    /// What does not fit is left out.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            // The last byte is for the end of the line.
            if self.length < ROOM - 1 && byte != b'\n' && byte != MARK {
                self.bytes[self.length] = byte;
                self.length += 1;
            }
        }
        Ok(())
    }
}

impl Marker {
    /// The line.
    #[must_use]
    pub fn line(&self, words: fmt::Arguments<'_>) -> Line {
        let mut line = Line { bytes: [MARK; ROOM], length: 1 };
        let Self { log, place, boots } = self;
        let _ = write!(line, " {log:016x} {place} {boots} {words}");
        line.bytes[line.length] = b'\n';
        line.length += 1;
        line
    }

    /// Of a line that begins behind [`MARK`], and how long it is with its end. `None` if it is not whole, or no
    /// marker.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let text = core::str::from_utf8(bytes.get(..end)?).ok()?;
        let mut words = text.strip_prefix(' ')?.splitn(4, ' ');
        let log = u64::from_str_radix(words.next()?, 16).ok()?;
        let (place, boots) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some((Self { log, place, boots }, end + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_read_as_it_was_written() {
        let marker = Marker { log: 0xabc, place: 1234, boots: 5 };
        let line = marker.line(format_args!("words \n\x1e and more"));
        assert_eq!(line.bytes(), b"\x1e 0000000000000abc 1234 5 words  and more\n");
        assert_eq!(Marker::parse(&line.bytes()[1..]), Some((marker, line.bytes().len() - 1)));
        let long = marker.line(format_args!("{:300}", "x"));
        assert_eq!(Marker::parse(&long.bytes()[1..]), Some((marker, ROOM - 1)));
        for cut in 1..line.bytes().len() {
            assert_eq!(Marker::parse(&line.bytes()[1..cut]), None, "{cut}");
        }
        assert_eq!(Marker::parse(b" zz 1 1 \n"), None);
    }
}
