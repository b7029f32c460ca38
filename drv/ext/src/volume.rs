//! The file system as its server sees it.

use crate::attributes::{self, Attribute};
use crate::directory::{self, Reader};
use crate::disk::Disk;
use crate::inode::{Inode, ROOT};
use crate::known::Known;
use crate::map::{self, Run};
use crate::superblock::{PLACE, SIZE, Superblock};
use core::ops::ControlFlow;
use drv_block::Block;
use drv_fs_core::{Create, Entry, Error, FileSystem, Info, Kind, Open, Path, Replace, Space};

/// An open file: the number of its inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File(u32);

/// A file system on a device, to be read.
#[derive(Debug)]
pub struct Ext<'m, B> {
    disk: Disk<B>,
    mounted: Option<Superblock>,
    known: &'m mut Known,
    /// The run that was found last: whose it is, and its first block there.
    run: Option<(u32, u64, Run)>,
}

impl<'m, B: Block> Ext<'m, B> {
    /// What is on a device, once it is mounted.
    pub const fn new(device: B, known: &'m mut Known) -> Self {
        Self { disk: Disk::new(device), mounted: None, known, run: None }
    }

    fn mounted(&self) -> Result<Superblock, Error> {
        self.mounted.ok_or(Error::NoDevice)
    }

    /// For every call that would change something.
    fn unchanged<T>(&self) -> Result<T, Error> {
        self.mounted().and(Err(Error::ReadOnly))
    }

    /// The same where a path leads, if it does not lead elsewhere.
    fn unchanged_at(&mut self, path: Path<'_>) -> Result<(), Error> {
        match self.find(path) {
            Err(Error::Link) => Err(Error::Link),
            _ => self.unchanged(),
        }
    }

    fn inode(&mut self, number: u32) -> Result<Inode, Error> {
        let it = self.mounted()?;
        if let Some(inode) = self.known.inode(number) {
            return Ok(inode);
        }
        let inode = Inode::read(&mut self.disk, &it, number)?;
        self.known.keep(inode);
        Ok(inode)
    }

    /// What a path leads to.
    fn find(&mut self, path: Path<'_>) -> Result<Inode, Error> {
        if let Some(&inode) = self.known.names.get(path) {
            return self.mounted().map(|_| inode);
        }
        let inode = match path.split_last() {
            None => self.inode(ROOT)?,
            Some((parent, name)) => {
                let directory = self.directory(parent)?;
                self.enter(&directory, name)?
            }
        };
        self.known.names.put(path, inode);
        Ok(inode)
    }

    /// The same of the directories on the way to a name.
    fn directory(&mut self, path: Path<'_>) -> Result<Inode, Error> {
        if let Some(&inode) = self.known.names.get(path) {
            return Ok(inode);
        }
        let mut inode = self.inode(ROOT)?;
        for name in path.names() {
            inode = self.enter(&inode, name)?;
        }
        self.known.names.put(path, inode);
        Ok(inode)
    }

    /// What has this name in a directory.
    fn enter(&mut self, directory: &Inode, name: &str) -> Result<Inode, Error> {
        let it = self.mounted()?;
        directory_of(directory)?;
        let number = directory::find(&mut self.disk, &it, directory, name.as_bytes())?;
        self.inode(number)
    }

    /// The run with this block of a file, counted from it.
    fn run(&mut self, it: &Superblock, inode: &Inode, block: u64) -> Result<Run, Error> {
        if let Some((number, first, run)) = self.run {
            let skipped = block.wrapping_sub(first);
            if number == inode.number && skipped < run.count {
                let block = run.block.map(|begin| begin + skipped);
                return Ok(Run { block, count: run.count - skipped });
            }
        }
        let run = map::find(&mut self.disk, it, inode, block)?;
        self.run = Some((inode.number, block, run));
        Ok(run)
    }

    /// Fills `into` from byte `at` of a file on, which has them all.
    fn fill(&mut self, inode: &Inode, mut at: u64, into: &mut [u8]) -> Result<(), Error> {
        let it = self.mounted()?;
        inode.readable()?;
        let size = u64::from(it.block_size);
        let mut rest = into;
        while !rest.is_empty() {
            let run = self.run(&it, inode, at / size)?;
            let within = at % size;
            let bytes = run.count.saturating_mul(size) - within;
            let count = usize::try_from(bytes).map_or(rest.len(), |bytes| bytes.min(rest.len()));
            match run.block {
                Some(block) => self.disk.read(block * size + within, &mut rest[..count])?,
                None => rest[..count].fill(0),
            }
            at += count as u64;
            rest = &mut rest[count..];
        }
        Ok(())
    }
}

fn directory_of(inode: &Inode) -> Result<(), Error> {
    match inode.kind() {
        Kind::Directory => Ok(()),
        Kind::Link => Err(Error::Link),
        Kind::File | Kind::Other => Err(Error::NotADirectory),
    }
}

