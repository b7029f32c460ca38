//! What the servers of all file systems have in common: clients, handles, rights, locks, paths.
//!
//! A file-system task is a format (a [`FileSystem`](drv_fs_core::FileSystem)) in a [`Server`], over
//! the [`Disk`] of a block server. It serves `idl/fs.idl`. Who may do what is in `app.toml`,
//! under `mounts` of the clients, and comes as the resource `mounted`: see [`Rights::of_app`]. All else
//! of such a task is in [`task!`].

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod ahead;
mod body;
mod direct;
mod disk;
mod handles;
mod listing;
mod machine;
mod names;
mod place;
mod rights;
mod server;
#[cfg(test)]
mod tests;
mod words;

#[doc(hidden)]
pub use body::{Given, cached, run, shared};
pub use direct::{Direct, Past};
pub use disk::Disk;
#[doc(hidden)]
pub use drv_block_cache::{Memory as Lines, Tags};
pub use handles::{Client, MAX_OPEN};
pub use machine::{Event, Machine, World};
pub use rights::{Right, Rights};
pub use server::{AHEAD, Memory, Server};
#[doc(hidden)]
pub use static_cell::ConstStaticCell;
