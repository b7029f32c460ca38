//! `ls`, `cat` and `crc`: what is on the disk.
//!
//! A file-system server that is restarted forgets what was open. Reading can be repeated, so the
//! shell opens anew and goes on where it was.

use crate::terminal::Terminal;
use core::fmt::{self, Write};
use crc::{CRC_32_ISO_HDLC, Crc};
use fs_api::{DIRECTORY, Entry, File, FsError, MAX_NAME, SeekFrom, client::Fs};
use userlib::Slot;
use userlib::ipc::ClientError;

/// How often in a row something is opened anew before the shell gives up.
const TRIES: usize = 8;
/// Bytes read at a time.
const PIECE: usize = 4096;

/// CRC-32 as in zip files and Ethernet.
static CRC_32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

type Failure = ClientError<FsError>;

/// The file system.
pub struct Files {
    fs: Fs,
}

impl Files {
    /// Behind this slot.
    pub fn new(fs: Slot) -> Self {
        Self { fs: Fs::new(fs) }
    }

    /// Prints the names in a directory.
    pub fn list(&self, path: &str, out: &mut Terminal) -> fmt::Result {
        let mut directory = Directory { fs: &self.fs, path, handle: None, cookie: 0 };
        let mut name = [0; MAX_NAME];
        loop {
            match directory.next(&mut name) {
                Ok(None) => return Ok(()),
                Ok(Some(entry)) => {
                    let length = entry.name_length as usize;
                    show(&entry, name.get(..length).unwrap_or(&name), out)?;
                }
                Err(failure) => return complain(path, failure, out),
            }
        }
    }

    /// Prints a file.
    pub fn cat(&self, path: &str, out: &mut Terminal) -> fmt::Result {
        let mut last = b'\n';
        let end = self.each_piece(path, |piece| {
            last = piece.last().copied().unwrap_or(last);
            out.bytes(piece)
        })?;
        if last != b'\n' {
            out.write_char('\n')?;
        }
        end.map_or_else(|failure| complain(path, failure, out), |_| Ok(()))
    }

    /// Prints a file's checksum and size.
    pub fn crc(&self, path: &str, out: &mut Terminal) -> fmt::Result {
        let mut digest = CRC_32.digest();
        let end = self.each_piece(path, |piece| {
            digest.update(piece);
            Ok(())
        })?;
        match end {
            Ok(size) => writeln!(out, "{:08x} {size} bytes", digest.finalize()),
            Err(failure) => complain(path, failure, out),
        }
    }

    /// Reads a file from its beginning to its end. The outer error is that of `take`.
    fn each_piece(
        &self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> fmt::Result,
    ) -> Result<Result<u64, Failure>, fmt::Error> {
        let mut reader = Reader { fs: &self.fs, path, file: None, position: 0 };
        let mut piece = [0; PIECE];
        loop {
            match reader.next(&mut piece) {
                Ok(0) => return Ok(Ok(reader.position)),
                Ok(count) => take(&piece[..count.min(PIECE)])?,
                Err(failure) => return Ok(Err(failure)),
            }
        }
    }
}

/// Whether the server has begun a new life, so that opening anew helps.
const fn forgotten(failure: &Failure) -> bool {
    matches!(failure, ClientError::ServerDied | ClientError::Server(FsError::BadHandle))
}

/// A file read from one end to the other, through deaths of the server.
struct Reader<'a> {
    fs: &'a Fs,
    path: &'a str,
    file: Option<File<'a>>,
    position: u64,
}

impl Reader<'_> {
    fn next(&mut self, piece: &mut [u8]) -> Result<usize, Failure> {
        let mut result = self.try_next(piece);
        for _ in 1..TRIES {
            if !result.as_ref().is_err_and(forgotten) {
                break;
            }
            // Closed before it is opened anew: the new life may use the same handle again.
            self.file = None;
            result = self.try_next(piece);
        }
        result
    }

    fn try_next(&mut self, piece: &mut [u8]) -> Result<usize, Failure> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(self.fs, self.path)?),
        };
        file.seek(SeekFrom::Start(self.position));
        let count = file.read(piece)?;
        self.position += count as u64;
        Ok(count)
    }
}

/// A directory's names one after the other, through deaths of the server.
struct Directory<'a> {
    fs: &'a Fs,
    path: &'a str,
    handle: Option<u32>,
    cookie: u64,
}

impl Directory<'_> {
    fn next(&mut self, name: &mut [u8]) -> Result<Option<Entry>, Failure> {
        let mut result = self.try_next(name);
        for _ in 1..TRIES {
            if !result.as_ref().is_err_and(forgotten) {
                break;
            }
            self.handle = None;
            result = self.try_next(name);
        }
        result
    }

    fn try_next(&mut self, name: &mut [u8]) -> Result<Option<Entry>, Failure> {
        let handle = match self.handle {
            Some(handle) => handle,
            None => *self.handle.insert(self.fs.open(self.path.as_bytes())?.handle),
        };
        let entry = self.fs.read_directory(handle, self.cookie, name)?;
        self.cookie = entry.next;
        Ok((entry.name_length > 0).then_some(entry))
    }
}

impl Drop for Directory<'_> {
    fn drop(&mut self) {
        if let Some(handle) = self.handle {
            // A server that has forgotten the handle has closed it.
            let _ = self.fs.close(handle);
        }
    }
}

fn show(entry: &Entry, name: &[u8], out: &mut Terminal) -> fmt::Result {
    let directory = entry.attributes & DIRECTORY != 0;
    if directory {
        write!(out, "{:>12} ", "directory")?;
    } else {
        write!(out, "{:>12} ", entry.size)?;
    }
    out.bytes(name)?;
    out.write_str(if directory { "/\n" } else { "\n" })
}

fn complain(path: &str, failure: Failure, out: &mut Terminal) -> fmt::Result {
    let why = match failure {
        ClientError::Server(error) => described(error),
        ClientError::ServerDied => "the file system keeps dying; see `tasks`",
        ClientError::Gone => "the file system is stopped; `restart fs` starts it",
        ClientError::TooLong => "the path is too long",
        ClientError::TimedOut | ClientError::BadAnswer => "the file system does not answer",
    };
    let path = if path.is_empty() { "/" } else { path };
    writeln!(out, "{path}: {why}")
}

const fn described(error: FsError) -> &'static str {
    match error {
        FsError::NoDevice => "there is no disk",
        FsError::DeviceError => "the disk failed; see `tasks`",
        FsError::NotRecognized => "the disk holds no file system known here",
        FsError::Corrupt => "the file system on the disk is damaged",
        FsError::NotFound => "there is nothing of this name",
        FsError::NotADirectory => "this is not a directory",
        FsError::IsADirectory => "this is a directory; `ls` lists it",
        FsError::BadPath => "no file can have this name",
        FsError::BadHandle => "the file system keeps forgetting it; see `tasks`",
        FsError::TooManyOpen => "too many files are open",
        FsError::NameTooLong => "a name in it is too long",
    }
}
