//! Answers clients from the file system.

use crate::Disk;
use drv_fatfs::{Client, Error, FileSystem, Handle, MAX_NAME, Place};
use fs_api::server::{self, Refuse};
use fs_api::{Entry, FsError, Info, MAX_PATH, Opened};
use userlib::ipc::{Bits, Caller, InOrder, Lease, Read, Write};
use userlib::sys;

/// How much is asked of the block server at once. A larger read of a client takes several turns.
const PIECE: usize = 16 << 10;

/// What a debugger may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The volume is mounted.
    Mounted,
    /// It cannot be, for this reason.
    NotMounted(Error),
    /// A request failed for a reason that is not the client's.
    Failed(Error),
    /// A client was restarted; what it had open is closed.
    ClientRestarted,
}

/// The memory a server works in: too much for a stack.
#[derive(Debug)]
pub struct Memory {
    place: Place,
    piece: [u8; PIECE],
}

impl Memory {
    /// As it is in the beginning.
    #[must_use]
    pub const fn new() -> Self {
        Self { place: Place::new(), piece: [0; PIECE] }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// The file system, and what it needs to answer.
pub struct Server<'p> {
    fs: FileSystem<'p, Disk>,
    mounted: bool,
    piece: &'p mut [u8; PIECE],
    client_restarted: Bits,
    log: fn(Event),
}

impl<'p> Server<'p> {
    /// A server of the volume on `disk`, told of restarted clients by `client_restarted`. `seed`
    /// must differ from life to life.
    pub const fn new(
        memory: &'p mut Memory,
        disk: Disk,
        seed: u32,
        client_restarted: Bits,
        log: fn(Event),
    ) -> Self {
        let Memory { place, piece } = memory;
        let fs = FileSystem::new(place, disk, seed);
        Self { fs, mounted: false, piece, client_restarted, log }
    }

    /// Mounts the volume if the disk is there; otherwise a later request will.
    pub fn mount(&mut self) {
        let mounted = self.fs.mount();
        // Whoever asks first will hear the reason.
        let _ = self.noted(mounted);
    }

    /// Notes what a request came to, and translates the error.
    fn noted<T>(&mut self, result: Result<T, Error>) -> Result<T, Refuse<FsError>> {
        if !self.mounted && self.fs.is_mounted() {
            self.mounted = true;
            (self.log)(Event::Mounted);
        }
        result.map_err(|error| {
            let event = if self.mounted { Event::Failed } else { Event::NotMounted };
            match error {
                Error::NoDevice | Error::DeviceError | Error::NotRecognized | Error::Corrupt => {
                    (self.log)(event(error));
                }
                // The client's own mistakes.
                _ => {}
            }
            refusal(error).into()
        })
    }
}

impl server::Fs for Server<'_> {
    type Order = InOrder;

    fn open(&mut self, caller: Caller, path: Lease<Read>) -> Result<Opened, Refuse<FsError>> {
        let mut text = [0; MAX_PATH];
        let opened = path_in(&path, &mut text)?;
        let opened = self.fs.open(client(caller), opened);
        let (handle, info) = self.noted(opened)?;
        Ok(Opened { size: info.size, handle: handle.0, attributes: info.attributes })
    }

    fn close(&mut self, caller: Caller, handle: u32) -> Result<(), Refuse<FsError>> {
        let closed = self.fs.close(client(caller), Handle(handle));
        self.noted(closed)
    }

    fn read(
        &mut self,
        caller: Caller,
        handle: u32,
        offset: u64,
        buf: Lease<Write>,
    ) -> Result<u32, Refuse<FsError>> {
        let mut done = 0;
        while done < buf.len() {
            let wanted = (buf.len() - done).min(PIECE);
            let from = offset.saturating_add(done as u64);
            let into = &mut self.piece[..wanted];
            let read = self.fs.read(client(caller), Handle(handle), from, into);
            let count = self.noted(read)?;
            buf.write(done, &self.piece[..count])?;
            done += count;
            if count < wanted {
                break;
            }
        }
        Ok(done as u32)
    }

    fn stat(&mut self, _: Caller, path: Lease<Read>) -> Result<Info, Refuse<FsError>> {
        let mut text = [0; MAX_PATH];
        let found = path_in(&path, &mut text)?;
        let found = self.fs.stat(found);
        let info = self.noted(found)?;
        Ok(Info {
            size: info.size,
            modified: info.modified,
            attributes: info.attributes,
            reserved: 0,
        })
    }

    fn read_directory(
        &mut self,
        caller: Caller,
        handle: u32,
        cookie: u64,
        name: Lease<Write>,
    ) -> Result<Entry, Refuse<FsError>> {
        let mut text = [0; MAX_NAME];
        let entry = self.fs.read_directory(client(caller), Handle(handle), cookie, &mut text);
        let Some(entry) = self.noted(entry)? else {
            return Ok(Entry { next: cookie, size: 0, modified: 0, attributes: 0, name_length: 0 });
        };
        if name.len() < entry.name_length {
            return Err(FsError::NameTooLong.into());
        }
        name.write(0, &text[..entry.name_length])?;
        Ok(Entry {
            next: entry.next,
            size: entry.info.size,
            modified: entry.info.modified,
            attributes: entry.info.attributes,
            name_length: entry.name_length as u32,
        })
    }

    fn notified(&mut self, bits: Bits) {
        if bits.contains(self.client_restarted) {
            (self.log)(Event::ClientRestarted);
            self.fs.forget(is_gone);
        }
    }
}

/// The caller as the kernel names it.
fn client(caller: Caller) -> Client {
    let task = caller.task();
    Client { task: task.index() as u16, life: task.generation().0 }
}

/// Whether this life of a client is over.
fn is_gone(client: Client) -> bool {
    let task = abi::TaskId::new(client.task.into(), abi::Generation(client.life));
    sys::refresh_task_id(task) != task
}

/// The path a client lends.
fn path_in<'t>(
    path: &Lease<Read>,
    text: &'t mut [u8; MAX_PATH],
) -> Result<&'t str, Refuse<FsError>> {
    let length = path.read(0, text)?;
    core::str::from_utf8(&text[..length]).map_err(|_| FsError::BadPath.into())
}

const fn refusal(error: Error) -> FsError {
    match error {
        Error::NoDevice => FsError::NoDevice,
        Error::DeviceError => FsError::DeviceError,
        Error::NotRecognized => FsError::NotRecognized,
        Error::Corrupt => FsError::Corrupt,
        Error::NotFound => FsError::NotFound,
        Error::NotADirectory => FsError::NotADirectory,
        Error::IsADirectory => FsError::IsADirectory,
        Error::BadPath => FsError::BadPath,
        Error::BadHandle => FsError::BadHandle,
        Error::TooManyOpen => FsError::TooManyOpen,
        Error::NameTooLong => FsError::NameTooLong,
    }
}
