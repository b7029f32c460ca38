//! What can go wrong, as a client is told.

use crate::SectorError;
use hadris_fs::ErrorKind;

/// What can go wrong, as a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no disk.
    NoDevice,
    /// The disk failed to read.
    DeviceError,
    /// There is no FAT file system on the disk.
    NotRecognized,
    /// The file system contradicts itself.
    Corrupt,
    /// There is nothing of this name.
    NotFound,
    /// A directory is needed here.
    NotADirectory,
    /// A file is needed here.
    IsADirectory,
    /// The path is no text, or holds a name no file can have.
    BadPath,
    /// The handle is not one of the client's.
    BadHandle,
    /// The client, or all clients together, have as much open as they may.
    TooManyOpen,
    /// The buffer is too small for the name.
    NameTooLong,
}

impl From<SectorError> for Error {
    fn from(error: SectorError) -> Self {
        match error {
            SectorError::NoDevice => Self::NoDevice,
            SectorError::Failed => Self::DeviceError,
        }
    }
}

impl From<hadris_fs::Error<SectorError>> for Error {
    fn from(error: hadris_fs::Error<SectorError>) -> Self {
        if let Some(device) = error.device_error() {
            return (*device).into();
        }
        match error.kind() {
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::NotADirectory => Self::NotADirectory,
            ErrorKind::IsADirectory => Self::IsADirectory,
            ErrorKind::InvalidInput | ErrorKind::NameTooLong => Self::BadPath,
            ErrorKind::LimitExceeded => Self::TooManyOpen,
            ErrorKind::NotRecognized | ErrorKind::Unsupported => Self::NotRecognized,
            ErrorKind::Io => Self::DeviceError,
            // InvalidHandle is a directory that does not begin with its own entry.
            _ => Self::Corrupt,
        }
    }
}
