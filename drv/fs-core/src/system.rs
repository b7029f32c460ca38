//! The trait of file systems.

use crate::{Change, Entry, Error, Info, Path, Space};
use core::fmt::Debug;
use core::ops::ControlFlow;

/// What becomes of a file that is not there, and of one that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Create {
    /// It must be there.
    #[default]
    Never,
    /// It is made if it is not there.
    IfMissing,
    /// It must not be there, and is made.
    New,
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Whether it is made.
    pub create: Create,
    /// What it holds is thrown away.
    pub truncate: bool,
}

/// What becomes of an extended attribute that is there already, and of one that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// It is made or replaced.
    Any,
    /// It must not be there.
    Never,
    /// It must be there.
    Only,
}

/// A file system over a device. It is there before the device is: it is mounted when somebody wants
/// something of it.
///
/// What every implementation keeps to:
///
/// - Whatever is on the disk, a call ends, with an error if it must, and never panics.
/// - A write that was answered is on the medium after [`sync`](Self::sync), not necessarily before.
/// - A path is not followed through symbolic links: with one before its last name, the answer is
///   [`Error::Link`]. `open` says so of the last name too. The server follows links.
/// - What is open is neither removed nor replaced: that is [`Error::Busy`]. It may be renamed, and
///   stays open.
pub trait FileSystem {
    /// Something open: a file, no directory. Opened twice, a file is the same `File` twice, with
    /// one size and one content, and open until it was closed as often.
    type File: Copy + Eq + Debug;

    /// Mounts it, if that is still to be done. Every other call says [`Error::NoDevice`] before.
    ///
    /// # Errors
    /// Those of a device; [`Error::NotRecognized`], [`Error::Corrupt`]. It can be tried again.
    fn mount(&mut self) -> Result<(), Error>;

