//! FAT12, FAT16 and FAT32 as a [`FileSystem`](drv_fs_core::FileSystem).

mod system;

use crate::repair::{self, RepairMemory, Repairs};
use crate::sectors::{BLOCK, Blocks, LARGEST, Sector};
use crate::translate::{self, clock, info, is_named};
use core::ops::ControlFlow;
use drv_block::Block;
use drv_fs_core::{Attributes, Create, Error, Info, Names, OpenTable, Path, Shared};
use hadris_fat::embedded::sync::Fat as Hadris;
use hadris_fat::embedded::{Dir, File, MountToken, Node, Options};
use hadris_fat_raw::fold_unicode;
use hadris_fat_raw::io::BlockBuf;
use hadris_fat_raw::io::sync::{read_fat, read_geometry};
use hadris_fs::{DirCursor, OpenOptions};

/// How many files can be open at once.
pub const MAX_FILES: usize = 16;
/// How many names of files, and of directories, are known without looking.
const NAMES: usize = 64;
const DIRECTORIES: usize = 16;
/// The largest file, in bytes.
const MAX_SIZE: u64 = u32::MAX as u64;

type Volume<'p, B> = Hadris<'p, Blocks<'p, B>, MAX_FILES>;
type Result<T> = core::result::Result<T, Error>;

/// The memory of a mount: its mark, a sector, and what is known of it.
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

/// What is known of a mount, apart from it: it would be much for a stack.
#[derive(Debug)]
struct Known<'p> {
    /// What was found by reading directories. A file that is made moves no other; anything else
    /// that happens to names makes all of it void.
    names: Names<Found<'p>, NAMES>,
    directories: Names<Dir, DIRECTORIES>,
    open: OpenTable<Opened<'p>, MAX_FILES>,
    repairs: Repairs,
    repair: Option<&'p mut RepairMemory>,
    /// Before which place in a directory the last file was made. Much may have happened there since.
    made: Option<(Dir, DirCursor)>,
}

impl Known<'_> {
    const fn new() -> Self {
        Self {
            names: Names::new(),
            directories: Names::new(),
            open: OpenTable::new(),
            repairs: Repairs::NONE,
            repair: None,
            made: None,
        }
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
    known: &'p mut Known<'p>,
}

impl<'p, B: Block> Fat<'p, B> {
    /// The file system on a device, not mounted yet.
    pub const fn new(place: &'p mut Place<'p>, device: B) -> Self {
        let Place { token, sector, known } = place;
        let unmounted = Some((Blocks::new(sector, device), token));
        Self { unmounted, volume: None, known }
    }

    /// With memory to repair it with, when it is mounted. Without, it is mounted as it is.
    #[must_use]
    pub fn repairing(self, memory: &'p mut RepairMemory) -> Self {
        self.known.repair = Some(memory);
        self
    }

    /// Whether it is mounted.
    #[must_use]
    pub const fn is_mounted(&self) -> bool {
        self.volume.is_some()
    }

    /// What the mount had to repair.
    #[must_use]
    pub const fn repaired(&self) -> Repairs {
        self.known.repairs
    }

    /// The device, once nobody needs the file system any more. What was not synced is lost.
    pub fn into_device(self) -> Option<B> {
        let mounted = self.volume.map(Volume::into_inner);
        mounted.or(self.unmounted.map(|(blocks, _)| blocks)).map(|blocks| blocks.device)
    }

    /// A mount takes the token for good, so first a look whether it will succeed. A disk that
    /// takes no writes is not repaired.
    fn attempt(&mut self) -> Result<Volume<'p, B>> {
        let (blocks, _) = self.unmounted.as_mut().ok_or(Error::Corrupt)?;
        blocks.begin()?;
        let mut block = BlockBuf::<[u8; BLOCK]>::new(BLOCK).ok_or(Error::NotRecognized)?;
        let geometry = read_geometry(blocks, &mut block).map_err(translate::error)?;
        read_fat(blocks, &mut block, geometry).map_err(translate::error)?;
        let mut options = Options::new().with_clock(clock).with_fold(fold_unicode);
        if !blocks.is_writable() {
            options = options.read_only();
        } else if let Some(memory) = &mut self.known.repair {
            self.known.repairs = repair::repair(blocks, &geometry, memory)?;
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
        let opened = self.known.open.get(file).ok_or(Error::NotFound)?;
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
        let found = self.find_from(directory, name, DirCursor::START)?;
        Ok(found.map(|(found, _)| found))
    }

