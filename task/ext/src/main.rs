//! Serves `idl/fs.idl` from an ext2, ext3 or ext4 volume on a block server, to be read.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use drv_ext::{Ext, Known};
use static_cell::ConstStaticCell;

static KNOWN: ConstStaticCell<Known> = ConstStaticCell::new(Known::new());

drv_fs_server::task! {
    lines: 16 of 4096,
    format: |disk| Ext::new(disk, KNOWN.take()),
}
