//! An open file with a cursor.
//!
//! The cursor is the client's: every read names its offset, so a read is repeated without harm
//! when a server below dies. If the file-system server itself is restarted, the next read fails
//! with [`FsError::BadHandle`](crate::FsError::BadHandle): the file may not be the same any more,
//! and it is for the caller to open it anew and [`seek`](File::seek).

use crate::client::Fs;
use crate::{FsError, Opened};
use userlib::ipc::ClientError;

/// What a call on a file can end with.
type Failure = ClientError<FsError>;

/// Where a cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeekFrom {
    /// So many bytes from the beginning.
    Start(u64),
    /// So many bytes from the end.
    End(i64),
    /// So many bytes from where it is.
    Current(i64),
}

/// An open file with a cursor. Dropping it closes it.
#[derive(Debug)]
pub struct File<'c> {
    fs: &'c Fs,
    opened: Opened,
    cursor: u64,
}

impl<'c> File<'c> {
    /// Opens a file at its beginning.
    pub fn open(fs: &'c Fs, path: &str) -> Result<Self, Failure> {
        let opened = fs.open(path.as_bytes())?;
        let file = Self { fs, opened, cursor: 0 };
        if opened.attributes & crate::DIRECTORY != 0 {
            return Err(ClientError::Server(FsError::IsADirectory));
        }
        Ok(file)
    }

    /// Bytes in the file when it was opened.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.opened.size
    }

    /// Where the next read begins.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.cursor
    }

    /// Reads what is next and moves on. Fewer bytes than `buf` holds mean that the end is near,
    /// none that it is reached.
    pub fn read(&mut self, buf: &mut [u8]) -> Result<usize, Failure> {
        let length = buf.len().min(MAX_READ);
        let count = self.fs.read(self.opened.handle, self.cursor, &mut buf[..length])? as usize;
        let count = count.min(length);
        self.cursor += count as u64;
        Ok(count)
    }

    /// Moves the cursor and says where it is. Past the end is allowed, and reads nothing there;
    /// `None`, and no move, if it would be before the beginning or past all numbers.
    pub fn seek(&mut self, to: SeekFrom) -> Option<u64> {
        self.cursor = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::End(distance) => self.opened.size.checked_add_signed(distance)?,
            SeekFrom::Current(distance) => self.cursor.checked_add_signed(distance)?,
        };
        Some(self.cursor)
    }
}

impl Drop for File<'_> {
    fn drop(&mut self) {
        // A server that has forgotten the handle has closed it.
        let _ = self.fs.close(self.opened.handle);
    }
}

/// The most one call of the interface reads.
const MAX_READ: usize = 65536;
