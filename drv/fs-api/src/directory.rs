//! The names in a directory.

use crate::client::Fs;
use crate::retry::Failure;
use crate::{Entry, Info, MAX_PATH};
use userlib::ipc::{ClientError, zerocopy::TryFromBytes};

/// A name in a directory.
#[derive(Clone, Copy, Debug)]
pub struct Name<'b> {
    /// The name.
    pub name: &'b str,
    /// What it names.
    pub info: Info,
}

/// The names in a directory, one after the other, as many read at once as the buffer holds. Nothing
/// is open meanwhile, so that a restart of the server is not noticed.
#[derive(Debug)]
pub struct Directory<'c, 'b> {
    fs: &'c Fs,
    path: [u8; MAX_PATH],
    length: usize,
    buffer: &'b mut [u8],
    /// Where in the buffer the next entry is, and where they end.
    next: usize,
    end: usize,
    cookie: u64,
    last: bool,
}

impl<'c, 'b> Directory<'c, 'b> {
    /// The names in the directory that a path leads to. The buffer has at least 840 bytes.
    ///
    /// # Errors
    /// [`ClientError::TooLong`].
    pub fn new(fs: &'c Fs, path: &str, buffer: &'b mut [u8]) -> Result<Self, Failure> {
        let mut room = [0; MAX_PATH];
        let place = room.get_mut(..path.len()).ok_or(ClientError::TooLong)?;
        place.copy_from_slice(path.as_bytes());
        let length = path.len();
        Ok(Self { fs, path: room, length, buffer, next: 0, end: 0, cookie: 0, last: false })
    }

    /// The next name; `None` at the end.
    ///
    /// # Errors
    /// What the server says.
    pub fn next_name(&mut self) -> Result<Option<Name<'_>>, Failure> {
        if self.next >= self.end {
            if self.last {
                return Ok(None);
            }
            self.fill()?;
            if self.end == 0 {
                return Ok(None);
            }
        }
        let bytes = self.buffer.get(self.next..self.end).unwrap_or(&[]);
        let (entry, rest) =
            Entry::try_read_from_prefix(bytes).map_err(|_| ClientError::BadAnswer)?;
        let length = entry.name_length as usize;
        let name = rest.get(..length).and_then(|name| core::str::from_utf8(name).ok());
        let name = name.ok_or(ClientError::BadAnswer)?;
        self.next += (size_of::<Entry>() + length).next_multiple_of(8);
        Ok(Some(Name { name, info: entry.info }))
    }

    fn fill(&mut self) -> Result<(), Failure> {
        let path = self.path.get(..self.length).unwrap_or(&[]);
        let room = self.buffer.len().min(crate::MAX_TRANSFER);
        let listed = self.fs.list(self.cookie, path, &mut self.buffer[..room])?;
        (self.next, self.end) = (0, (listed.bytes as usize).min(room));
        (self.cookie, self.last) = (listed.next, listed.next == 0);
        Ok(())
    }
}
