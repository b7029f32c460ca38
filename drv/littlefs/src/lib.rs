//! The power-safe file system: littlefs, version 2 of its format, without a task around it.
//!
//! Written afresh after the format's description. Whatever is cut off in between, what was synced
//! is there afterwards, and nothing else is damaged: directories are pairs of logs, of which one
//! is whole at any time, and files are chains of blocks that are never written in place.
//!
//! Images can be exchanged with the reference implementation, in both directions.

#![no_std]
#![forbid(unsafe_code)]

mod ahead;
mod allocate;
mod attribute;
mod chain;
mod checksum;
mod commit;
mod compact;
mod device;
mod directory;
mod file;
mod global;
mod known;
mod last;
mod leaf;
mod live;
mod log;
mod note;
mod rename;
mod repair;
mod spot;
mod stretch;
mod system;
mod tag;
mod tree;
mod volume;

pub use device::Writer;
pub use volume::{Littlefs, Memory, Settings};

/// The result of what can go wrong here.
pub type Result<T> = core::result::Result<T, drv_fs_core::Error>;

/// Bytes read and written at once; no sector is larger.
pub const UNIT: usize = 4096;
