//! Paths, plain ones.
//!
//! What clients write may hold `.`, `..`, empty names and slashes at the ends. [`normalize`] makes
//! it plain, by its letters alone: `..` takes back the name before it, whatever that is, and the
//! root is its own parent. So nothing a client writes leads out of where it begins.

use crate::Error;
use core::fmt;

/// The longest name, in bytes: 255 units of UTF-16, each at most three bytes of UTF-8.
pub const MAX_NAME: usize = 255 * 3;
/// The longest path, in bytes.
pub const MAX_PATH: usize = 1024;

/// A plain path: names divided by `/`, none of them empty, `.` or `..`; of the root, nothing. At
/// most [`MAX_PATH`] bytes, and no name of more than [`MAX_NAME`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Path<'p>(&'p str);

impl<'p> Path<'p> {
    /// The root of a file system.
    pub const ROOT: Self = Self("");

    /// This text as a path, if it is plain.
    #[must_use]
    pub fn new(text: &'p str) -> Option<Self> {
        is_plain(text.as_bytes()).then_some(Self(text))
    }

    /// What [`normalize_bytes`] made.
    ///
    /// # Errors
    /// [`Error::BadPath`] of what is not UTF-8.
    pub fn of_normalized(bytes: &'p [u8]) -> Result<Self, Error> {
        core::str::from_utf8(bytes).map(Self).map_err(|_| Error::BadPath)
    }

    /// Its text, without a slash at the beginning.
    #[must_use]
    pub const fn as_str(self) -> &'p str {
        self.0
    }

    /// Whether it is the root.
    #[must_use]
    pub const fn is_root(self) -> bool {
        self.0.is_empty()
    }

    /// Its names from the root on.
    pub fn names(self) -> impl Iterator<Item = &'p str> {
        self.0.split('/').filter(|name| !name.is_empty())
    }

    /// The directory it lies in and its name there; `None` of the root.
    #[must_use]
    pub fn split_last(self) -> Option<(Self, &'p str)> {
        if self.is_root() {
            return None;
        }
        let (parent, name) = self.0.rsplit_once('/').unwrap_or(("", self.0));
        Some((Self(parent), name))
    }

    /// What is left of it below `directory`; `None` if it does not lie there. Below itself that is
    /// the root.
    #[must_use]
    pub fn below(self, directory: Path<'_>) -> Option<Self> {
        if directory.is_root() {
            return Some(self);
        }
        let rest = self.0.strip_prefix(directory.0)?;
        if rest.is_empty() {
            return Some(Self::ROOT);
        }
        rest.strip_prefix('/').map(Self)
    }
}

impl fmt::Debug for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0)
    }
}

/// Whether this is a plain path, in one go.
fn is_plain(text: &[u8]) -> bool {
    let (mut at, mut begin, mut dots) = (0, 0, 0);
    // Most bytes make no difference.
    while let Some(skipped) = text[at..].iter().position(|&byte| byte <= b'/') {
        at += skipped;
        match text[at] {
            0 => return false,
            b'/' if !is_name(at - begin, dots) => return false,
            b'/' => (begin, dots) = (at + 1, 0),
            byte => dots += usize::from(byte == b'.'),
        }
        at += 1;
    }
    text.is_empty() || text.len() <= MAX_PATH && is_name(text.len() - begin, dots)
}

/// Whether so many bytes are a name when so many of them are dots.
const fn is_name(length: usize, dots: usize) -> bool {
    length > 0 && length <= MAX_NAME && (length > 2 || dots < length)
}

/// Makes a path plain. `into` holds it afterwards, behind what already stands there: the first
/// `begin` bytes, themselves a plain path, are the directory that `text` is counted from; it is not
/// left by `..`.
///
/// # Errors
/// [`Error::BadPath`] of what is not UTF-8 or holds a byte 0, [`Error::NameTooLong`].
pub fn normalize<'b>(
    text: &[u8],
    into: &'b mut [u8; MAX_PATH],
    begin: usize,
) -> Result<Path<'b>, Error> {
    let length = normalize_bytes(text, into, begin)?;
    Path::of_normalized(into.get(..length).unwrap_or(&[]))
}

/// The same for who looks at it later with [`Path::of_normalized`]: says how long it is.
///
/// # Errors
/// As of [`normalize`], but for what is not UTF-8.
pub fn normalize_bytes(
    text: &[u8],
    into: &mut [u8; MAX_PATH],
    begin: usize,
) -> Result<usize, Error> {
    let below = text.strip_prefix(b"/").unwrap_or(text);
    // As a rule it is plain already.
    if is_plain(below) { add(below, into, begin) } else { add_names(text, into, begin) }
}

