//! The requests of `idl/fs.idl`, one by one.

use super::{Answer, Server, client};
use crate::handles::Lock;
use crate::machine::{Event, World};
use crate::names::{LONGEST, taken};
use crate::words::{change, info, space};
use drv_fs_core as fs;
use drv_fs_core::{Error, FileSystem};
use fs_api::server::Fs;
use fs_api::{Change, FsError, Info, Listed, Opened, Resolved, Space};
use userlib::ipc::{Bits, Caller, InOrder, Lease, Read, Write};

impl<F: FileSystem, W: World> Fs for Server<'_, F, W> {
    type Order = InOrder;

    fn open(&mut self, caller: Caller, flags: u32, path: Lease<Read>) -> Answer<Opened> {
        self.open_path(caller, flags, &path)
    }

    fn close(&mut self, caller: Caller, handle: u32) -> Answer<()> {
        let file = self.handles.remove(client(caller), handle)?;
        self.ahead.forget(file);
        let closed = self.fs.close(file);
        Ok(self.noted(closed)?)
    }

    fn read(&mut self, caller: Caller, handle: u32, offset: u64, buf: Lease<Write>) -> Answer<u32> {
        self.read_open(caller, handle, offset, &buf)
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
        self.list_path(caller, cookie, &path, &entries)
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
        self.move_path(caller, &from, &to)
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
        Ok(space(&self.noted(known)?, self.fs.repairs()))
    }

    fn resolve(
        &mut self,
        caller: Caller,
        path: Lease<Read>,
        into: Lease<Write>,
    ) -> Answer<Resolved> {
        self.resolve_path(caller, &path, &into)
    }

    fn make_link(&mut self, caller: Caller, path: Lease<Read>, target: Lease<Read>) -> Answer<()> {
        self.link_path(caller, &path, &target)
    }

    fn read_link(&mut self, caller: Caller, path: Lease<Read>, into: Lease<Write>) -> Answer<u32> {
        self.link_of(caller, &path, &into)
    }

    fn get_attribute(
        &mut self,
        caller: Caller,
        path: Lease<Read>,
        name: Lease<Read>,
        value: Lease<Write>,
    ) -> Answer<u32> {
        self.attribute_of(caller, &path, &name, &value)
    }

    fn set_attribute(
        &mut self,
        caller: Caller,
        how: u32,
        path: Lease<Read>,
        name: Lease<Read>,
        value: Lease<Read>,
    ) -> Answer<()> {
        self.put_attribute(caller, how, &path, &name, &value)
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
        self.attributes_of(caller, &path, &names)
    }

    fn share(&mut self, caller: Caller, region: u32) -> Answer<u64> {
        // Each request is over before the next is heard.
        let past = self.past.as_ref().ok_or(FsError::NotShared)?;
        if past.held {
            return Err(FsError::Held.into());
        }
        let shared = past.shares.of(caller.task().index(), region);
        Ok(shared.ok_or(FsError::NotShared)?.size())
    }

    fn read_shared(
        &mut self,
        caller: Caller,
        offset: u64,
        at: u64,
        handle: u32,
        length: u32,
        region: u32,
    ) -> Answer<u32> {
        self.read_past(caller, (handle, offset), (region, at), length)
    }

    fn notified(&mut self, bits: Bits) {
        if bits.contains(self.client_restarted) {
            self.world.log(Event::ClientRestarted);
            self.forget_gone();
        }
        if self.world.is_due(bits) {
            self.sync_late();
        }
    }
}
