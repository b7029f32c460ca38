//! A line of text being typed.

use core::fmt::{self, Write};

/// Bytes in the longest line.
pub const LONGEST: usize = 255;

const CTRL_C: u8 = 0x03;
const BACKSPACE: u8 = 0x08;
const CTRL_U: u8 = 0x15;
const ESCAPE: u8 = 0x1b;
const DELETE: u8 = 0x7f;
const BELL: char = '\x07';

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// The line goes on.
    More,
    /// The line is complete.
    Line,
    /// The line was given up.
    Abandoned,
}

/// Where in an escape sequence of the terminal the input is: arrow keys and their like are
/// swallowed whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    None,
    Began,
    Inside,
}

/// The line so far.
pub struct Line {
    text: [u8; LONGEST],
    length: usize,
    escape: Escape,
    after_return: bool,
}

impl Line {
    /// An empty line.
    #[must_use]
    pub const fn new() -> Self {
        Self { text: [0; LONGEST], length: 0, escape: Escape::None, after_return: false }
    }

    /// The text, or as much of its beginning as is UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        let bytes = &self.text[..self.length];
        match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or(""),
        }
    }

    /// Begins a new line.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Takes one byte of input, and shows on the screen what it did.
    pub fn typed(&mut self, byte: u8, screen: &mut impl Screen) -> Result<Typed, fmt::Error> {
        let after_return = core::mem::replace(&mut self.after_return, byte == b'\r');
        if self.escaping(byte) {
            return Ok(Typed::More);
        }
        match byte {
            // Some terminals send both for one key.
            b'\n' if after_return => {}
            b'\r' | b'\n' => {
                screen.write_char('\n')?;
                return Ok(Typed::Line);
            }
            CTRL_C => {
                self.clear();
                screen.write_str("^C\n")?;
                return Ok(Typed::Abandoned);
            }
            CTRL_U => while self.rub_out(screen)? {},
            BACKSPACE | DELETE => _ = self.rub_out(screen)?,
            b' '..DELETE | 0x80.. => self.insert(byte, screen)?,
            _ => {}
        }
        Ok(Typed::More)
    }

    fn escaping(&mut self, byte: u8) -> bool {
        let (is, next) = match (self.escape, byte) {
            (_, ESCAPE) => (true, Escape::Began),
            (Escape::Began, b'[' | b'O') => (true, Escape::Inside),
            (Escape::Began, _) => (true, Escape::None),
            // A sequence ends with a letter or `~`.
            (Escape::Inside, 0x40..=0x7e) => (true, Escape::None),
            (Escape::Inside, _) => (true, Escape::Inside),
            (Escape::None, _) => (false, Escape::None),
        };
        self.escape = next;
        is
    }

    fn insert(&mut self, byte: u8, screen: &mut impl Screen) -> fmt::Result {
        let Some(place) = self.text.get_mut(self.length) else {
            return screen.write_char(BELL);
        };
        *place = byte;
        self.length += 1;
        screen.echo(byte)
    }

    /// Takes the last character away; false if there is none.
    fn rub_out(&mut self, screen: &mut impl Screen) -> Result<bool, fmt::Error> {
        let continues = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
        let Some(first) = self.text[..self.length].iter().rposition(|&byte| !continues(byte))
        else {
            self.length = 0;
            return Ok(false);
        };
        self.length = first;
        screen.write_str("\x08 \x08")?;
        Ok(true)
    }
}

impl Default for Line {
    fn default() -> Self {
        Self::new()
    }
}

/// Where what is typed is shown.
pub trait Screen: Write {
    /// Shows a byte as it came, which may be part of a character.
    fn echo(&mut self, byte: u8) -> fmt::Result;
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    #[derive(Default)]
    struct Shown(Vec<u8>);

    impl Write for Shown {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.extend_from_slice(text.as_bytes());
            Ok(())
        }
    }

    impl Screen for Shown {
        fn echo(&mut self, byte: u8) -> fmt::Result {
            self.0.push(byte);
            Ok(())
        }
    }

    /// The lines that were entered, and what was shown.
    fn enter(input: &[u8]) -> (Vec<String>, String) {
        let (mut line, mut shown, mut lines) = (Line::new(), Shown::default(), Vec::new());
        for &byte in input {
            if line.typed(byte, &mut shown) == Ok(Typed::Line) {
                lines.push(line.text().into());
                line.clear();
            }
        }
        (lines, String::from_utf8_lossy(&shown.0).into())
    }

    #[test]
    fn typed_text_is_echoed_and_entered() {
        assert_eq!(enter(b"ls /x\r"), (std::vec!["ls /x".into()], "ls /x\n".into()));
    }

    #[test]
    fn return_and_newline_together_are_one_key() {
        assert_eq!(enter(b"a\r\nb\nc\r\r").0, ["a", "b", "c", ""]);
    }

    #[test]
    fn backspace_takes_whole_characters_and_stops_at_the_start() {
        let (lines, shown) = enter("aä\x7f\x7f\x7f\x7fok\r".as_bytes());
        assert_eq!(lines, ["ok"]);
        assert_eq!(shown, "aä\x08 \x08\x08 \x08ok\n");
    }

    #[test]
    fn control_u_empties_the_line_and_control_c_gives_it_up() {
        assert_eq!(enter(b"abc\x15def\r").0, ["def"]);
        let (lines, shown) = enter(b"abc\x03def\r");
        assert_eq!(lines, ["def"]);
        assert_eq!(shown, "abc^C\ndef\n");
    }

    #[test]
    fn arrow_keys_leave_no_trace() {
        assert_eq!(enter(b"a\x1b[A\x1b[3~\x1bOPb\r"), (std::vec!["ab".into()], "ab\n".into()));
    }

    #[test]
    fn a_line_that_is_too_long_rings_and_keeps_its_beginning() {
        let input: Vec<u8> = std::iter::repeat_n(b'x', LONGEST + 2).chain(*b"\r").collect();
        let (lines, shown) = enter(&input);
        assert_eq!(lines[0].len(), LONGEST);
        assert_eq!(shown.matches(BELL).count(), 2);
    }

    #[test]
    fn bytes_that_are_no_text_end_it() {
        assert_eq!(enter(b"ab\xffcd\r").0, ["ab"]);
    }
}
