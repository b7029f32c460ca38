//! An open file with a cursor.
//!
//! The cursor is the client's: every read and write names its offset, so it is repeated without
//! harm when a server below dies. If the file-system server itself is restarted, it has forgotten
//! the file. It is then opened anew, if nothing can have been lost: with something written and not
//! [`sync`](File::sync)ed, the answer is [`FsError::Lost`](crate::FsError::Lost) once, and it is for
//! the caller to write it again. A lock is lost in any case, and said so likewise.

use crate::client::Fs;
use crate::retry::{Failure, again, forgotten};
use crate::unsynced::Unsynced;
use crate::{FsError, Info, MAX_TRANSFER, flags, lock};
use userlib::ipc::{ClientError, TaskId};

/// The longest path by which a file is opened anew, in bytes. With a longer one, a restart of the server
/// is always [`FsError::Lost`].
const KEPT: usize = 128;
/// How often in a row a file is opened anew.
const TRIES: usize = 8;

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
    path: [u8; KEPT],
    /// Bytes of it; `None` if it was too long.
    length: Option<usize>,
    /// How it is opened anew.
    flags: u32,
    handle: Option<u32>,
    cursor: u64,
    /// Something was written or thrown away since the last sync, or a lock is held: a restart is no
    /// secret.
    tied: bool,
    lock: u32,
    /// Which life of the server answered for what is not synced, which may be a name.
    changed: Option<TaskId>,
    /// Where that is noted when the file is closed.
    unsynced: Option<&'c Unsynced>,
}

impl<'c> File<'c> {
    /// Opens a file to read.
    ///
    /// # Errors
    /// What the server says.
    pub fn open(fs: &'c Fs, path: &str) -> Result<Self, Failure> {
        Self::open_with(fs, path, flags::READ)
    }

    /// Makes a file, or throws away what it holds, to read and write.
    ///
    /// # Errors
    /// What the server says.
    pub fn create(fs: &'c Fs, path: &str) -> Result<Self, Failure> {
        let how = flags::READ | flags::WRITE | flags::CREATE | flags::TRUNCATE;
        Self::open_with(fs, path, how)
    }

    /// Opens a file with [`flags`](crate::flags). Asked again if the server dies meanwhile, but for
    /// `EXCLUSIVE`, of which nobody could tell who made the file.
    ///
    /// # Errors
    /// What the server says.
    pub fn open_with(fs: &'c Fs, path: &str, how: u32) -> Result<Self, Failure> {
        Self::open_on(fs, None, path, how)
    }

    /// The same on a volume of which somebody notes what is not synced.
    pub(crate) fn open_on(
        fs: &'c Fs,
        unsynced: Option<&'c Unsynced>,
        path: &str,
        how: u32,
    ) -> Result<Self, Failure> {
        let open = || fs.open(how, path.as_bytes());
        let opened = if how & flags::EXCLUSIVE == 0 { again(open) } else { open() }?;
        let mut room = [0; KEPT];
        let kept = room.get_mut(..path.len()).map(|room| room.copy_from_slice(path.as_bytes()));
        Ok(Self {
            fs,
            path: room,
            length: kept.map(|()| path.len()),
            flags: how & (flags::READ | flags::WRITE),
            handle: Some(opened.handle),
            cursor: 0,
            // Opened anew, the file would hold again what was to be thrown away.
            tied: how & flags::TRUNCATE != 0,
            lock: lock::NONE,
            changed: (how & (flags::CREATE | flags::TRUNCATE) != 0).then(|| fs.server()),
            unsynced,
        })
    }

    /// Asks, and opens the file anew when the server has forgotten it.
    fn ask<T>(
        &mut self,
        mut call: impl FnMut(&Fs, u32) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut answer = self.ask_once(&mut call);
        for _ in 1..TRIES {
            match &answer {
                Err(failure) if forgotten(failure) => {}
                _ => break,
            }
            self.handle = None;
            if self.tied || self.length.is_none() {
                (self.tied, self.lock, self.changed) = (false, lock::NONE, None);
                return Err(ClientError::Server(FsError::Lost));
            }
            answer = self.ask_once(&mut call);
        }
        answer
    }

    fn ask_once<T>(
        &mut self,
        call: &mut impl FnMut(&Fs, u32) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let handle = match self.handle {
            Some(handle) => handle,
            None => {
                let kept = self.length.and_then(|length| self.path.get(..length));
                let path = kept.ok_or(ClientError::Server(FsError::Lost))?;
                *self.handle.insert(self.fs.open(self.flags, path)?.handle)
            }
        };
        call(self.fs, handle)
    }

    /// What is known about it now.
    ///
    /// # Errors
    /// What the server says.
    pub fn info(&mut self) -> Result<Info, Failure> {
        self.ask(|fs, handle| fs.info(handle))
    }

    /// Bytes in it now.
    ///
    /// # Errors
    /// What the server says.
    pub fn size(&mut self) -> Result<u64, Failure> {
        self.info().map(|info| info.size)
    }

