//! The file system as its clients see it.

use crate::cache::{Cache, Line, Lines, SECTOR, Sectors};
use crate::handles::{Client, Handle, Handles};
use crate::{Error, SectorError};
use core::ops::ControlFlow;
use hadris_fat::embedded::sync::Fat;
use hadris_fat::embedded::{Dir, File, MountToken, Options};
use hadris_fat_raw::io::BlockBuf;
use hadris_fat_raw::io::sync::{read_fat, read_geometry};
use hadris_fs::{DirCursor, FileType, Metadata, OpenOptions, SeekFrom};

/// How much can be open at once, over all clients.
pub const MAX_OPEN: usize = 16;
/// How much one client can have open.
pub const MAX_OPEN_PER_CLIENT: usize = 8;
/// The longest name there is, in bytes: 255 UTF-16 units, each at most three bytes of UTF-8.
pub const MAX_NAME: usize = 255 * 3;

type Volume<'p, S> = Fat<'p, Cache<'p, S>, MAX_OPEN>;

/// The memory a file system works in, about 16 KiB: a cache of sectors, and the mark of its mount.
#[derive(Debug)]
pub struct Place {
    lines: Lines,
    token: MountToken,
}

impl Place {
    /// An empty place.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Line::NONE, token: MountToken::new() }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

/// What is known about a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Bytes; 0 for a directory.
    pub size: u64,
    /// The attributes as FAT keeps them: 1 read-only, 2 hidden, 4 system, 16 directory, 32 archive.
    pub attributes: u32,
    /// When it was last written, in seconds since 1970 as if the disk's clock were UTC; 0 if
    /// unknown.
    pub modified: u64,
}

impl Info {
    const DIRECTORY: u32 = 16;
    const ROOT: Self = Self { size: 0, attributes: Self::DIRECTORY, modified: 0 };

    /// Whether it is a directory.
    #[must_use]
    pub const fn is_directory(&self) -> bool {
        self.attributes & Self::DIRECTORY != 0
    }

    fn new(metadata: &Metadata) -> Self {
        let directory = metadata.file_type() == FileType::Dir;
        let seconds = metadata.modified().map_or(0, |time| time.unix_seconds());
        Self {
            size: if directory { 0 } else { metadata.len() },
            attributes: metadata.attributes().bits() | if directory { Self::DIRECTORY } else { 0 },
            modified: u64::try_from(seconds).unwrap_or(0),
        }
    }
}

/// One name in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where to go on after it.
    pub next: u64,
    /// Bytes of its name.
    pub name_length: usize,
    /// What it names.
    pub info: Info,
}

#[derive(Debug)]
enum Node<'p> {
    File(File<'p>),
    Directory(Dir),
}

/// Where a path leads.
enum Target<'n> {
    Directory(Dir),
    Entry(Dir, &'n str),
}

/// A file system, mounted as soon as somebody wants something of it and the disk is there.
#[derive(Debug)]
pub struct FileSystem<'p, S: Sectors> {
    /// Before it is mounted.
    unmounted: Option<(Cache<'p, S>, &'p mut MountToken)>,
    /// After.
    volume: Option<Volume<'p, S>>,
    handles: Handles<Node<'p>, MAX_OPEN>,
}

impl<'p, S: Sectors> FileSystem<'p, S> {
    /// A file system on `sectors`, not mounted yet. `seed` must differ from life to life of the
    /// server, so that handles of an earlier one are recognized.
    pub const fn new(place: &'p mut Place, sectors: S, seed: u32) -> Self {
        let Place { lines, token } = place;
        let unmounted = Some((Cache::new(lines, sectors), token));
        Self { unmounted, volume: None, handles: Handles::new(seed) }
    }

    /// Mounts it, if that is still to be done. Every other call begins with this.
    pub fn mount(&mut self) -> Result<(), Error> {
        self.mounted().map(|_| ())
    }

    /// Whether it is mounted.
    #[must_use]
    pub const fn is_mounted(&self) -> bool {
        self.volume.is_some()
    }