/// How long a path is without its last name, if it is longer than `begin`.
fn parent_of(path: &[u8], begin: usize) -> usize {
    let below = path.get(begin..).unwrap_or(&[]);
    let slash = below.iter().rposition(|&byte| byte == b'/');
    begin + slash.unwrap_or(0)
}

/// Adds one name after the other, but for those that are none; says how long the path is then.
fn add_names(text: &[u8], into: &mut [u8; MAX_PATH], begin: usize) -> Result<usize, Error> {
    let mut length = begin;
    for name in text.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => length = parent_of(into.get(..length).unwrap_or(&[]), begin),
            _ if name.len() > MAX_NAME => return Err(Error::NameTooLong),
            _ if name.contains(&0) => return Err(Error::BadPath),
            _ => length = add(name, into, length)?,
        }
    }
    Ok(length)
}

/// Adds something plain; says how long the path is then.
fn add(text: &[u8], into: &mut [u8; MAX_PATH], length: usize) -> Result<usize, Error> {
    if text.is_empty() {
        return Ok(length);
    }
    let slash = usize::from(length > 0);
    let end = length + slash + text.len();
    let room = into.get_mut(length..end).ok_or(Error::NameTooLong)?;
    room[..slash].fill(b'/');
    room[slash..].copy_from_slice(text);
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};
    use std::vec;

    fn plain(text: &str) -> String {
        normalize(text.as_bytes(), &mut [0; MAX_PATH], 0).unwrap().to_string()
    }

    fn below(directory: &str, text: &str) -> String {
        let mut into = [0; MAX_PATH];
        into[..directory.len()].copy_from_slice(directory.as_bytes());
        normalize(text.as_bytes(), &mut into, directory.len()).unwrap().to_string()
    }

    #[test]
    fn what_is_written_in_many_ways_is_one_path() {
        for text in ["a/b", "/a/b", "a//b/", "./a/./b/.", "x/../a/b", "/../../a/c/../b", "a/b/c/.."]
        {
            assert_eq!(plain(text), "/a/b", "{text}");
        }
        for text in ["", "/", ".", "..", "../..", "a/..", "a/b/../.."] {
            assert_eq!(plain(text), "/", "{text}");
        }
    }

    #[test]
    fn nothing_leads_out_of_where_it_begins() {
        assert_eq!(below("home/ann", "x"), "/home/ann/x");
        assert_eq!(below("home/ann", "../ben"), "/home/ann/ben");
        assert_eq!(below("home/ann", "a/../../../b"), "/home/ann/b");
        assert_eq!(below("home/ann", ".."), "/home/ann");
        assert_eq!(below("home/ann", "/"), "/home/ann");
    }

    #[test]
    fn what_is_too_long_or_no_text_is_refused() {
        let mut into = [0; MAX_PATH];
        let name = vec![b'n'; MAX_NAME];
        assert!(normalize(&name, &mut into, 0).is_ok());
        assert_eq!(normalize(&[&name[..], b"n"].concat(), &mut into, 0), Err(Error::NameTooLong));
        let long = [&name[..], b"/", &vec![b'm'; MAX_PATH - MAX_NAME - 1]].concat();
        assert!(normalize(&long, &mut into, 0).is_ok());
        assert_eq!(normalize(&[&long[..], b"m"].concat(), &mut into, 0), Err(Error::NameTooLong));
        // What is taken back costs no room.
        assert!(normalize(&b"abc/../".repeat(500), &mut into, 0).is_ok());
        for text in [&b"a\0b"[..], b"\xff", b"a/\xc3/b", b"\xc3/\xa9"] {
            assert_eq!(normalize(text, &mut into, 0), Err(Error::BadPath), "{text:?}");
        }
    }

    #[test]
    fn only_plain_text_is_a_path_as_it_is() {
        for text in ["", "a", "a/b c/ä", "...", "..a"] {
            assert_eq!(Path::new(text).map(Path::as_str), Some(text));
        }
        for text in ["/", "/a", "a/", "a//b", ".", "a/..", "../a", "a\0"] {
            assert_eq!(Path::new(text), None, "{text:?}");
        }
    }

    #[test]
    fn below_is_told_by_whole_names() {
        let path = |text| Path::new(text).unwrap();
        assert_eq!(path("a/b/c").below(path("a/b")), Some(path("c")));
        assert_eq!(path("a/b").below(path("a/b")), Some(Path::ROOT));
        assert_eq!(path("a/bc").below(path("a/b")), None);
        assert_eq!(path("a").below(path("a/b")), None);
        assert_eq!(path("a").below(Path::ROOT), Some(path("a")));
        assert_eq!(path("a/b").split_last(), Some((path("a"), "b")));
        assert_eq!(path("a").split_last(), Some((Path::ROOT, "a")));
        assert_eq!(Path::ROOT.split_last(), None);
        assert!(path("a/b").names().eq(["a", "b"]) && Path::ROOT.names().next().is_none());
    }
}
