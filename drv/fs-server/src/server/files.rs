//! Files, by handle: opened, read, written.

use super::{Answer, Server, client};
use crate::direct::Target;
use crate::handles::Open;
use crate::machine::World;
use crate::words::info;
use drv_fs_core as fs;
use drv_fs_core::{Create, FileSystem};
use fs_api::{FsError, Opened, flags};
use userlib::ipc::{Caller, Lease, Read, Write};

impl<F: FileSystem, W: World> Server<'_, F, W> {
    /// Opens what a path leads to.
    pub(super) fn open_path(
        &mut self,
        caller: Caller,
        flags: u32,
        path: &Lease<Read>,
    ) -> Answer<Opened> {
        let who = client(caller);
        self.forget_before(who);
        let (how, read, write) = how(flags)?;
        let right = self.rights.of(who)?;
        let limit = right.open();
        if let (true, Err(refusal)) = (write, right.may_write()) {
            self.take(caller, path)?;
            return Err(self.memory.place.refused(&mut self.fs, true, refusal).into());
        }
        if !self.handles.has_room(who, limit) {
            return Err(FsError::TooManyOpen.into());
        }
        if how != fs::Open::default() {
            self.ready_to_change()?;
        }
        let (file, found) = self.with_path(caller, path, |fs, path| fs.open(path, how))?;
        if how.truncate {
            self.ahead.forget(file);
        }
        let handle = self.handles.insert(who, Open::new(file, read, write))?;
        Ok(Opened { info: info(&found), handle, reserved: 0 })
    }

    /// Reads from `offset` on until `into` is full or the file ends; says how much that is.
    pub(super) fn read_open(
        &mut self,
        caller: Caller,
        handle: u32,
        offset: u64,
        into: &Lease<Write>,
    ) -> Answer<u32> {
        let open = self.handles.get(client(caller), handle)?;
        if !open.read {
            return Err(FsError::NotPermitted.into());
        }
        let mut done = 0;
        while done < into.len() {
            let from = offset.saturating_add(done as u64);
            let (count, ends) = self.read_some((open.file, from), into, done)?;
            self.ahead.ended(open.file, from.saturating_add(count as u64));
            done += count;
            if ends {
                break;
            }
        }
        Ok(done as u32)
    }

    /// Reads a file from a byte on to a client's memory behind what is there already. Says how much
    /// that is, and whether the file ends there.
    fn read_some(
        &mut self,
        (file, from): (F::File, u64),
        into: &Lease<Write>,
        done: usize,
    ) -> Answer<(usize, bool)> {
        let wanted = into.len() - done;
        if self.ahead.get(file, from, wanted).is_none() {
            self.ahead.fill(&mut self.fs, file, from, wanted);
        }
        if let Some((bytes, ends)) = self.ahead.get(file, from, wanted) {
            into.write(done, bytes)?;
            return Ok((bytes.len(), ends));
        }
        let wanted = wanted.min(self.memory.piece.len());
        let (bytes, to) = (&mut self.memory.piece[..wanted], Target::Lease(*into, done));
        let read = self.direct.read(&mut self.fs, (file, from), to, bytes);
        let (moved, count) = self.noted(read)?;
        if moved < count {
            into.write(done + moved, &self.memory.piece[moved..count])?;
        }
        Ok((count, count < wanted))
    }

    /// What a client opened to write.
    pub(super) fn writable(&mut self, caller: Caller, handle: u32) -> Answer<F::File> {
        let open = self.handles.get(client(caller), handle)?;
        if !open.write {
            return Err(FsError::NotPermitted.into());
        }
        self.ready_to_change()?;
        self.ahead.forget(open.file);
        Ok(open.file)
    }

    /// Reads a file to a client's region, as far as the disk does it by itself.
    pub(super) fn read_past(
        &mut self,
        caller: Caller,
        (handle, offset): (u32, u64),
        (region, at): (u32, u64),
        length: u32,
    ) -> Answer<u32> {
        let past = self.past.as_ref().ok_or(FsError::NotShared)?;
        if past.held {
            return Err(FsError::Held.into());
        }
        let open = self.handles.get(client(caller), handle)?;
        if !open.read {
            return Err(FsError::NotPermitted.into());
        }
        let shared = past.shares.of(caller.task().index(), region);
        let piece = shared.and_then(|shared| shared.piece(at, length));
        if piece.is_none() || !at.is_multiple_of(512) {
            return Err(FsError::NotShared.into());
        }
        let length = length as usize;
        let mut done = 0;
        while done < length {
            let wanted = (length - done).min(self.memory.piece.len());
            let from = (open.file, offset.saturating_add(done as u64));
            let to = Target::Region(region, at + done as u64);
            let bytes = &mut self.memory.piece[..wanted];
            let read = self.direct.read(&mut self.fs, from, to, bytes);
            let (moved, _) = self.noted(read)?;
            done += moved;
            if moved < wanted {
                break;
            }
        }
        if done == 0 { Err(FsError::NotShared.into()) } else { Ok(done as u32) }
    }

    /// Writes what is lent from `offset` on.
    pub(super) fn write_all(
        &mut self,
        file: F::File,
        offset: u64,
        data: &Lease<Read>,
    ) -> Answer<()> {
        let mut done = 0;
        while done < data.len() {
            let most = self.memory.piece.len();
            let piece = &mut self.memory.piece[..(data.len() - done).min(most)];
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
