//! Names of files.

use core::fmt::{self, Write};

/// A path, put together.
pub struct Path {
    text: [u8; 48],
    length: usize,
}

impl Path {
    /// A worker's folder.
    pub fn folder(worker: u8) -> Self {
        Self::of(format_args!("w{worker}"))
    }

    /// A file in it; half of them have names that take FAT several entries.
    pub fn file(worker: u8, file: usize) -> Self {
        let form = if file.is_multiple_of(2) { "" } else { " with a rather long name" };
        Self::of(format_args!("w{worker}/f{file}{form}"))
    }

    /// Where a worker tells in the end what there is.
    pub fn sums(worker: u8) -> Self {
        Self::of(format_args!("w{worker}/sums"))
    }

    fn of(text: fmt::Arguments<'_>) -> Self {
        let mut path = Self { text: [0; 48], length: 0 };
        // There is room for each.
        let _ = path.write_fmt(text);
        path
    }

    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.bytes()).unwrap_or("")
    }

    pub fn bytes(&self) -> &[u8] {
        &self.text[..self.length]
    }
}

impl Write for Path {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.text.get_mut(self.length..self.length + text.len());
        room.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length += text.len();
        Ok(())
    }
}
