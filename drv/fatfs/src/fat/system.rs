//! What a file system does, as the server asks for it.

use super::{Fat, MAX_SIZE, Result, Volume};
use crate::translate::{self, changes, encode, equal, info};
use core::ops::ControlFlow;
use drv_block::Block;
use drv_fs_core::{
    Attributes, Change, Entry, Error, FileSystem, Info, MAX_NAME, Open, Path, Shared, Space,
};
use hadris_fat::embedded::File;
use hadris_fat_raw::FatKind;
use hadris_fs::{DirCursor, SeekFrom};

/// Writes all of `data` from `offset` on.
fn write_all<B: Block>(
    volume: &mut Volume<'_, B>,
    file: &File<'_>,
    offset: u64,
    data: &[u8],
) -> Result<()> {
    volume.seek(file, SeekFrom::Start(offset)).map_err(translate::error)?;
    let mut rest = data;
    while !rest.is_empty() {
        match volume.write(file, rest).map_err(translate::error)? {
            0 => return Err(Error::NoSpace),
            count => rest = &rest[count.min(rest.len())..],
        }
    }
    Ok(())
}

/// Whether a path leads to somewhere inside another.
fn is_inside(path: Path<'_>, outer: Path<'_>) -> bool {
    let mut names = path.names();
    let begins = outer
        .names()
        .all(|name| names.next().is_some_and(|other| equal(name, other.encode_utf16())));
    begins && names.next().is_some()
}

impl<'p, B: Block> FileSystem for Fat<'p, B> {
    type File = Shared;

    fn mount(&mut self) -> Result<()> {
        if self.volume.is_none() {
            self.volume = Some(self.attempt()?);
        }
        Ok(())
    }

    fn repairs(&self) -> u32 {
        self.repaired().total()
    }

    fn set_clock(&mut self, seconds: u64) {
        translate::set_clock(seconds);
    }

    fn stat(&mut self, path: Path<'_>) -> Result<Info> {
        if path.is_root() {
            return self.volume().map(|_| Info::DIRECTORY);
        }
        let found = self.look_up(path)?.ok_or(Error::NotFound)?;
        match self.known.open.find(|opened| opened.node == found.node) {
            Some(file) => self.info_of(file),
            None => Ok(found.info),
        }
    }

    fn open(&mut self, path: Path<'_>, how: Open) -> Result<(Shared, Info)> {
        let (file, info) = self.open_or_create(path, how.create)?;
        if !how.truncate {
            return Ok((file, info));
        }
        let cut = self.truncate(file, 0);
        cut.and_then(|()| self.info_of(file)).map(|info| (file, info)).inspect_err(|_| {
            // The error that is told is the first.
            let _ = self.close(file);
        })
    }

    fn close(&mut self, file: Shared) -> Result<()> {
        let Some(opened) = self.known.open.close(file) else { return Ok(()) };
        if opened.changed {
            self.known.names.forget(|found| found.node == opened.node);
        }
        self.let_go(opened.file)
    }

    fn info(&mut self, file: Shared) -> Result<Info> {
        self.info_of(file)
    }

    fn read(&mut self, file: Shared, offset: u64, into: &mut [u8]) -> Result<usize> {
        let (volume, opened) = self.opened(file)?;
        if offset > MAX_SIZE {
            return Ok(0);
        }
        volume.seek(&opened.file, SeekFrom::Start(offset)).map_err(translate::error)?;
        let mut done = 0;
        while done < into.len() {
            match volume.read(&opened.file, &mut into[done..]).map_err(translate::error)? {
                0 => break,
                count => done += count,
            }
        }
        Ok(done)
    }

    fn write(&mut self, file: Shared, offset: u64, data: &[u8]) -> Result<()> {
        let (volume, opened) = self.opened_to_write(file)?;
        if offset.checked_add(data.len() as u64).is_none_or(|end| end > MAX_SIZE) {
            return Err(Error::TooLarge);
        }
        let written = write_all(volume, &opened.file, offset, data);
        // Also of a write that failed halfway.
        self.note_size(file).and(written)
    }

