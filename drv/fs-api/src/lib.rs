//! Files and directories: client, server trait and types; [`Mounts`], the volumes of a task in one
//! tree; [`File`], an open file with a cursor; [`Directory`], the names in a directory.

#![no_std]
#![forbid(unsafe_code)]

mod directory;
mod file;
mod mounts;
mod retry;
mod unsynced;

pub use directory::{Directory, Name};
pub use file::{File, SeekFrom};
pub use mounts::{Mount, Mounts};

include!(concat!(env!("OUT_DIR"), "/fs.rs"));

/// The longest name there is, in bytes.
pub const MAX_NAME: usize = 765;
/// The longest path a call takes, in bytes.
pub const MAX_PATH: usize = 1024;
/// The most one call reads or writes, in bytes.
pub const MAX_TRANSFER: usize = 65536;

/// Flags of `open`.
pub mod flags {
    /// To read.
    pub const READ: u32 = 1;
    /// To write.
    pub const WRITE: u32 = 2;
    /// It is made if it is not there.
    pub const CREATE: u32 = 4;
    /// With `CREATE`: it must not be there.
    pub const EXCLUSIVE: u32 = 8;
    /// What it holds is thrown away.
    pub const TRUNCATE: u32 = 16;
    /// All of them.
    pub const ALL: u32 = 31;
}

/// Bits of `Change::which`.
pub mod which {
    /// `modified` is to be set.
    pub const MODIFIED: u32 = 1;
    /// `attributes` are to be set.
    pub const ATTRIBUTES: u32 = 2;
    /// Mode, user and group are to be set.
    pub const OWNER: u32 = 4;
}

/// Modes of `lock`.
pub mod lock {
    /// None.
    pub const NONE: u32 = 0;
    /// Together with others.
    pub const SHARED: u32 = 1;
    /// Nobody else.
    pub const ALONE: u32 = 2;
}
