//! Answers clients from a file system.

mod answers;
mod attributes;
mod files;
mod names;

use crate::ahead::Ahead;
use crate::direct::{Direct, Past};
use crate::handles::{Client, Handles};
use crate::machine::{Event, World};
use crate::place::{Astray, Place};
use crate::rights::Rights;
use crate::words::refusal;
use core::ops::{Deref, DerefMut};
use drv_fs_core::{Error, FileSystem, Path};
use fs_api::FsError;
use fs_api::server::Refuse;
use userlib::ipc::{Bits, Caller, Lease, Read, Write};

/// How much is read or written at once. A larger request of a client takes several turns.
const PIECE: usize = 16 << 10;
/// How much is read ahead, where no memory is shared with the disk's device.
#[doc(hidden)]
pub const AHEAD: usize = 64 << 10;
/// The same in memory that the disk's device reaches.
const MOST: usize = 64 << 10;

type Answer<T> = Result<T, Refuse<FsError>>;

impl From<Astray> for Refuse<FsError> {
    fn from(astray: Astray) -> Self {
        match astray {
            Astray::Refused(error) => error.into(),
            Astray::Gone => Self::Gone,
        }
    }
}

/// The memory a server works in: too much for a stack.
#[derive(Debug)]
pub struct Memory {
    place: Place,
    other: Place,
    piece: Piece,
    /// Where files are read ahead.
    ahead: &'static mut [u8],
}

/// What is read or written at once.
#[derive(Debug)]
struct Piece {
    own: [u8; PIECE],
    /// In memory that the disk's device reaches, at least as much.
    shared: Option<&'static mut [u8]>,
}

impl Deref for Piece {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.shared.as_deref().unwrap_or(&self.own)
    }
}

impl DerefMut for Piece {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.shared.as_deref_mut().unwrap_or(&mut self.own)
    }
}

impl Memory {
    /// As it is in the beginning.
    #[must_use]
    pub const fn new() -> Self {
        let piece = Piece { own: [0; PIECE], shared: None };
        Self { place: Place::new(), other: Place::new(), piece, ahead: &mut [] }
    }