    fn mounted(&mut self) -> Result<&mut Volume<'p, S>, Error> {
        if self.volume.is_none() {
            self.volume = Some(self.attempt()?);
        }
        self.volume.as_mut().ok_or(Error::Corrupt)
    }

    /// A mount takes the token for good, so first a look whether it will succeed.
    fn attempt(&mut self) -> Result<Volume<'p, S>, Error> {
        let (cache, _) = self.unmounted.as_mut().ok_or(Error::Corrupt)?;
        cache.begin()?;
        let mut block = BlockBuf::<[u8; SECTOR]>::new(SECTOR).ok_or(Error::NotRecognized)?;
        let geometry = read_geometry(cache, &mut block)?;
        read_fat(cache, &mut block, geometry)?;
        let (cache, token) = self.unmounted.take().ok_or(Error::Corrupt)?;
        Fat::mount_with(cache, token, Options::new().read_only())
            .map_err(|failed| failed.into_error().into())
    }

    /// Opens a file or directory by its path from the root.
    pub fn open(&mut self, client: Client, path: &str) -> Result<(Handle, Info), Error> {
        self.forget(|owner| owner.task == client.task && owner.life != client.life);
        if !self.handles.has_room(client, MAX_OPEN_PER_CLIENT) {
            return Err(Error::TooManyOpen);
        }
        let volume = self.mounted()?;
        let (node, info) = match resolve(volume, path)? {
            Target::Directory(directory) => (Node::Directory(directory), Info::ROOT),
            Target::Entry(parent, name) => open_entry(volume, parent, name)?,
        };
        match self.handles.insert(client, node) {
            Ok(handle) => Ok((handle, info)),
            Err(node) => {
                self.drop_node(node);
                Err(Error::TooManyOpen)
            }
        }
    }

    /// Closes what `client` opened.
    pub fn close(&mut self, client: Client, handle: Handle) -> Result<(), Error> {
        let node = self.handles.remove(client, handle)?;
        self.drop_node(node);
        Ok(())
    }

    /// Closes what clients opened that are no more.
    pub fn forget(&mut self, gone: impl Fn(Client) -> bool) {
        while let Some(node) = self.handles.take_stale(&gone) {
            self.drop_node(node);
        }
    }

    fn drop_node(&mut self, node: Node<'p>) {
        if let (Node::File(file), Some(volume)) = (node, self.volume.as_mut()) {
            // Nothing was written, so nothing is left to fail.
            let _ = volume.close(file);
        }
    }

    /// Reads from `offset` on; less than asked for only at the file's end.
    pub fn read(
        &mut self,
        client: Client,
        handle: Handle,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, Error> {
        let Node::File(file) = self.handles.get(client, handle)? else {
            return Err(Error::IsADirectory);
        };
        let volume = self.volume.as_mut().ok_or(Error::BadHandle)?;
        if offset >= volume.stat(file)?.len() {
            return Ok(0);
        }
        volume.seek(file, SeekFrom::Start(offset))?;
        Ok(volume.read(file, into)?)
    }

    /// What a path leads to.
    pub fn stat(&mut self, path: &str) -> Result<Info, Error> {
        let volume = self.mounted()?;
        match resolve(volume, path)? {
            Target::Directory(_) => Ok(Info::ROOT),
            Target::Entry(parent, name) => Ok(Info::new(&volume.metadata(parent, name)?)),
        }
    }

    /// The first name of an open directory at or after `cookie`: 0 in the beginning, later what
    /// [`Entry::next`] said. `None` at the end.
    pub fn read_directory(
        &mut self,
        client: Client,
        handle: Handle,
        cookie: u64,
        name: &mut [u8],
    ) -> Result<Option<Entry>, Error> {
        let Node::Directory(directory) = *self.handles.get(client, handle)? else {
            return Err(Error::NotADirectory);
        };
        let volume = self.volume.as_mut().ok_or(Error::BadHandle)?;
        let mut found = Ok(None);
        volume.list(directory, DirCursor::from_raw(cookie), |entry| {
            found = encode(entry.chars(), name).map(|name_length| {
                let info = Info::new(&entry.metadata());
                Some(Entry { next: entry.next_cursor().into_raw(), name_length, info })
            });
            ControlFlow::Break(())
        })?;
        found
    }
}

type Fallible<T> = Result<T, hadris_fs::Error<SectorError>>;

/// Follows a path down to its last name.
fn resolve<'n, S: Sectors>(volume: &mut Volume<'_, S>, path: &'n str) -> Fallible<Target<'n>> {
    let mut directory = volume.root();
    let mut names = path.split('/').filter(|name| !name.is_empty()).peekable();
    while let Some(name) = names.next() {
        if names.peek().is_none() && name != "." && name != ".." {
            return Ok(Target::Entry(directory, name));
        }
        directory = volume.open_dir(directory, name)?;
    }
    Ok(Target::Directory(directory))
}

fn open_entry<'p, S: Sectors>(
    volume: &mut Volume<'p, S>,
    parent: Dir,
    name: &str,
) -> Fallible<(Node<'p>, Info)> {
    let metadata = volume.metadata(parent, name)?;
    let node = if metadata.file_type() == FileType::Dir {
        Node::Directory(volume.open_dir(parent, name)?)
    } else {
        Node::File(volume.open(parent, name, OpenOptions::new().read())?)
    };
    Ok((node, Info::new(&metadata)))
}

/// Writes text as UTF-8.
fn encode(text: impl Iterator<Item = char>, into: &mut [u8]) -> Result<usize, Error> {
    let mut length = 0;
    for character in text {
        let room = into.get_mut(length..length + character.len_utf8()).ok_or(Error::NameTooLong)?;
        character.encode_utf8(room);
        length += character.len_utf8();
    }
    Ok(length)
}
