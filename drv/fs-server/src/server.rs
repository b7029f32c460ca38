//! Answers clients from a file system.

use crate::handles::{Client, Handles, Lock, Open};
use crate::listing::Entries;
use crate::machine::{Event, World};
use crate::names::{LONGEST, taken};
use crate::place::{Astray, Place};
use crate::rights::Rights;
use crate::words::{change, info, refusal, replace, space};
use core::ops::ControlFlow;
use drv_fs_core as fs;
use drv_fs_core::{Create, Error, FileSystem};
use fs_api::server::{self, Refuse};
use fs_api::{Change, FsError, Info, Listed, Opened, Resolved, Space, flags};
use userlib::ipc::{Bits, Caller, InOrder, Lease, Read, Write};

/// How much is read or written at once. A larger request of a client takes several turns.
const PIECE: usize = 16 << 10;

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
    piece: [u8; PIECE],
}

impl Memory {
    /// As it is in the beginning.
    #[must_use]
    pub const fn new() -> Self {
        Self { place: Place::new(), other: Place::new(), piece: [0; PIECE] }
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
    client_restarted: Bits,
    mounted: bool,
}

impl<'m, F: FileSystem, W: World> Server<'m, F, W> {
    /// A server of a file system, told of restarted clients by `client_restarted`. `seed` must
    /// differ from life to life.
    pub fn new(
        memory: &'m mut Memory,
        fs: F,
        world: W,
        rights: Rights,
        seed: u32,
        client_restarted: impl Into<Bits>,
    ) -> Self {
        let (handles, client_restarted) = (Handles::new(seed), client_restarted.into());
        Self { fs, world, rights, handles, memory, client_restarted, mounted: false }
    }

    /// Mounts the volume if the disk is there; otherwise a later request will.
    pub fn mount(&mut self) {
        // Whoever asks first will hear the reason.
        let _ = self.ready();
    }