    /// The same from a cursor on, and the cursor before it.
    fn find_from(
        &mut self,
        directory: Dir,
        name: &str,
        from: DirCursor,
    ) -> Result<Option<(Found<'p>, DirCursor)>> {
        let (mut found, mut before) = (None, from);
        let volume = self.volume()?;
        let look = |entry: &hadris_fat::embedded::Entry<'_, 'p>| {
            if !is_named(entry, name) {
                before = entry.next_cursor();
                return ControlFlow::Continue(());
            }
            found = Some((Found { node: entry.node(), info: info(&entry.metadata()) }, before));
            ControlFlow::Break(())
        };
        volume.list(directory, from, look).map_err(translate::error)?;
        Ok(found)
    }

    /// What was just made in a directory: as a rule where the last was, or behind it.
    fn find_new(&mut self, directory: Dir, name: &str) -> Result<Option<Found<'p>>> {
        let hint = self.known.made.filter(|(there, _)| *there == directory);
        let near = hint.map_or(Ok(None), |(_, from)| self.find_from(directory, name, from))?;
        let found = match near {
            None => self.find_from(directory, name, DirCursor::START)?,
            near => near,
        };
        self.known.made = found.map(|(_, before)| (directory, before));
        Ok(found.map(|(found, _)| found))
    }

    /// What is known about an open file, from its entry and its size as of the last write.
    fn info_of(&mut self, file: Shared) -> Result<Info> {
        let (volume, opened) = self.opened(file)?;
        let metadata = volume.stat(&opened.file).map_err(translate::error)?;
        Ok(info(&metadata))
    }

    /// Notes how large an open file is after something may have changed it.
    fn note_size(&mut self, file: Shared) -> Result<()> {
        if let Some(opened) = self.known.open.get_mut(file) {
            opened.changed = true;
        }
        let size = self.info_of(file)?.size;
        if let Some(opened) = self.known.open.get_mut(file) {
            opened.size = size;
        }
        Ok(())
    }

    /// Opens what was found, or counts that it was opened once more; says what is known about it.
    fn open_found(&mut self, found: &Found<'p>) -> Result<(Shared, Info)> {
        if found.info.is_directory() {
            return Err(Error::IsADirectory);
        }
        if let Some(file) = self.known.open.find(|opened| opened.node == found.node) {
            let info = self.info_of(file)?;
            self.known.open.again(file);
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

    /// Opens what a path leads to, or makes it. Who may make a file most often does, and making it
    /// is to look for it, too.
    fn open_or_create(&mut self, path: Path<'_>, create: Create) -> Result<(Shared, Info)> {
        let is_known = self.known.names.get(path).is_some();
        let can_make = self.known.open.has_room() && !self.volume()?.is_read_only();
        if create != Create::Never && can_make && !is_known {
            match self.create(path) {
                Err(Error::AlreadyExists) if create == Create::IfMissing => {}
                made => return made,
            }
        }
        match (self.look_up(path)?, create) {
            (Some(_), Create::New) => Err(Error::AlreadyExists),
            (Some(found), _) => self.open_found(&found),
            (None, Create::Never) => Err(Error::NotFound),
            (None, _) => self.create(path),
        }
    }

    /// Makes a file and opens it.
    fn create(&mut self, path: Path<'_>) -> Result<(Shared, Info)> {
        if !self.known.open.has_room() {
            return Err(Error::TooManyOpen);
        }
        let (directory, name) = self.parent(path, Error::IsADirectory)?;
        let options = OpenOptions::new().read().write().create_new();
        let file = self.volume()?.open(directory, name, options).map_err(translate::error)?;
        match self.find_new(directory, name) {
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
        self.known.open.insert(opened).or_else(|opened| {
            self.let_go(opened.file)?;
            Err(Error::TooManyOpen)
        })
    }

    fn let_go(&mut self, file: File<'p>) -> Result<()> {
        self.volume()?.close(file).map_err(translate::error)
    }
}
