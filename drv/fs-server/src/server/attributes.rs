//! Extended attributes.

use super::{Answer, Memory, PIECE, Server};
use crate::machine::World;
use crate::names::{LONGEST, taken};
use crate::words::replace;
use core::ops::ControlFlow;
use drv_fs_core as fs;
use drv_fs_core::{Error, FileSystem};
use userlib::ipc::{Caller, Lease, Read, Write};

impl<F: FileSystem, W: World> Server<'_, F, W> {
    /// The value of one.
    pub(super) fn attribute_of(
        &mut self,
        caller: Caller,
        path: &Lease<Read>,
        name: &Lease<Read>,
        value: &Lease<Write>,
    ) -> Answer<u32> {
        let mut text = [0; LONGEST];
        let name = taken(name, &mut text)?;
        self.take(caller, path)?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let room = &mut piece[..value.len().min(PIECE)];
        let length = place.follow(&mut self.fs, |fs, path| fs.attribute(path, name, room))?;
        self.deliver(length, value)
    }

    /// Gives one a value.
    pub(super) fn put_attribute(
        &mut self,
        caller: Caller,
        how: u32,
        path: &Lease<Read>,
        name: &Lease<Read>,
        value: &Lease<Read>,
    ) -> Answer<()> {
        let mut text = [0; LONGEST];
        let (how, name) = (replace(how)?, taken(name, &mut text)?);
        self.take_to_change(caller, path)?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let length = value.read(0, piece)?;
        let value = &piece[..length];
        Ok(place.follow(&mut self.fs, |fs, path| fs.set_attribute(path, name, value, how))?)
    }

    /// The names of all.
    pub(super) fn attributes_of(
        &mut self,
        caller: Caller,
        path: &Lease<Read>,
        names: &Lease<Write>,
    ) -> Answer<u32> {
        self.take(caller, path)?;
        let Memory { place, piece, .. } = &mut *self.memory;
        let room = &mut piece[..names.len().min(PIECE)];
        let length = place.follow(&mut self.fs, |fs, path| all_names(fs, path, room))?;
        self.deliver(length, names)
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