    /// Gives it memory for what it reads ahead of a file. It comes back from a format that does not
    /// read ahead by itself: then its server does.
    fn read_ahead_in(&mut self, memory: &'static mut [u8]) -> &'static mut [u8] {
        memory
    }

    /// How many things the mount had to repair, of a format that a power cut can damage.
    fn repairs(&self) -> u32 {
        0
    }

    /// Says what time it is, in seconds since 1970 UTC: what is written from now on is of that
    /// time. 0, as in the beginning: nobody knows.
    fn set_clock(&mut self, seconds: u64) {
        let _ = seconds;
    }

    /// What a path leads to; of a symbolic link at its end, the link.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotADirectory`], [`Error::BadPath`], [`Error::Link`].
    fn stat(&mut self, path: Path<'_>) -> Result<Info, Error>;

    /// Opens a file, to read and write if the disk takes writes.
    ///
    /// # Errors
    /// Those of [`stat`](Self::stat); [`Error::IsADirectory`], [`Error::AlreadyExists`],
    /// [`Error::TooManyOpen`], [`Error::ReadOnly`], [`Error::NoSpace`].
    fn open(&mut self, path: Path<'_>, how: Open) -> Result<(Self::File, Info), Error>;

    /// Closes it once. After an error it is closed, but what was written last may be lost.
    ///
    /// # Errors
    /// Those of a device.
    fn close(&mut self, file: Self::File) -> Result<(), Error>;

    /// What is known about an open file, its size as of the last write.
    ///
    /// # Errors
    /// Those of a device.
    fn info(&mut self, file: Self::File) -> Result<Info, Error>;

    /// Reads from `offset` on; less than asked for only at the file's end.
    ///
    /// # Errors
    /// Those of a device; [`Error::Corrupt`].
    fn read(&mut self, file: Self::File, offset: u64, into: &mut [u8]) -> Result<usize, Error>;

    /// Writes all of `data` from `offset` on. A gap before it reads as zeros. After an error some
    /// of it may be written.
    ///
    /// # Errors
    /// Those of a device; [`Error::NoSpace`], [`Error::TooLarge`], [`Error::ReadOnly`].
    fn write(&mut self, file: Self::File, offset: u64, data: &[u8]) -> Result<(), Error>;

    /// Gives a file this size: cuts it, or adds zeros.
    ///
    /// # Errors
    /// As of [`write`](Self::write).
    fn truncate(&mut self, file: Self::File, size: u64) -> Result<(), Error>;

    /// Makes an empty directory.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], and those of [`open`](Self::open).
    fn make_directory(&mut self, path: Path<'_>) -> Result<(), Error>;

    /// Removes an empty directory.
    ///
    /// # Errors
    /// [`Error::NotADirectory`], [`Error::NotEmpty`]; [`Error::Busy`] of the root.
    fn remove_directory(&mut self, path: Path<'_>) -> Result<(), Error>;

    /// Removes a file or link.
    ///
    /// # Errors
    /// [`Error::IsADirectory`]; [`Error::Busy`] if it is open.
    fn remove(&mut self, path: Path<'_>) -> Result<(), Error>;

    /// Moves something, in one step as others see it. A file takes the place of a file, a directory
    /// that of an empty directory; what is moved to itself stays.
    ///
    /// # Errors
    /// [`Error::IsADirectory`], [`Error::NotADirectory`], [`Error::NotEmpty`] because of what is
    /// there; [`Error::Busy`] if that is open, or the new place lies below the old.
    fn rename(&mut self, from: Path<'_>, to: Path<'_>) -> Result<(), Error>;

    /// Shows `each` the names in a directory from a cookie on: 0 in the beginning, later what an
    /// [`Entry`] said. Ends at the last, or when `each` breaks. What stays in the directory
    /// meanwhile is shown once; what comes or goes, perhaps.
    ///
    /// # Errors
    /// Those of [`stat`](Self::stat).
    fn list(
        &mut self,
        path: Path<'_>,
        cookie: u64,
        each: impl FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error>;

    /// Changes what is known about a file or directory.
    ///
    /// # Errors
    /// [`Error::Unsupported`] of what the format does not keep.
    fn change(&mut self, path: Path<'_>, change: &Change) -> Result<(), Error> {
        let _ = (path, change);
        Err(Error::Unsupported)
    }

    /// Makes a symbolic link.
    ///
    /// # Errors
    /// [`Error::Unsupported`] of a format without; those of [`open`](Self::open).
    fn make_link(&mut self, path: Path<'_>, target: &str) -> Result<(), Error> {
        let _ = (path, target);
        Err(Error::Unsupported)
    }

    /// Where a symbolic link leads: writes it into `into`, says how long it is.
    ///
    /// # Errors
    /// [`Error::Unsupported`] of a format without, and of what is no link; [`Error::NameTooLong`].
    fn read_link(&mut self, path: Path<'_>, into: &mut [u8]) -> Result<usize, Error> {
        let _ = (path, into);
        Err(Error::Unsupported)
    }

    /// An extended attribute: writes it into `into`, says how long it is.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::NoAttribute`]; [`Error::TooLarge`] if `into` is too small.
    fn attribute(&mut self, path: Path<'_>, name: &str, into: &mut [u8]) -> Result<usize, Error> {
        let _ = (path, name, into);
        Err(Error::Unsupported)
    }

    /// Sets an extended attribute.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::NoAttribute`], [`Error::AlreadyExists`],
    /// [`Error::TooLarge`].
    fn set_attribute(
        &mut self,
        path: Path<'_>,
        name: &str,
        value: &[u8],
        replace: Replace,
    ) -> Result<(), Error> {
        let _ = (path, name, value, replace);
        Err(Error::Unsupported)
    }

    /// Removes an extended attribute.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::NoAttribute`].
    fn remove_attribute(&mut self, path: Path<'_>, name: &str) -> Result<(), Error> {
        let _ = (path, name);
        Err(Error::Unsupported)
    }

    /// Shows `each` the names of all extended attributes, until it breaks.
    ///
    /// # Errors
    /// [`Error::Unsupported`].
    fn attributes(
        &mut self,
        path: Path<'_>,
        each: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let _ = (path, each);
        Err(Error::Unsupported)
    }

    /// Returns when everything answered before is on the medium.
    ///
    /// # Errors
    /// Those of a device.
    fn sync(&mut self) -> Result<(), Error>;

    /// Returns when what was answered about one file is on the medium: its content, and its name.
    ///
    /// # Errors
    /// Those of a device.
    fn sync_file(&mut self, file: Self::File) -> Result<(), Error> {
        let _ = file;
        self.sync()
    }

    /// How large it is, and how much is free.
    ///
    /// # Errors
    /// Those of a device.
    fn space(&mut self) -> Result<Space, Error>;
}
