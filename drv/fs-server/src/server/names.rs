//! Names: listed, moved, followed.

use super::{Answer, Memory, PIECE, Server, client};
use crate::listing::Entries;
use crate::machine::World;
use core::ops::ControlFlow;
use drv_fs_core as fs;
use drv_fs_core::{Error, FileSystem};
use fs_api::{FsError, Listed, Resolved};
use userlib::ipc::{Caller, Lease, Read, Write};

impl<F: FileSystem, W: World> Server<'_, F, W> {
    /// Entries of a directory from a cookie on, as many as there is room for.
    pub(super) fn list_path(
        &mut self,
        caller: Caller,
        cookie: u64,
        path: &Lease<Read>,
        entries: &Lease<Write>,
    ) -> Answer<Listed> {
        self.take(caller, path)?;
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

    /// Gives something another path.
    pub(super) fn move_path(
        &mut self,
        caller: Caller,
        from: &Lease<Read>,
        to: &Lease<Read>,
    ) -> Answer<()> {
        let right = self.rights.of(client(caller))?;
        let may = right.may_write();
        self.memory.place.take(right, from)?;
        self.memory.other.take(right, to)?;
        self.ready()?;
        let Memory { place, other, .. } = &mut *self.memory;
        if let Err(refusal) = may {
            let refusal = place.refused(&mut self.fs, false, refusal);
            return Err(other.refused(&mut self.fs, false, refusal).into());
        }
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
        let paths = place.path().and_then(|from| Ok((from, other.path()?)));
        let moved = paths.and_then(|(from, to)| self.fs.rename(from, to));
        Ok(self.noted(moved)?)
    }

    /// Where a path leads once its links are followed.
    pub(super) fn resolve_path(
        &mut self,
        caller: Caller,
        path: &Lease<Read>,
        into: &Lease<Write>,
    ) -> Answer<Resolved> {
        self.take(caller, path)?;
        let (text, outside) = self.memory.place.resolve(&mut self.fs)?;
        if into.len() < text.len() {
            return Err(FsError::NameTooLong.into());
        }
        into.write(0, text)?;
        Ok(Resolved { length: text.len() as u32, outside: outside.into() })
    }

    /// Makes a symbolic link.
    pub(super) fn link_path(
        &mut self,
        caller: Caller,
        path: &Lease<Read>,
        target: &Lease<Read>,
    ) -> Answer<()> {
        self.take_to_change(caller, path)?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let length = target.read(0, &mut piece[..fs::MAX_PATH])?;
        let text = core::str::from_utf8(&piece[..length]).map_err(|_| FsError::BadPath)?;
        if text.is_empty() || text.contains('\0') {
            return Err(FsError::BadPath.into());
        }
        Ok(place.follow(&mut self.fs, |fs, path| fs.make_link(path, text))?)
    }

    /// What a symbolic link says.
    pub(super) fn link_of(
        &mut self,
        caller: Caller,
        path: &Lease<Read>,
        into: &Lease<Write>,
    ) -> Answer<u32> {
        self.take(caller, path)?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let room = &mut piece[..fs::MAX_PATH];
        let length = place.follow(&mut self.fs, |fs, path| fs.read_link(path, room))?;
        self.deliver(length, into)
    }
}
