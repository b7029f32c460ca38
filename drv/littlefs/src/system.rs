//! What every file system can be asked.

use crate::directory::info_of_file;
use crate::file::File;
use crate::leaf::{Body, Leaf};
use crate::note::Note;
use crate::tag::kind;
use crate::{Littlefs, Result};
use core::ops::ControlFlow;
use drv_block::Block;
use drv_fs_core::{
    Change, Create, Entry, Error, FileSystem, Info, Open, Path, Replace, Shared, Space,
};

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    fn ready(&mut self) -> Result<()> {
        self.mounted.then_some(()).ok_or(Error::NoDevice)?;
        self.settle_doubt()
    }

    fn writable(&mut self) -> Result<()> {
        self.ready()?;
        if self.device.read_only { Err(Error::ReadOnly) } else { Ok(()) }
    }

    /// An open file, to work with.
    fn file(&self, shared: Shared) -> Result<File> {
        self.open.get(shared).copied().ok_or(Error::NotFound)
    }

    /// Works with an open file, and keeps what became of it.
    fn with<T>(
        &mut self,
        shared: Shared,
        work: impl FnOnce(&mut Self, &mut File) -> Result<T>,
    ) -> Result<T> {
        let mut file = self.file(shared)?;
        let done = work(self, &mut file);
        self.put_back(&mut file);
        done
    }

    fn open_leaf(&mut self, leaf: &Leaf, truncate: bool) -> Result<(Shared, Info)> {
        let Leaf { pair, id, .. } = *leaf;
        let known = self.open.find(|file| file.spot.pair.meets(pair) && file.spot.id == id);
        let shared = match known {
            Some(shared) => {
                self.open.again(shared);
                shared
            }
            None => {
                let free = |buffer: &usize| self.open.find(|file| file.buffer == *buffer).is_none();
                let buffer = (0..N).find(free).ok_or(Error::TooManyOpen)?;
                let file = self.load(leaf, buffer)?;
                self.open.insert(file).map_err(|_| Error::TooManyOpen)?
            }
        };
        if truncate && self.file(shared)?.length() > 0 {
            let cut = self.with(shared, |fs, file| fs.resize(file, 0));
            if let Err(error) = cut {
                self.open.close(shared);
                return Err(error);
            }
        }
        Ok((shared, self.info(shared)?))
    }

    fn create(&mut self, path: Path<'_>) -> Result<Leaf> {
        self.begin_change()?;
        let (mut piece, id, name) = self.new_name(path)?;
        let notes = [
            Note::create(id),
            Note::new(kind::FILE, id, name.as_bytes()),
            Note::new(kind::INLINE, id, &[]),
        ];
        self.commit(&mut piece, &notes)?;
        self.leaf(path)?.ok_or(Error::Corrupt)
    }

    /// Tells the directories of everything open.
    fn tell_all(&mut self) -> Result<()> {
        let mut first = Ok(());
        for buffer in 0..N {
            let Some(shared) = self.open.find(|file| file.buffer == buffer) else { continue };
            let told = self.with(shared, |fs, file| fs.tell(file));
            first = first.and(told);
        }
        first
    }
}

