//! What can go wrong in a file system, whatever its format.

use core::fmt;

/// What can go wrong in a file system, whatever its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no disk.
    NoDevice,
    /// The disk failed.
    DeviceError,
    /// The disk holds no file system of this format.
    NotRecognized,
    /// The file system contradicts itself.
    Corrupt,
    /// There is nothing of this name.
    NotFound,
    /// There is already something of this name.
    AlreadyExists,
    /// A directory is needed here.
    NotADirectory,
    /// A file is needed here.
    IsADirectory,
    /// The directory still holds something.
    NotEmpty,
    /// No file can have this name.
    BadPath,
    /// A name or path is longer than it may be, or than the buffer for it.
    NameTooLong,
    /// The disk is full.
    NoSpace,
    /// The file would become larger than the format allows.
    TooLarge,
    /// The disk, or the file, takes no writes.
    ReadOnly,
    /// The file is open, or what is moved would lie below itself.
    Busy,
    /// As much is open as can be.
    TooManyOpen,
    /// The format cannot do that.
    Unsupported,
    /// A symbolic link is on the way. The server follows it, and asks again.
    Link,
    /// There is no extended attribute of this name.
    NoAttribute,
}

impl From<drv_block::Error> for Error {
    fn from(error: drv_block::Error) -> Self {
        use drv_block::Error as Disk;
        match error {
            Disk::NoDevice => Self::NoDevice,
            Disk::ReadOnly => Self::ReadOnly,
            // The format asked for sectors that are not there: what it went by is wrong.
            Disk::OutOfRange => Self::Corrupt,
            Disk::Failed | Disk::BadLength | Disk::Unsupported | Disk::Worn => Self::DeviceError,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDevice => "there is no disk",
            Self::DeviceError => "the disk failed",
            Self::NotRecognized => "the disk holds no file system known here",
            Self::Corrupt => "the file system on the disk is damaged",
            Self::NotFound => "there is nothing of this name",
            Self::AlreadyExists => "there is already something of this name",
            Self::NotADirectory => "this is not a directory",
            Self::IsADirectory => "this is a directory",
            Self::NotEmpty => "the directory is not empty",
            Self::BadPath => "no file can have this name",
            Self::NameTooLong => "the name is too long",
            Self::NoSpace => "the disk is full",
            Self::TooLarge => "the file would become too large",
            Self::ReadOnly => "it takes no writes",
            Self::Busy => "it is in use",
            Self::TooManyOpen => "too many files are open",
            Self::Unsupported => "this file system cannot do that",
            Self::Link => "a symbolic link is on the way",
            Self::NoAttribute => "there is no attribute of this name",
        })
    }
}

impl core::error::Error for Error {}