    /// Where the next read or write begins.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.cursor
    }

    /// Moves the cursor and says where it is. Past the end is allowed; `None`, and no move, if it
    /// would be before the beginning or past all numbers.
    ///
    /// # Errors
    /// What the server says about the end.
    pub fn seek(&mut self, to: SeekFrom) -> Result<Option<u64>, Failure> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(distance) => self.size()?.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.cursor.checked_add_signed(distance),
        };
        self.cursor = place.unwrap_or(self.cursor);
        Ok(place)
    }

    /// Reads what is next and moves on. Fewer bytes than `buf` holds mean that the end is near,
    /// none that it is reached.
    ///
    /// # Errors
    /// What the server says.
    pub fn read(&mut self, buf: &mut [u8]) -> Result<usize, Failure> {
        let count = self.read_at(self.cursor, buf)?;
        self.cursor += count as u64;
        Ok(count)
    }

    /// Reads from `offset` on.
    ///
    /// # Errors
    /// What the server says.
    pub fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize, Failure> {
        let length = buf.len().min(MAX_TRANSFER);
        let room = &mut buf[..length];
        let count = self.ask(|fs, handle| fs.read(handle, offset, room))? as usize;
        Ok(count.min(length))
    }

    /// Has the disk put what is next into a region that the task shares with it, and moves on: at most `length`
    /// bytes, from `at` on. By `place` of the memory, `region` is its number.
    ///
    /// Whoever uses this has asked [`share`](crate::client::Fs::share) first, and does nothing with the memory
    /// meanwhile.
    ///
    /// # Errors
    /// [`FsError::NotShared`] if the disk cannot put there what is next, as a rule the end of the
    /// file: then [`Self::read`] reads on. After [`FsError::Held`], and what is no answer of a
    /// server, the memory is the disk's until `share` is answered.
    pub fn read_shared(&mut self, region: u32, at: u64, length: u32) -> Result<usize, Failure> {
        let count = self.read_shared_at(self.cursor, (region, at), length)?;
        self.cursor += count as u64;
        Ok(count)
    }

    /// The same from `offset` on, to a region and a place in it.
    ///
    /// # Errors
    /// As [`Self::read_shared`].
    pub fn read_shared_at(
        &mut self,
        offset: u64,
        (region, at): (u32, u64),
        length: u32,
    ) -> Result<usize, Failure> {
        let read = |fs: &Fs, handle| fs.read_shared(offset, at, handle, length, region);
        let count = self.ask(read)?;
        Ok(count.min(length) as usize)
    }

    /// Writes all of `data` where the cursor is, and moves on.
    ///
    /// # Errors
    /// What the server says; the cursor is then where it was.
    pub fn write(&mut self, data: &[u8]) -> Result<(), Failure> {
        self.write_at(self.cursor, data)?;
        self.cursor += data.len() as u64;
        Ok(())
    }

    /// Writes all of `data` from `offset` on.
    ///
    /// # Errors
    /// What the server says.
    pub fn write_at(&mut self, offset: u64, data: &[u8]) -> Result<(), Failure> {
        for (piece, offset) in data.chunks(MAX_TRANSFER).zip((offset..).step_by(MAX_TRANSFER)) {
            self.ask(|fs, handle| fs.write(handle, offset, piece))?;
            self.note_change();
        }
        Ok(())
    }

    /// Writes `data`, of at most 64 KiB, behind the end, in one step for other clients; says where
    /// it begins. Not repeated: after `ServerDied` it may be there or not.
    ///
    /// # Errors
    /// What the server says.
    pub fn append(&mut self, data: &[u8]) -> Result<u64, Failure> {
        // What has no handle yet gets one first.
        self.info()?;
        let handle = self.handle.ok_or(ClientError::ServerDied)?;
        let place = self.fs.append(handle, data)?;
        self.note_change();
        Ok(place)
    }

    /// Gives it this size.
    ///
    /// # Errors
    /// What the server says.
    pub fn truncate(&mut self, size: u64) -> Result<(), Failure> {
        self.ask(|fs, handle| fs.truncate(handle, size))?;
        self.note_change();
        Ok(())
    }

    /// Returns when what was written, and its name, are on the medium.
    ///
    /// # Errors
    /// What the server says.
    pub fn sync(&mut self) -> Result<(), Failure> {
        self.ask(|fs, handle| fs.sync(handle))?;
        (self.tied, self.changed) = (self.lock != lock::NONE, None);
        Ok(())
    }

    /// The server has answered a change.
    fn note_change(&mut self) {
        self.tied = true;
        self.changed.get_or_insert(self.fs.server());
    }

    /// Locks it: a mode of [`lock`](crate::lock).
    ///
    /// # Errors
    /// [`FsError::Locked`]; what the server says.
    pub fn lock(&mut self, mode: u32) -> Result<(), Failure> {
        self.ask(|fs, handle| fs.lock(handle, mode))?;
        self.lock = mode;
        self.tied |= mode != lock::NONE;
        Ok(())
    }
}

impl Drop for File<'_> {
    fn drop(&mut self) {
        if let (Some(unsynced), Some(life)) = (self.unsynced, self.changed) {
            unsynced.add(life);
        }
        if let Some(handle) = self.handle {
            // A server that has forgotten the handle has closed it.
            let _ = self.fs.close(handle);
        }
    }
}
