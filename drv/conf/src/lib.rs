//! Files of `key = value` lines, as people write them for a task to read.
//!
//! ```text
//! # all that follows is a comment
//! size = 64 KiB
//! name = "with spaces # and this"   # the rest is a comment
//! ```
//!
//! A key is of lower-case letters, digits, `-`, `_` and `.`. A value goes up to `#` or the end of the line,
//! without the blanks around it; one in quotes up to the next quote. Nothing is copied, and any bytes
//! at all make entries or mistakes that say where they are.

#![no_std]
#![forbid(unsafe_code)]

use core::fmt;
use core::ops::RangeInclusive;

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'t> {
    /// The key.
    pub key: &'t str,
    /// The value, without quotes.
    pub value: &'t str,
    /// Where the key begins.
    pub at: Place,
    /// Where the value begins.
    pub value_at: Place,
}

/// A place in the file, counted from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which line.
    pub line: u32,
    /// Which character of it.
    pub column: u32,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is not UTF-8.
    NoText,
    /// There is no `=`.
    NoEquals,
    /// There is no key before the `=`, or one with other characters.
    NoKey,
    /// There is no value behind the `=`.
    NoValue,
    /// A quote is not closed.
    OpenQuote,
    /// Something stands behind the closing quote.
    BehindQuote,
    /// The value is no number.
    NoNumber,
    /// The value is a number that is too small or too large.
    OutOfRange {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// Nobody asks for this key.
    UnknownKey,
}

/// A mistake and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub at: Place,
    /// What.
    pub wrong: Wrong,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.at.line, self.at.column)?;
        f.write_str(match self.wrong {
            Wrong::NoText => "this is not UTF-8",
            Wrong::NoEquals => "there is no `=`; write `key = value`",
            Wrong::NoKey => "a key of a-z, 0-9, `-`, `_` or `.` is missing here",
            Wrong::NoValue => "there is no value behind the `=`",
            Wrong::OpenQuote => "this quote is not closed in its line",
            Wrong::BehindQuote => "nothing but a comment may follow the quote",
            Wrong::NoNumber => "this is no number; write one, such as 4096 or 4 KiB",
            Wrong::UnknownKey => "nobody asks for this key",
            Wrong::OutOfRange { least, most } => {
                return write!(f, "write a number from {least} to {most}");
            }
        })
    }
}

/// The entries of a file, and a mistake for each line that is none.
pub fn entries(text: &[u8]) -> impl Iterator<Item = Result<Entry<'_>, Mistake>> {
    let lines = text.split(|&byte| byte == b'\n').zip(1..);
    lines.filter_map(|(line, number)| entry(line, number).transpose())
}

/// A place in a line: so many bytes from its beginning.
fn place(line: u32, text: &str, bytes: usize) -> Place {
    let before = text.get(..bytes).unwrap_or(text);
    Place { line, column: before.chars().count() as u32 + 1 }
}

fn entry(line: &[u8], number: u32) -> Result<Option<Entry<'_>>, Mistake> {
    let text = core::str::from_utf8(line).map_err(|error| {
        let good = line.get(..error.valid_up_to()).unwrap_or(&[]);
        let good = core::str::from_utf8(good).unwrap_or("");
        Mistake { at: place(number, good, good.len()), wrong: Wrong::NoText }
    })?;
    let at = |bytes| place(number, text, bytes);
    let mistake = |bytes, wrong| Err(Mistake { at: at(bytes), wrong });
    let begin = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return Ok(None);
    }
    let Some((left, right)) = text.split_once('=') else { return mistake(begin, Wrong::NoEquals) };
    let key = left.trim();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if key.is_empty() || !key.chars().all(fits) {
        return mistake(begin, Wrong::NoKey);
    }
    let value_begin = left.len() + 1 + (right.len() - right.trim_start().len());
    let right = right.trim_start();
    let value = match right.strip_prefix('"') {
        None => right.split('#').next().unwrap_or("").trim_end(),
        Some(quoted) => {
            let Some((value, rest)) = quoted.split_once('"') else {
                return mistake(value_begin, Wrong::OpenQuote);
            };
            let behind = rest.trim();
            if !behind.is_empty() && !behind.starts_with('#') {
                let blanks = rest.len() - rest.trim_start().len();
                return mistake(value_begin + value.len() + 2 + blanks, Wrong::BehindQuote);
            }
            value
        }
    };
    if value.is_empty() && !right.starts_with('"') {
        return mistake(left.len(), Wrong::NoValue);
    }
    Ok(Some(Entry { key, value, at: at(begin), value_at: at(value_begin) }))
}

