//! FAT12, FAT16 and FAT32 as a [`FileSystem`].

use crate::sectors::{BLOCK, Blocks, LARGEST, Sector};
use crate::translate::{self, changes, clock, encode, equal, info, is_named};
use core::ops::ControlFlow;
use drv_block::Block;
use drv_fs_core::{
    Attributes, Change, Create, Entry, Error, FileSystem, Info, MAX_NAME, Names, Open, OpenTable,
    Path, Shared, Space,
};
use hadris_fat::embedded::sync::Fat as Hadris;
use hadris_fat::embedded::{Dir, File, MountToken, Node, Options};
use hadris_fat_raw::io::BlockBuf;
use hadris_fat_raw::io::sync::{read_fat, read_geometry};
use hadris_fat_raw::{FatKind, fold_unicode};
use hadris_fs::{DirCursor, OpenOptions, SeekFrom};

/// How many files can be open at once.
pub const MAX_FILES: usize = 16;
/// How many names of files, and of directories, are known without looking.
const NAMES: usize = 64;
const DIRECTORIES: usize = 16;
/// The largest file, in bytes.
const MAX_SIZE: u64 = u32::MAX as u64;

type Volume<'p, B> = Hadris<'p, Blocks<'p, B>, MAX_FILES>;
type Result<T> = core::result::Result<T, Error>;

/// The memory of a mount: its mark, a sector, and names.
#[derive(Debug)]
pub struct Place<'p> {
    token: MountToken,
    sector: Sector,
    known: Known<'p>,
}

impl Default for Place<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl Place<'_> {
    /// An empty place.
    #[must_use]
    pub const fn new() -> Self {
        Self { token: MountToken::new(), sector: [0; LARGEST], known: Known::new() }
    }
}

/// What was found by reading directories. A file that is made moves no other; anything else that
/// happens to names makes all of it void.
#[derive(Debug)]
struct Known<'p> {
    names: Names<Found<'p>, NAMES>,
    directories: Names<Dir, DIRECTORIES>,
}

impl Known<'_> {
    const fn new() -> Self {
        Self { names: Names::new(), directories: Names::new() }
    }

    fn forget(&mut self) {
        self.names.clear();
        self.directories.clear();
    }
}

/// An open file.
#[derive(Debug)]
struct Opened<'p> {
    file: File<'p>,
    /// Its entry, which tells it from others.
    node: Node<'p>,
    /// The entry's own mark.
    read_only: bool,
    /// Its size: the entry is told later.
    size: u64,
    /// Something was written, so that what its name led to is another now.
    changed: bool,
}

/// What a name leads to.
#[derive(Clone, Copy, Debug)]
struct Found<'p> {
    node: Node<'p>,
    info: Info,
}

/// A FAT file system.
#[derive(Debug)]
pub struct Fat<'p, B: Block> {
    /// Before it is mounted.
    unmounted: Option<(Blocks<'p, B>, &'p mut MountToken)>,
    /// After.
    volume: Option<Volume<'p, B>>,
    open: OpenTable<Opened<'p>, MAX_FILES>,
    known: &'p mut Known<'p>,
}

impl<'p, B: Block> Fat<'p, B> {
    /// The file system on a device, not mounted yet.
    pub const fn new(place: &'p mut Place<'p>, device: B) -> Self {
        let Place { token, sector, known } = place;
        let unmounted = Some((Blocks::new(sector, device), token));
        Self { unmounted, volume: None, open: OpenTable::new(), known }
    }

    /// Whether it is mounted.
    #[must_use]
    pub const fn is_mounted(&self) -> bool {
        self.volume.is_some()
    }

    /// Whether it was not unmounted, or synced, in its earlier life: something may be missing.
    /// FAT12 has no place to remember that.
    #[must_use]
    pub fn was_dirty(&self) -> bool {
        self.volume.as_ref().is_some_and(Volume::was_dirty)
    }

