//! What a file system is to the server in front of it: one trait for all formats.
//!
//! A format is a library over a [`Block`](drv_block::Block) that implements [`FileSystem`]; handles,
//! clients, rights and locks are the server's business, and are there once. So a format is told
//! only paths that are already plain, and never who asks.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod error;
mod info;
mod names;
mod open;
mod path;
mod system;

pub use error::Error;
pub use info::{Attributes, Change, Entry, Info, Kind, Owner, Space};
pub use names::{MAX_KEPT, Names};
pub use open::{OpenTable, Shared};
pub use path::{MAX_NAME, MAX_PATH, Path, normalize, normalize_bytes};
pub use system::{Create, FileSystem, Open, Replace};