    /// Lets the first of these bytes, which the disk's device reaches, be where files' bytes pass
    /// through, if there are enough, and of the rest what is more than a cache needs, at least a
    /// quarter, where they are read ahead. The others come back.
    pub fn share(&mut self, bytes: &'static mut [u8], cache: usize) -> &'static mut [u8] {
        let length = (bytes.len() / 4).clamp(PIECE, MOST) / PIECE * PIECE;
        if bytes.len() < 2 * length {
            return bytes;
        }
        let (piece, rest) = bytes.split_at_mut(length);
        let ahead = rest.len().saturating_sub(cache).max(rest.len() / 4);
        let (ahead, rest) = rest.split_at_mut(ahead / PIECE * PIECE);
        self.piece.shared = Some(piece);
        self.ahead = ahead;
        rest
    }

    /// Lets these bytes be where files are read ahead.
    pub const fn read_ahead_in(&mut self, bytes: &'static mut [u8]) {
        self.ahead = bytes;
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// A file system, and what it needs to answer.
pub struct Server<'m, F: FileSystem, W> {
    fs: F,
    world: W,
    rights: Rights,
    handles: Handles<F::File>,
    memory: &'m mut Memory,
    ahead: Ahead<'static, F::File>,
    /// How what clients read goes to them at once.
    direct: &'static Direct,
    /// Whose reads go past the server, if any do.
    past: Option<Past>,
    client_restarted: Bits,
    mounted: bool,
}

impl<'m, F: FileSystem, W: World> Server<'m, F, W> {
    /// A server of a file system, told of restarted clients by `client_restarted`. `seed` must
    /// differ from life to life.
    pub fn new(
        (memory, direct): (&'m mut Memory, &'static Direct),
        mut fs: F,
        world: W,
        rights: Rights,
        seed: u32,
        client_restarted: impl Into<Bits>,
    ) -> Self {
        let (handles, client_restarted) = (Handles::new(seed), client_restarted.into());
        let ahead = Ahead::new(fs.read_ahead_in(core::mem::take(&mut memory.ahead)));
        let (past, mounted) = (None, false);
        Self { fs, world, rights, handles, memory, ahead, direct, past, client_restarted, mounted }
    }

    /// Lets clients' reads go past the server.
    pub fn let_past(&mut self, past: Past) {
        self.past = Some(past);
    }

    /// Mounts the volume if the disk is there; otherwise a later request will.
    pub fn mount(&mut self) {
        // Whoever asks first will hear the reason.
        let _ = self.ready();
    }

    /// Every request that needs the volume begins with this.
    #[inline(never)]
    fn ready(&mut self) -> Result<(), FsError> {
        if !self.mounted {
            if let Err(error) = self.fs.mount() {
                self.world.log(Event::NotMounted(error));
                return Err(refusal(error));
            }
            self.mounted = true;
            self.world.log(Event::Mounted);
            match self.fs.repairs() {
                0 => {}
                count => self.world.log(Event::Repaired(count)),
            }
        }
        Ok(())
    }

    /// So does every one that changes something.
    fn ready_to_change(&mut self) -> Result<(), FsError> {
        self.ready()?;
        let seconds = self.world.seconds();
        self.fs.set_clock(seconds);
        self.world.changed();
        Ok(())
    }

    /// Notes what a request came to, if that is not the client's fault.
    fn noted<T>(&mut self, result: Result<T, Error>) -> Result<T, FsError> {
        if let Err(error @ (Error::NoDevice | Error::DeviceError | Error::Corrupt)) = result {
            self.world.log(Event::Failed(error));
        }
        result.map_err(refusal)
    }

    /// Closes what earlier lives of a client opened.
    fn forget_before(&mut self, now: Client) {
        let before = |owner: Client| owner.task == now.task && owner.life != now.life;
        while let Some(file) = self.handles.take_stale(before) {
            let closed = self.fs.close(file);
            // Nobody is left to be told.
            let _ = self.noted(closed);
        }
    }

    /// Closes what lives of clients opened that are over.
    fn forget_gone(&mut self) {
        while let Some(file) = self.handles.take_stale(|client| self.world.is_gone(client)) {
            let closed = self.fs.close(file);
            // Nobody is left to be told.
            let _ = self.noted(closed);
        }
    }

    /// Takes a path that a client lends, to read what is there.
    fn take(&mut self, caller: Caller, path: &Lease<Read>) -> Answer<()> {
        let right = self.rights.of(client(caller))?;
        self.memory.place.take(right, path)?;
        Ok(self.ready()?)
    }

    /// The same, to change what is there. Once in the task's code: many requests begin with it.
    #[inline(never)]
    fn take_to_change(&mut self, caller: Caller, path: &Lease<Read>) -> Answer<()> {
        let right = self.rights.of(client(caller))?;
        let may = right.may_write();
        self.memory.place.take(right, path)?;
        self.ready()?;
        if let Err(refusal) = may {
            return Err(self.memory.place.refused(&mut self.fs, false, refusal).into());
        }
        Ok(self.ready_to_change()?)
    }

    /// Does something with a path of a client, its links followed.
    fn with_path<T>(
        &mut self,
        caller: Caller,
        path: &Lease<Read>,
        act: impl FnMut(&mut F, Path<'_>) -> Result<T, Error>,
    ) -> Answer<T> {
        self.take(caller, path)?;
        Ok(self.memory.place.follow(&mut self.fs, act)?)
    }

    /// The same, of what changes something. The client's root is not changed by anybody.
    fn change_path<T>(
        &mut self,
        caller: Caller,
        path: &Lease<Read>,
        act: impl FnMut(&mut F, Path<'_>) -> Result<T, Error>,
    ) -> Answer<T> {
        self.take_to_change(caller, path)?;
        if self.memory.place.is_root() {
            return Err(FsError::NotPermitted.into());
        }
        Ok(self.memory.place.follow(&mut self.fs, act)?)
    }

    /// Gives the client the first bytes of what was put together.
    fn deliver(&mut self, length: usize, into: &Lease<Write>) -> Answer<u32> {
        let bytes = self.memory.piece.get(..length).ok_or(FsError::TooLarge)?;
        if into.len() < length {
            return Err(FsError::NameTooLong.into());
        }
        into.write(0, bytes)?;
        Ok(length as u32)
    }

    /// Brings to the medium what was written a while ago.
    fn sync_late(&mut self) {
        if self.mounted
            && let Err(error) = self.fs.sync()
        {
            self.world.log(Event::NotSynced(error));
            self.world.changed();
        }
    }
}

/// The caller as the kernel names it.
fn client(caller: Caller) -> Client {
    let task = caller.task();
    Client { task: task.index() as u16, life: task.generation().0 }
}