impl<B: Block, const N: usize> FileSystem for Littlefs<'_, B, N> {
    type File = Shared;

    fn mount(&mut self) -> Result<()> {
        self.mount_now()
    }

    fn read_ahead_in(&mut self, memory: &'static mut [u8]) -> &'static mut [u8] {
        self.take_room(memory);
        &mut []
    }

    fn set_clock(&mut self, seconds: u64) {
        self.clock = seconds;
    }

    fn stat(&mut self, path: Path<'_>) -> Result<Info> {
        self.ready()?;
        if path.is_root() {
            return Ok(Info { modified: self.root_modified()?, ..Info::DIRECTORY });
        }
        let leaf = self.leaf(path)?.ok_or(Error::NotFound)?;
        Ok(self.info_of(&leaf))
    }

    fn open(&mut self, path: Path<'_>, how: Open) -> Result<(Shared, Info)> {
        self.ready()?;
        let there = if path.is_root() { None } else { self.leaf(path)? };
        let leaf = match there {
            _ if path.is_root() && how.create != Create::New => return Err(Error::IsADirectory),
            _ if path.is_root() => return Err(Error::AlreadyExists),
            Some(_) if how.create == Create::New => return Err(Error::AlreadyExists),
            Some(leaf) => leaf,
            None if how.create == Create::Never => return Err(Error::NotFound),
            None if !self.open.has_room() => return Err(Error::TooManyOpen),
            None => {
                self.writable()?;
                self.create(path)?
            }
        };
        if matches!(leaf.body, Body::Directory(_)) {
            return Err(Error::IsADirectory);
        }
        if how.truncate {
            self.writable()?;
        }
        self.open_leaf(&leaf, how.truncate)
    }

    fn close(&mut self, file: Shared) -> Result<()> {
        let told = self.with(file, |fs, file| fs.tell(file));
        self.open.close(file);
        told
    }

    fn info(&mut self, file: Shared) -> Result<Info> {
        let file = self.file(file)?;
        Ok(info_of_file(file.length(), file.modified))
    }

    fn read(&mut self, file: Shared, offset: u64, into: &mut [u8]) -> Result<usize> {
        self.with(file, |fs, file| {
            fs.finish(file)?;
            fs.read_file(file, offset, into)
        })
    }

    fn write(&mut self, file: Shared, offset: u64, data: &[u8]) -> Result<()> {
        self.writable()?;
        self.with(file, |fs, file| fs.write_file(file, offset, data))
    }

    fn truncate(&mut self, file: Shared, size: u64) -> Result<()> {
        self.writable()?;
        self.with(file, |fs, file| fs.resize(file, size))
    }

    fn make_directory(&mut self, path: Path<'_>) -> Result<()> {
        self.writable()?;
        self.add_directory(path)
    }

    fn remove_directory(&mut self, path: Path<'_>) -> Result<()> {
        self.writable()?;
        self.delete_directory(path)
    }

    fn remove(&mut self, path: Path<'_>) -> Result<()> {
        self.writable()?;
        if path.is_root() {
            return Err(Error::IsADirectory);
        }
        self.delete_file(path)
    }

    fn rename(&mut self, from: Path<'_>, to: Path<'_>) -> Result<()> {
        self.writable()?;
        self.rename_path(from, to)
    }

    fn list(
        &mut self,
        path: Path<'_>,
        cookie: u64,
        each: impl FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.ready()?;
        self.list_names(path, cookie, each)
    }

    fn change(&mut self, path: Path<'_>, change: &Change) -> Result<()> {
        self.writable()?;
        self.change_info(path, change)
    }

    fn attribute(&mut self, path: Path<'_>, name: &str, into: &mut [u8]) -> Result<usize> {
        self.ready()?;
        self.read_attribute(path, name, into)
    }

    fn set_attribute(
        &mut self,
        path: Path<'_>,
        name: &str,
        value: &[u8],
        replace: Replace,
    ) -> Result<()> {
        self.writable()?;
        self.write_attribute(path, name, value, replace)
    }

    fn remove_attribute(&mut self, path: Path<'_>, name: &str) -> Result<()> {
        self.writable()?;
        self.delete_attribute(path, name)
    }

    fn attributes(
        &mut self,
        path: Path<'_>,
        each: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<()> {
        self.ready()?;
        self.list_attributes(path, each)
    }

    fn sync(&mut self) -> Result<()> {
        self.ready()?;
        let told = self.tell_all();
        told.and(self.device.flush())
    }

    fn sync_file(&mut self, file: Shared) -> Result<()> {
        self.ready()?;
        self.with(file, |fs, file| fs.tell(file))
    }

    fn space(&mut self) -> Result<Space> {
        self.ready()?;
        let used = self.used_blocks()?;
        let blocks = u64::from(self.device.blocks);
        Ok(Space {
            format: "littlefs",
            block_size: self.device.block_size,
            blocks,
            free: blocks.saturating_sub(used),
            read_only: self.device.read_only,
        })
    }
}
