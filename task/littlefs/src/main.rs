//! Serves `idl/fs.idl` from a littlefs volume on a block server; with the feature `flash` on a server
//! of flash memory, whose erase blocks are its blocks.
//!
//! On flash memory there is no cache of writes in between: what cannot be programmed is known when it
//! is written, and goes elsewhere.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use drv_littlefs::{Littlefs, Memory, Settings};
use static_cell::ConstStaticCell;
#[cfg(feature = "flash")]
use {
    drv_block::{Flash, OnFlash},
    userlib::Slot,
};

/// Files open at once.
const FILES: usize = 32;

static PLACE: ConstStaticCell<Memory<FILES>> = ConstStaticCell::new(Memory::new());

#[cfg(not(feature = "flash"))]
drv_fs_server::task! {
    lines: 16 of 16384,
    format: |disk| Littlefs::new(disk, PLACE.take(), Settings::default()),
}

#[cfg(feature = "flash")]
drv_fs_server::task! { volume: on_flash }

/// Bytes that are programmed at least: how long a log grows with each change.
#[cfg(feature = "flash")]
const UNIT: u32 = 512;

/// A volume in the blocks of a flash server. Without memory, which says how large they are, it is
/// one that cannot be mounted, whatever is in them.
#[cfg(feature = "flash")]
fn on_flash(server: Slot) -> Littlefs<'static, OnFlash<flash_api::Memory>, FILES> {
    let mut memory = flash_api::Memory::new(server);
    let block_size = memory.shape().map_or(UNIT, |shape| shape.erase_size);
    Littlefs::new(OnFlash::new(memory, UNIT), PLACE.take(), Settings::flash(block_size))
}
