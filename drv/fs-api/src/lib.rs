//! Files and directories of one volume: client, server trait and types, and [`File`], a file with
//! a cursor.

#![no_std]
#![forbid(unsafe_code)]

mod file;

pub use file::{File, SeekFrom};

include!(concat!(env!("OUT_DIR"), "/fs.rs"));

/// Bit of `attributes`: a directory.
pub const DIRECTORY: u32 = 16;
/// The longest name there is, in bytes.
pub const MAX_NAME: usize = 765;
/// The longest path a call takes, in bytes.
pub const MAX_PATH: usize = 1024;