    /// The device, once nobody needs the file system any more. What was not synced is lost.
    pub fn into_device(self) -> Option<B> {
        let mounted = self.volume.map(Volume::into_inner);
        mounted.or(self.unmounted.map(|(blocks, _)| blocks)).map(|blocks| blocks.device)
    }

    /// A mount takes the token for good, so first a look whether it will succeed.
    fn attempt(&mut self) -> Result<Volume<'p, B>> {
        let (blocks, _) = self.unmounted.as_mut().ok_or(Error::Corrupt)?;
        blocks.begin()?;
        let mut block = BlockBuf::<[u8; BLOCK]>::new(BLOCK).ok_or(Error::NotRecognized)?;
        let geometry = read_geometry(blocks, &mut block).map_err(translate::error)?;
        read_fat(blocks, &mut block, geometry).map_err(translate::error)?;
        let mut options = Options::new().with_clock(clock).with_fold(fold_unicode);
        if !blocks.is_writable() {
            options = options.read_only();
        }
        let (blocks, token) = self.unmounted.take().ok_or(Error::Corrupt)?;
        Hadris::mount_with(blocks, token, options)
            .map_err(|failed| translate::error(failed.into_error()))
    }

    fn volume(&mut self) -> Result<&mut Volume<'p, B>> {
        self.volume.as_mut().ok_or(Error::NoDevice)
    }

    /// The volume, and what is open under this name.
    fn opened(&mut self, file: Shared) -> Result<(&mut Volume<'p, B>, &Opened<'p>)> {
        let volume = self.volume.as_mut().ok_or(Error::NoDevice)?;
        let opened = self.open.get(file).ok_or(Error::NotFound)?;
        Ok((volume, opened))
    }

    /// The same, to be written to.
    fn opened_to_write(&mut self, file: Shared) -> Result<(&mut Volume<'p, B>, &Opened<'p>)> {
        let (volume, opened) = self.opened(file)?;
        if opened.read_only || volume.is_read_only() {
            return Err(Error::ReadOnly);
        }
        Ok((volume, opened))
    }

    /// The directory that a path leads to.
    fn directory(&mut self, path: Path<'_>) -> Result<Dir> {
        if let Some(&directory) = self.known.directories.get(path) {
            return Ok(directory);
        }
        let volume = self.volume()?;
        let mut directory = volume.root();
        for name in path.names() {
            directory = volume.open_dir(directory, name).map_err(translate::error)?;
        }
        self.known.directories.put(path, directory);
        Ok(directory)
    }

    /// What a path leads to that is not the root.
    fn look_up(&mut self, path: Path<'_>) -> Result<Option<Found<'p>>> {
        if let Some(&found) = self.known.names.get(path) {
            return Ok(Some(found));
        }
        let (directory, name) = self.parent(path, Error::IsADirectory)?;
        let found = self.find(directory, name)?;
        if let Some(found) = found {
            self.known.names.put(path, found);
        }
        Ok(found)
    }

    /// The directory in which a path ends, and the name there; `root` is said of the root itself.
    fn parent<'n>(&mut self, path: Path<'n>, root: Error) -> Result<(Dir, &'n str)> {
        let (parent, name) = path.split_last().ok_or(root)?;
        Ok((self.directory(parent)?, name))
    }

    /// What has this name in a directory.
    fn find(&mut self, directory: Dir, name: &str) -> Result<Option<Found<'p>>> {
        let mut found = None;
        let volume = self.volume()?;
        let look = |entry: &hadris_fat::embedded::Entry<'_, 'p>| {
            if !is_named(entry, name) {
                return ControlFlow::Continue(());
            }
            found = Some(Found { node: entry.node(), info: info(&entry.metadata()) });
            ControlFlow::Break(())
        };
        volume.list(directory, DirCursor::START, look).map_err(translate::error)?;
        Ok(found)
    }

    /// What is known about an open file, from its entry and its size as of the last write.
    fn info_of(&mut self, file: Shared) -> Result<Info> {
        let (volume, opened) = self.opened(file)?;
        let metadata = volume.stat(&opened.file).map_err(translate::error)?;
        Ok(info(&metadata))
    }

    /// Notes how large an open file is after something may have changed it.
    fn note_size(&mut self, file: Shared) -> Result<()> {
        if let Some(opened) = self.open.get_mut(file) {
            opened.changed = true;
        }
        let size = self.info_of(file)?.size;
        if let Some(opened) = self.open.get_mut(file) {
            opened.size = size;
        }
        Ok(())
    }

    /// Opens what was found, or counts that it was opened once more; says what is known about it.
    fn open_found(&mut self, found: &Found<'p>) -> Result<(Shared, Info)> {
        if found.info.is_directory() {
            return Err(Error::IsADirectory);
        }
        if let Some(file) = self.open.find(|opened| opened.node == found.node) {
            let info = self.info_of(file)?;
            self.open.again(file);
            return Ok((file, info));
        }
        let read_only = found.info.attributes.contains(Attributes::READ_ONLY);
        let volume = self.volume()?;
        let mut options = OpenOptions::new().read();
        if !volume.is_read_only() {
            options = options.write();
        }
        let file = volume.open_node(found.node, options).map_err(translate::error)?;
        let size = found.info.size;
        let opened = Opened { file, node: found.node, read_only, size, changed: false };
        self.keep(opened).map(|file| (file, found.info))
    }

    /// Makes a file and opens it.
    fn create(&mut self, path: Path<'_>) -> Result<(Shared, Info)> {
        if !self.open.has_room() {
            return Err(Error::TooManyOpen);
        }
        let (directory, name) = self.parent(path, Error::IsADirectory)?;
        let options = OpenOptions::new().read().write().create_new();
        let file = self.volume()?.open(directory, name, options).map_err(translate::error)?;
        match self.find(directory, name) {
            Ok(Some(Found { node, info })) => {
                let opened = Opened { file, node, read_only: false, size: 0, changed: true };
                self.keep(opened).map(|file| (file, info))
            }
            other => {
                self.let_go(file)?;
                other.and(Err(Error::Corrupt))
            }
        }
    }

    fn keep(&mut self, opened: Opened<'p>) -> Result<Shared> {
        self.open.insert(opened).or_else(|opened| {
            self.let_go(opened.file)?;
            Err(Error::TooManyOpen)
        })
    }

    fn let_go(&mut self, file: File<'p>) -> Result<()> {
        self.volume()?.close(file).map_err(translate::error)
    }
}

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

    fn set_clock(&mut self, seconds: u64) {
        translate::set_clock(seconds);
    }

    fn stat(&mut self, path: Path<'_>) -> Result<Info> {
        if path.is_root() {
            return self.volume().map(|_| Info::DIRECTORY);
        }
        let found = self.look_up(path)?.ok_or(Error::NotFound)?;
        match self.open.find(|opened| opened.node == found.node) {
            Some(file) => self.info_of(file),
            None => Ok(found.info),
        }
    }

    fn open(&mut self, path: Path<'_>, how: Open) -> Result<(Shared, Info)> {
        let (file, info) = match (self.look_up(path)?, how.create) {
            (Some(_), Create::New) => return Err(Error::AlreadyExists),
            (Some(found), _) => self.open_found(&found)?,
            (None, Create::Never) => return Err(Error::NotFound),
            (None, _) => self.create(path)?,
        };
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
        let Some(opened) = self.open.close(file) else { return Ok(()) };
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
        let open = self.open.find(|opened| opened.node == old.node);
        self.known.forget();
        self.volume()?
            .rename(old_directory, old_name, directory, name)
            .map_err(translate::error)?;
        // What is open has another entry now.
        if let Some(file) = open
            && let Some(new) = self.find(directory, name)?
            && let Some(opened) = self.open.get_mut(file)
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
        let (volume, open) = (self.volume.as_mut().ok_or(Error::NoDevice)?, &self.open);
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
        if let Some(file) = self.open.find(|opened| opened.node == node)
            && let Some(marks) = change.attributes
            && let Some(opened) = self.open.get_mut(file)
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