    fn truncate(&mut self, file: Shared, size: u64) -> Result<()> {
        let (volume, opened) = self.opened_to_write(file)?;
        let done = volume.set_len(&opened.file, size).map_err(translate::error);
        self.note_size(file).and(done)
    }

    fn make_directory(&mut self, path: Path<'_>) -> Result<()> {
        let (directory, name) = self.parent(path, Error::AlreadyExists)?;
        self.volume()?.create_dir(directory, name).map(|_| ()).map_err(translate::error)
    }

    fn remove_directory(&mut self, path: Path<'_>) -> Result<()> {
        let (directory, name) = self.parent(path, Error::Busy)?;
        self.known.forget();
        self.volume()?.remove_dir(directory, name).map_err(translate::error)
    }

    fn remove(&mut self, path: Path<'_>) -> Result<()> {
        let (directory, name) = self.parent(path, Error::IsADirectory)?;
        self.known.forget();
        self.volume()?.remove_file(directory, name).map_err(translate::error)
    }

    fn rename(&mut self, from: Path<'_>, to: Path<'_>) -> Result<()> {
        let (old_directory, old_name) = self.parent(from, Error::Busy)?;
        let (directory, name) = self.parent(to, Error::Busy)?;
        let old = self.find(old_directory, old_name)?.ok_or(Error::NotFound)?;
        if old.info.is_directory() && is_inside(to, from) {
            return Err(Error::Busy);
        }
        let open = self.known.open.find(|opened| opened.node == old.node);
        self.known.forget();
        self.volume()?
            .rename(old_directory, old_name, directory, name)
            .map_err(translate::error)?;
        // What is open has another entry now.
        if let Some(file) = open
            && let Some(new) = self.find(directory, name)?
            && let Some(opened) = self.known.open.get_mut(file)
        {
            opened.node = new.node;
        }
        Ok(())
    }

    fn list(
        &mut self,
        path: Path<'_>,
        cookie: u64,
        mut each: impl FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let directory = self.directory(path)?;
        let (volume, open) = (self.volume.as_mut().ok_or(Error::NoDevice)?, &self.known.open);
        let show = |entry: &hadris_fat::embedded::Entry<'_, 'p>| {
            let mut text = [0; MAX_NAME];
            // A name that no path can hold cannot be asked for either.
            let Some(name) = encode(entry.chars(), &mut text) else {
                return ControlFlow::Continue(());
            };
            let next = entry.next_cursor().into_raw();
            let mut info = info(&entry.metadata());
            if let Some((_, opened)) = open.all().find(|(_, opened)| opened.node == entry.node()) {
                info.size = opened.size;
            }
            each(&Entry { name, next, info })
        };
        let cookie = DirCursor::from_raw(cookie);
        volume.list(directory, cookie, show).map_err(translate::error)
    }

    fn change(&mut self, path: Path<'_>, change: &Change) -> Result<()> {
        let (directory, name) = self.parent(path, Error::Unsupported)?;
        let changes = changes(change)?;
        let node = self.find(directory, name)?.ok_or(Error::NotFound)?.node;
        self.known.forget();
        self.volume()?.set_attr(directory, name, &changes).map_err(translate::error)?;
        if let Some(file) = self.known.open.find(|opened| opened.node == node)
            && let Some(marks) = change.attributes
            && let Some(opened) = self.known.open.get_mut(file)
        {
            opened.read_only = marks.contains(Attributes::READ_ONLY);
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        self.volume()?.sync().map_err(translate::error)
    }

    fn sync_file(&mut self, file: Shared) -> Result<()> {
        let (volume, opened) = self.opened(file)?;
        if volume.is_read_only() {
            return Ok(());
        }
        volume.flush(&opened.file).map_err(translate::error)
    }

    fn space(&mut self) -> Result<Space> {
        let volume = self.volume()?;
        let format = match volume.info().kind() {
            FatKind::Fat12 => "fat12",
            FatKind::Fat16 => "fat16",
            FatKind::Fat32 => "fat32",
            _ => "fat",
        };
        let read_only = volume.is_read_only();
        let stats = volume.stats().map_err(translate::error)?;
        Ok(Space {
            format,
            block_size: volume.info().cluster_size(),
            blocks: stats.total_blocks(),
            free: stats.free_blocks(),
            read_only,
        })
    }
}
