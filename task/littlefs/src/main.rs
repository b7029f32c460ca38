//! Serves `idl/fs.idl` from a littlefs volume on a block server.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use drv_littlefs::{Littlefs, Memory, Settings};
use static_cell::ConstStaticCell;

/// Files open at once.
const FILES: usize = 32;

static PLACE: ConstStaticCell<Memory<FILES>> = ConstStaticCell::new(Memory::new());

drv_fs_server::task! {
    lines: 16 of 16384,
    format: |disk| Littlefs::new(disk, PLACE.take(), Settings::default()),
}
