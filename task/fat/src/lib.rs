//! The part of the file-system task that needs no kernel: `idl/fs.idl` answered from a FAT volume.

#![no_std]
#![forbid(unsafe_code)]

mod disk;
mod server;
#[cfg(test)]
mod tests;

pub use disk::Disk;
pub use drv_fatfs::Error;
pub use server::{Event, Memory, Server};