impl Entry<'_> {
    /// The value as a number in this range; `KiB` or `MiB` may follow.
    ///
    /// # Errors
    /// [`Wrong::NoNumber`], [`Wrong::OutOfRange`].
    pub fn number(&self, range: RangeInclusive<u64>) -> Result<u64, Mistake> {
        let (digits, unit) = match self.value.split_once(' ') {
            Some((digits, unit)) => (digits, unit.trim_start()),
            None => (self.value, ""),
        };
        let factor = match unit {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            _ => 0,
        };
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if factor == 0 || !plain {
            return Err(self.is_wrong(Wrong::NoNumber));
        }
        // What does not even fit is larger than any limit.
        let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        let (least, most) = (*range.start(), *range.end());
        let number = number.filter(|number| range.contains(number));
        number.ok_or_else(|| self.is_wrong(Wrong::OutOfRange { least, most }))
    }

    /// A mistake about the value.
    #[must_use]
    pub const fn is_wrong(&self, wrong: Wrong) -> Mistake {
        Mistake { at: self.value_at, wrong }
    }

    /// That nobody asks for it.
    #[must_use]
    pub const fn is_unknown(&self) -> Mistake {
        Mistake { at: self.at, wrong: Wrong::UnknownKey }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let read = |entry: Result<Entry<'_>, Mistake>| {
            let entry = entry.unwrap();
            (entry.key.to_string(), entry.value.to_string())
        };
        entries(text.as_bytes()).map(read).collect()
    }

    fn said(text: &[u8]) -> Vec<String> {
        entries(text).filter_map(|entry| Some(entry.err()?.to_string())).collect()
    }

    #[test]
    fn keys_and_values_are_read() {
        let text =
            "# first\n\n size=64 KiB # much\r\nname = \"a # b\"\nempty = \"\" # so\na.b-c_9=ä";
        let expected = [("size", "64 KiB"), ("name", "a # b"), ("empty", ""), ("a.b-c_9", "ä")];
        assert_eq!(pairs(text), expected.map(|(key, value)| (key.into(), value.into())));
    }

    #[test]
    fn mistakes_say_where_they_are() {
        let text = b"size 3\n = 4\nSize = 1\n\n\xc3\xa4 = 2\nx =\ny = # no\nz = \"ab\nq = \"a\" b\nok = 1\n\xc3\xa4\xff = 1";
        assert_eq!(
            said(text),
            [
                "line 1, column 1: there is no `=`; write `key = value`",
                "line 2, column 2: a key of a-z, 0-9, `-`, `_` or `.` is missing here",
                "line 3, column 1: a key of a-z, 0-9, `-`, `_` or `.` is missing here",
                "line 5, column 1: a key of a-z, 0-9, `-`, `_` or `.` is missing here",
                "line 6, column 3: there is no value behind the `=`",
                "line 7, column 3: there is no value behind the `=`",
                "line 8, column 5: this quote is not closed in its line",
                "line 9, column 9: nothing but a comment may follow the quote",
                "line 11, column 2: this is not UTF-8",
            ]
        );
    }

    #[test]
    fn numbers_have_units_and_limits() {
        let number = |value: &str| {
            let text = std::format!("n = {value}");
            let entry = entries(text.as_bytes()).next().unwrap().unwrap();
            entry.number(1..=1 << 20).map_err(|mistake| mistake.to_string())
        };
        assert_eq!(number("7"), Ok(7));
        assert_eq!(number("4 KiB"), Ok(4096));
        assert_eq!(number("1 MiB"), Ok(1 << 20));
        let wrong =
            Err("line 1, column 5: this is no number; write one, such as 4096 or 4 KiB".into());
        for text in ["-1", "4KiB", "x", "4 kib", "+4", "0x10"] {
            assert_eq!(number(text), wrong, "{text}");
        }
        let range = Err("line 1, column 5: write a number from 1 to 1048576".into());
        for text in ["0", "1048577", "99999999999999999999", "18446744073709551615 MiB"] {
            assert_eq!(number(text), range, "{text}");
        }
    }

    #[test]
    fn any_bytes_make_entries_or_mistakes() {
        let letters = b"ab=#\" \n\r\t9\xff\xc3\xa4.K";
        let mut state = 1_u64;
        for _ in 0..200_000 {
            let mut text = [0; 24];
            for byte in &mut text {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                *byte = letters[(state >> 33) as usize % letters.len()];
            }
            let lines = text.split(|&byte| byte == b'\n').count();
            let mut seen = 0;
            for entry in entries(&text) {
                seen += 1;
                match entry {
                    Ok(entry) => {
                        assert!(!entry.key.is_empty() && entry.at.column <= 24);
                        let _ = entry.number(0..=9);
                    }
                    Err(mistake) => assert!(mistake.at.line as usize <= lines),
                }
            }
            assert!(seen <= lines);
        }
    }
}
