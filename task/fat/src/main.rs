//! Serves `idl/fs.idl` from a FAT volume on a block server.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use drv_fatfs::{Fat, Place, RepairMemory};
use static_cell::ConstStaticCell;

static PLACE: ConstStaticCell<Place<'static>> = ConstStaticCell::new(Place::new());
static REPAIR: ConstStaticCell<RepairMemory> = ConstStaticCell::new(RepairMemory::new());

drv_fs_server::task! {
    lines: 16 of 16384,
    format: |disk| Fat::new(PLACE.take(), disk).repairing(REPAIR.take()),
}