    /// Every request that needs the volume begins with this.
    fn ready(&mut self) -> Result<(), FsError> {
        if !self.mounted {
            if let Err(error) = self.fs.mount() {
                self.world.log(Event::NotMounted(error));
                return Err(refusal(error));
            }
            self.mounted = true;
            self.world.log(Event::Mounted);
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

    /// Closes what clients opened that are no more.
    fn forget(&mut self, gone: impl Fn(Client) -> bool) {
        while let Some(file) = self.handles.take_stale(&gone) {
            let closed = self.fs.close(file);
            // Nobody is left to be told.
            let _ = self.noted(closed);
        }
    }

    /// Does something with a path of a client, its links followed.
    fn with_path<T>(
        &mut self,
        caller: Caller,
        path: &Lease<Read>,
        act: impl FnMut(&mut F, fs::Path<'_>) -> Result<T, Error>,
    ) -> Answer<T> {
        let right = self.rights.of(client(caller))?;
        self.memory.place.take(right, path)?;
        self.ready()?;
        Ok(self.memory.place.follow(&mut self.fs, act)?)
    }

    /// The same, of what changes something. The client's root is not changed by anybody.
    fn change_path<T>(
        &mut self,
        caller: Caller,
        path: &Lease<Read>,
        act: impl FnMut(&mut F, fs::Path<'_>) -> Result<T, Error>,
    ) -> Answer<T> {
        let right = self.rights.of(client(caller))?;
        right.may_write()?;
        self.memory.place.take(right, path)?;
        if self.memory.place.is_root() {
            return Err(FsError::NotPermitted.into());
        }
        self.ready_to_change()?;
        Ok(self.memory.place.follow(&mut self.fs, act)?)
    }

    /// What a client opened to write.
    fn writable(&mut self, caller: Caller, handle: u32) -> Answer<F::File> {
        let open = self.handles.get(client(caller), handle)?;
        if !open.write {
            return Err(FsError::NotPermitted.into());
        }
        self.ready_to_change()?;
        Ok(open.file)
    }

    /// Writes what is lent from `offset` on.
    fn write_all(&mut self, file: F::File, offset: u64, data: &Lease<Read>) -> Answer<()> {
        let mut done = 0;
        while done < data.len() {
            let piece = &mut self.memory.piece[..(data.len() - done).min(PIECE)];
            let count = data.read(done, piece)?;
            let at = offset.checked_add(done as u64).ok_or(FsError::TooLarge)?;
            let written = self.fs.write(file, at, &piece[..count]);
            self.noted(written)?;
            done += count;
        }
        Ok(())
    }
}

/// How a client wants to open something; unknown flags are a mistake.
fn how(wanted: u32) -> Result<(fs::Open, bool, bool), FsError> {
    let has = |flag| wanted & flag != 0;
    let (read, write) = (has(flags::READ), has(flags::WRITE));
    let create = match (has(flags::CREATE), has(flags::EXCLUSIVE)) {
        (false, false) => Create::Never,
        (true, false) => Create::IfMissing,
        (true, true) => Create::New,
        (false, true) => return Err(FsError::BadArgument),
    };
    let changes = create != Create::Never || has(flags::TRUNCATE);
    if wanted & !flags::ALL != 0 || !(read || write) || (changes && !write) {
        return Err(FsError::BadArgument);
    }
    Ok((fs::Open { create, truncate: has(flags::TRUNCATE) }, read, write))
}

/// The caller as the kernel names it.
fn client(caller: Caller) -> Client {
    let task = caller.task();
    Client { task: task.index() as u16, life: task.generation().0 }
}

impl<F: FileSystem, W: World> server::Fs for Server<'_, F, W> {
    type Order = InOrder;

    fn open(&mut self, caller: Caller, flags: u32, path: Lease<Read>) -> Answer<Opened> {
        let who = client(caller);
        self.forget(|owner| owner.task == who.task && owner.life != who.life);
        let (how, read, write) = how(flags)?;
        let limit = self.rights.of(who)?.open();
        if write {
            self.rights.of(who)?.may_write()?;
        }
        if !self.handles.has_room(who, limit) {
            return Err(FsError::TooManyOpen.into());
        }
        if how != fs::Open::default() {
            self.ready_to_change()?;
        }
        let (file, found) = self.with_path(caller, &path, |fs, path| fs.open(path, how))?;
        let handle = self.handles.insert(who, Open::new(file, read, write))?;
        Ok(Opened { info: info(&found), handle, reserved: 0 })
    }

    fn close(&mut self, caller: Caller, handle: u32) -> Answer<()> {
        let file = self.handles.remove(client(caller), handle)?;
        let closed = self.fs.close(file);
        Ok(self.noted(closed)?)
    }

    fn read(&mut self, caller: Caller, handle: u32, offset: u64, buf: Lease<Write>) -> Answer<u32> {
        let open = self.handles.get(client(caller), handle)?;
        if !open.read {
            return Err(FsError::NotPermitted.into());
        }
        let mut done = 0;
        while done < buf.len() {
            let wanted = (buf.len() - done).min(PIECE);
            let from = offset.saturating_add(done as u64);
            let read = self.fs.read(open.file, from, &mut self.memory.piece[..wanted]);
            let count = self.noted(read)?.min(wanted);
            buf.write(done, &self.memory.piece[..count])?;
            done += count;
            if count < wanted {
                break;
            }
        }
        Ok(done as u32)
    }

    fn write(&mut self, caller: Caller, handle: u32, offset: u64, data: Lease<Read>) -> Answer<()> {
        let file = self.writable(caller, handle)?;
        self.write_all(file, offset, &data)
    }

    fn append(&mut self, caller: Caller, handle: u32, data: Lease<Read>) -> Answer<u64> {
        let file = self.writable(caller, handle)?;
        let known = self.fs.info(file);
        let end = self.noted(known)?.size;
        self.write_all(file, end, &data)?;
        Ok(end)
    }

    fn truncate(&mut self, caller: Caller, handle: u32, size: u64) -> Answer<()> {
        let file = self.writable(caller, handle)?;
        let done = self.fs.truncate(file, size);
        Ok(self.noted(done)?)
    }

    fn info(&mut self, caller: Caller, handle: u32) -> Answer<Info> {
        let open = self.handles.get(client(caller), handle)?;
        let known = self.fs.info(open.file);
        Ok(info(&self.noted(known)?))
    }

    fn stat(&mut self, caller: Caller, follow: u32, path: Lease<Read>) -> Answer<Info> {
        if follow > 1 {
            return Err(FsError::BadArgument.into());
        }
        let found = self.with_path(caller, &path, |fs, path| match fs.stat(path)? {
            found if found.kind == fs::Kind::Link && follow == 1 => Err(Error::Link),
            found => Ok(found),
        })?;
        Ok(info(&found))
    }

    fn list(
        &mut self,
        caller: Caller,
        cookie: u64,
        path: Lease<Read>,
        entries: Lease<Write>,
    ) -> Answer<Listed> {
        let right = self.rights.of(client(caller))?;
        self.memory.place.take(right, &path)?;
        self.ready()?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let room = entries.len().min(PIECE);
        let (listed, more) = place.follow(&mut self.fs, |fs, path| {
            let (mut listed, mut more) = (Entries::new(&mut piece[..room]), false);
            fs.list(path, cookie, |entry| {
                more = !listed.push(entry);
                if more { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            Ok(((listed.bytes, listed.count, listed.next), more))
        })?;
        let (bytes, count, next) = listed;
        if more && count == 0 {
            return Err(FsError::NameTooLong.into());
        }
        entries.write(0, &self.memory.piece[..bytes])?;
        Ok(Listed { next: if more { next } else { 0 }, count, bytes: bytes as u32 })
    }

    fn make_directory(&mut self, caller: Caller, path: Lease<Read>) -> Answer<()> {
        self.change_path(caller, &path, |fs, path| fs.make_directory(path))
    }

    fn remove_directory(&mut self, caller: Caller, path: Lease<Read>) -> Answer<()> {
        self.change_path(caller, &path, |fs, path| fs.remove_directory(path))
    }

    fn remove(&mut self, caller: Caller, path: Lease<Read>) -> Answer<()> {
        self.change_path(caller, &path, |fs, path| fs.remove(path))
    }

    fn rename(&mut self, caller: Caller, from: Lease<Read>, to: Lease<Read>) -> Answer<()> {
        let right = self.rights.of(client(caller))?;
        right.may_write()?;
        self.memory.place.take(right, &from)?;
        self.memory.other.take(right, &to)?;
        let Memory { place, other, .. } = &mut *self.memory;
        if place.is_root() || other.is_root() {
            return Err(FsError::NotPermitted.into());
        }
        // Links on the way are followed before, so that the move itself meets none.
        self.ready_to_change()?;
        let Memory { place, other, .. } = &mut *self.memory;
        place.follow(&mut self.fs, |fs, path| fs.stat(path))?;
        other.follow(&mut self.fs, |fs, path| match fs.stat(path) {
            Err(Error::NotFound) => Ok(()),
            found => found.map(|_| ()),
        })?;
        let moved = self.fs.rename(place.path(), other.path());
        Ok(self.noted(moved)?)
    }

    fn change(&mut self, caller: Caller, wanted: Change, path: Lease<Read>) -> Answer<()> {
        let wanted = change(&wanted)?;
        self.change_path(caller, &path, |fs, path| fs.change(path, &wanted))
    }

    fn sync(&mut self, caller: Caller, handle: u32) -> Answer<()> {
        let open = self.handles.get(client(caller), handle)?;
        let synced = self.fs.sync_file(open.file);
        Ok(self.noted(synced)?)
    }

    fn sync_all(&mut self, caller: Caller) -> Answer<()> {
        self.rights.of(client(caller))?;
        self.ready()?;
        let synced = self.fs.sync();
        Ok(self.noted(synced)?)
    }

    fn lock(&mut self, caller: Caller, handle: u32, mode: u32) -> Answer<()> {
        let lock = match mode {
            0 => Lock::None,
            1 => Lock::Shared,
            2 => Lock::Alone,
            _ => return Err(FsError::BadArgument.into()),
        };
        Ok(self.handles.lock(client(caller), handle, lock)?)
    }

    fn space(&mut self, caller: Caller) -> Answer<Space> {
        self.rights.of(client(caller))?;
        self.ready()?;
        let known = self.fs.space();
        Ok(space(&self.noted(known)?))
    }

    fn resolve(
        &mut self,
        caller: Caller,
        path: Lease<Read>,
        into: Lease<Write>,
    ) -> Answer<Resolved> {
        let right = self.rights.of(client(caller))?;
        self.memory.place.take(right, &path)?;
        self.ready()?;
        let (text, outside) = self.memory.place.resolve(&mut self.fs)?;
        if into.len() < text.len() {
            return Err(FsError::NameTooLong.into());
        }
        into.write(0, text)?;
        Ok(Resolved { length: text.len() as u32, outside: outside.into() })
    }

    fn make_link(&mut self, caller: Caller, path: Lease<Read>, target: Lease<Read>) -> Answer<()> {
        let right = self.rights.of(client(caller))?;
        right.may_write()?;
        self.memory.place.take(right, &path)?;
        self.ready_to_change()?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let length = target.read(0, &mut piece[..fs::MAX_PATH])?;
        let text = core::str::from_utf8(&piece[..length]).map_err(|_| FsError::BadPath)?;
        if text.is_empty() || text.contains('\0') {
            return Err(FsError::BadPath.into());
        }
        Ok(place.follow(&mut self.fs, |fs, path| fs.make_link(path, text))?)
    }

    fn read_link(&mut self, caller: Caller, path: Lease<Read>, into: Lease<Write>) -> Answer<u32> {
        let right = self.rights.of(client(caller))?;
        self.memory.place.take(right, &path)?;
        self.ready()?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let room = &mut piece[..fs::MAX_PATH];
        let length = place.follow(&mut self.fs, |fs, path| fs.read_link(path, room))?;
        self.deliver(length, &into)
    }

    fn get_attribute(
        &mut self,
        caller: Caller,
        path: Lease<Read>,
        name: Lease<Read>,
        value: Lease<Write>,
    ) -> Answer<u32> {
        let mut text = [0; LONGEST];
        let name = taken(&name, &mut text)?;
        let right = self.rights.of(client(caller))?;
        self.memory.place.take(right, &path)?;
        self.ready()?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let room = &mut piece[..value.len().min(PIECE)];
        let length = place.follow(&mut self.fs, |fs, path| fs.attribute(path, name, room))?;
        self.deliver(length, &value)
    }

    fn set_attribute(
        &mut self,
        caller: Caller,
        how: u32,
        path: Lease<Read>,
        name: Lease<Read>,
        value: Lease<Read>,
    ) -> Answer<()> {
        let mut text = [0; LONGEST];
        let (how, name) = (replace(how)?, taken(&name, &mut text)?);
        let right = self.rights.of(client(caller))?;
        right.may_write()?;
        self.memory.place.take(right, &path)?;
        self.ready_to_change()?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let length = value.read(0, piece)?;
        let value = &piece[..length];
        Ok(place.follow(&mut self.fs, |fs, path| fs.set_attribute(path, name, value, how))?)
    }

    fn remove_attribute(
        &mut self,
        caller: Caller,
        path: Lease<Read>,
        name: Lease<Read>,
    ) -> Answer<()> {
        let mut text = [0; LONGEST];
        let name = taken(&name, &mut text)?;
        self.change_path(caller, &path, |fs, path| fs.remove_attribute(path, name))
    }

    fn list_attributes(
        &mut self,
        caller: Caller,
        path: Lease<Read>,
        names: Lease<Write>,
    ) -> Answer<u32> {
        let right = self.rights.of(client(caller))?;
        self.memory.place.take(right, &path)?;
        self.ready()?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let room = &mut piece[..names.len().min(PIECE)];
        let length = place.follow(&mut self.fs, |fs, path| all_names(fs, path, room))?;
        self.deliver(length, &names)
    }

    fn notified(&mut self, bits: Bits) {
        if bits.contains(self.client_restarted) {
            self.world.log(Event::ClientRestarted);
            while let Some(file) = self.handles.take_stale(|client| self.world.is_gone(client)) {
                let closed = self.fs.close(file);
                let _ = self.noted(closed);
            }
        }
        if self.world.is_due(bits)
            && self.mounted
            && let Err(error) = self.fs.sync()
        {
            self.world.log(Event::NotSynced(error));
            self.world.changed();
        }
    }
}

impl<F: FileSystem, W: World> Server<'_, F, W> {
    /// Gives the client the first bytes of what was put together.
    fn deliver(&mut self, length: usize, into: &Lease<Write>) -> Answer<u32> {
        let bytes = self.memory.piece.get(..length).ok_or(FsError::TooLarge)?;
        if into.len() < length {
            return Err(FsError::NameTooLong.into());
        }
        into.write(0, bytes)?;
        Ok(length as u32)
    }
}

/// The names of all extended attributes, each ended by a zero; says how many bytes that is.
fn all_names<F: FileSystem>(
    fs: &mut F,
    path: fs::Path<'_>,
    room: &mut [u8],
) -> Result<usize, Error> {
    let (mut length, mut fits) = (0, true);
    fs.attributes(path, |name| {
        let Some(place) = room.get_mut(length..length + name.len() + 1) else {
            fits = false;
            return ControlFlow::Break(());
        };
        place[..name.len()].copy_from_slice(name.as_bytes());
        place[name.len()] = 0;
        length += name.len() + 1;
        ControlFlow::Continue(())
    })?;
    if fits { Ok(length) } else { Err(Error::TooLarge) }
}
