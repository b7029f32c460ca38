//! What is known about files, directories and whole file systems.

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes.
    File,
    /// Names of others.
    Directory,
    /// A path to follow.
    Link,
    /// A device, a pipe, a socket: of no use here.
    Other,
}

/// Marks that files have, those of FAT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes(pub u32);

impl Attributes {
    /// Not to be written.
    pub const READ_ONLY: Self = Self(1);
    /// Not to be listed to people.
    pub const HIDDEN: Self = Self(2);
    /// Belongs to the system.
    pub const SYSTEM: Self = Self(4);
    /// Written since the last backup.
    pub const ARCHIVE: Self = Self(32);

    /// Whether all of these are set.
    #[must_use]
    pub const fn contains(self, marks: Self) -> bool {
        self.0 & marks.0 == marks.0
    }
}

/// Who owns something, and what others may do: as Unix has it. A record for others to act on; the
/// rights of tasks are in `app.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Permission bits, the lower twelve of `st_mode`.
    pub mode: u16,
    /// User.
    pub user: u32,
    /// Group.
    pub group: u32,
}

/// What is known about a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// What it is.
    pub kind: Kind,
    /// Bytes of a file or of a link's target; 0 for the others.
    pub size: u64,
    /// When it was last written, in seconds since 1970 UTC; 0 if the format does not say.
    pub modified: u64,
    /// Its marks; none where the format has no such thing.
    pub attributes: Attributes,
    /// Owner and mode, where the format has them.
    pub owner: Option<Owner>,
}

impl Info {
    /// A directory of which no more is known.
    pub const DIRECTORY: Self = Self {
        kind: Kind::Directory,
        size: 0,
        modified: 0,
        attributes: Attributes(0),
        owner: None,
    };

    /// Whether it is a directory.
    #[must_use]
    pub const fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory)
    }
}

/// One name in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'n> {
    /// Its name, of at most [`MAX_NAME`](crate::MAX_NAME) bytes; never `.` or `..`.
    pub name: &'n str,
    /// Where a listing goes on after it. Never 0.
    pub next: u64,
    /// What it names.
    pub info: Info,
}

/// What to change about a file or directory. What is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// When it was last written, in seconds since 1970 UTC.
    pub modified: Option<u64>,
    /// Its marks.
    pub attributes: Option<Attributes>,
    /// Owner and mode.
    pub owner: Option<Owner>,
}

/// How large a file system is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// The format's name, at most 8 bytes of ASCII: `fat32`.
    pub format: &'static str,
    /// Bytes in a block, the unit in which files take room.
    pub block_size: u32,
    /// Blocks there are for files.
    pub blocks: u64,
    /// Of them, those that are free. An estimate where the format cannot know.
    pub free: u64,
    /// Nothing can be written.
    pub read_only: bool,
}