impl<B: Block> FileSystem for Ext<'_, B> {
    type File = File;

    fn mount(&mut self) -> Result<(), Error> {
        if self.mounted.is_some() {
            return Ok(());
        }
        self.known.forget();
        self.run = None;
        self.disk.begin()?;
        if self.disk.length() < PLACE + SIZE as u64 {
            return Err(Error::NotRecognized);
        }
        let superblock = self.disk.array::<SIZE>(PLACE)?;
        self.mounted = Some(Superblock::parse(&superblock, self.disk.length())?);
        Ok(())
    }

    fn stat(&mut self, path: Path<'_>) -> Result<Info, Error> {
        Ok(self.find(path)?.info())
    }

    fn open(&mut self, path: Path<'_>, how: Open) -> Result<(File, Info), Error> {
        let inode = match self.find(path) {
            Err(Error::NotFound) if how.create != Create::Never => return self.unchanged(),
            Ok(_) if how.create == Create::New => return Err(Error::AlreadyExists),
            found => found?,
        };
        match inode.kind() {
            Kind::Directory => Err(Error::IsADirectory),
            Kind::Link => Err(Error::Link),
            Kind::Other => Err(Error::Unsupported),
            Kind::File if how.truncate => self.unchanged(),
            Kind::File => inode.readable().map(|()| (File(inode.number), inode.info())),
        }
    }

    fn close(&mut self, _: File) -> Result<(), Error> {
        Ok(())
    }

    fn info(&mut self, file: File) -> Result<Info, Error> {
        Ok(self.inode(file.0)?.info())
    }

    fn read(&mut self, file: File, offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        let inode = self.inode(file.0)?;
        let left = inode.size.saturating_sub(offset);
        let count = usize::try_from(left).map_or(into.len(), |left| left.min(into.len()));
        self.fill(&inode, offset, &mut into[..count])?;
        Ok(count)
    }

    fn write(&mut self, _: File, _: u64, _: &[u8]) -> Result<(), Error> {
        self.unchanged()
    }

    fn truncate(&mut self, _: File, _: u64) -> Result<(), Error> {
        self.unchanged()
    }

    fn make_directory(&mut self, path: Path<'_>) -> Result<(), Error> {
        self.unchanged_at(path)
    }

    fn remove_directory(&mut self, path: Path<'_>) -> Result<(), Error> {
        self.unchanged_at(path)
    }

    fn remove(&mut self, path: Path<'_>) -> Result<(), Error> {
        self.unchanged_at(path)
    }

    fn rename(&mut self, from: Path<'_>, to: Path<'_>) -> Result<(), Error> {
        match self.find(from) {
            Err(Error::Link) => Err(Error::Link),
            _ => self.unchanged_at(to),
        }
    }

    /// Names that are no text are left out: no path leads to them.
    fn list(
        &mut self,
        path: Path<'_>,
        cookie: u64,
        mut each: impl FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let it = self.mounted()?;
        let directory = self.find(path)?;
        directory_of(&directory)?;
        let mut reader = Reader::new(&it, &directory, cookie)?;
        while let Some(found) = reader.next(&mut self.disk, &it, &directory)? {
            let Ok(name) = core::str::from_utf8(found.name()) else { continue };
            let info = self.inode(found.inode)?.info();
            if each(&Entry { name, next: found.next, info }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn change(&mut self, path: Path<'_>, _: &drv_fs_core::Change) -> Result<(), Error> {
        self.unchanged_at(path)
    }

    fn make_link(&mut self, path: Path<'_>, _: &str) -> Result<(), Error> {
        self.unchanged_at(path)
    }

    fn read_link(&mut self, path: Path<'_>, into: &mut [u8]) -> Result<usize, Error> {
        let inode = self.find(path)?;
        if inode.kind() != Kind::Link {
            return Err(Error::Unsupported);
        }
        let size = usize::try_from(inode.size).map_err(|_| Error::Corrupt)?;
        let into = into.get_mut(..size).ok_or(Error::NameTooLong)?;
        match inode.short_target() {
            Some(target) => into.copy_from_slice(target),
            None => self.fill(&inode, 0, into)?,
        }
        Ok(size)
    }

    fn attribute(&mut self, path: Path<'_>, name: &str, into: &mut [u8]) -> Result<usize, Error> {
        let (it, inode) = (self.mounted()?, self.find(path)?);
        let mut found = Err(Error::NoAttribute);
        attributes::all(&mut self.disk, &it, &inode, |disk, attribute| {
            let is_it = attribute.name() == name.as_bytes();
            if is_it {
                found = attribute.value(disk, into);
            }
            Ok(is_it)
        })?;
        found
    }

    fn set_attribute(
        &mut self,
        path: Path<'_>,
        _: &str,
        _: &[u8],
        _: Replace,
    ) -> Result<(), Error> {
        self.unchanged_at(path)
    }

    fn remove_attribute(&mut self, path: Path<'_>, _: &str) -> Result<(), Error> {
        self.unchanged_at(path)
    }

    fn attributes(
        &mut self,
        path: Path<'_>,
        mut each: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let (it, inode) = (self.mounted()?, self.find(path)?);
        attributes::all(&mut self.disk, &it, &inode, |_, attribute: &Attribute| {
            let name = core::str::from_utf8(attribute.name());
            Ok(name.is_ok_and(|name| each(name).is_break()))
        })
    }

    fn sync(&mut self) -> Result<(), Error> {
        self.mounted().map(|_| ())
    }

    fn space(&mut self) -> Result<Space, Error> {
        let it = self.mounted()?;
        Ok(Space {
            format: it.format,
            block_size: it.block_size,
            blocks: it.blocks,
            free: it.free_blocks.min(it.blocks),
            read_only: true,
        })
    }
}
