//! Serves `idl/fs.idl` from a FAT volume on a block server.
//!
//! Without a disk, or a file system on it, the task stays and says so; the next request tries
//! again to mount. A block server that dies in the middle costs nothing but time: its operations
//! are repeated by its client.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use clock_api::client::Clock;
use drv_block_cache::Cache;
use drv_fatfs::{Fat, Place};
use drv_fs_server::{Disk, Event, Machine, Memory, Server};
use fs_api::server;
use static_cell::ConstStaticCell;
use supervisor_api::client::Supervisor;
use userlib::ipc::Bits;
use userlib::time;

userlib::resources! {
    struct Resources {
        disk: Slot,
        clock: Slot,
        supervisor: Slot,
        timer: Notification,
        client_restarted: Notification,
    }
}
drv_fs_server::config!();
userlib::task!(start);

userlib::ringbuf!(LOG, Event, 32);

/// What is kept of the disk: 16 lines of 16 KiB.
type Lines = drv_block_cache::Memory<16, 16384>;

static LINES: ConstStaticCell<Lines> = ConstStaticCell::new(Lines::new());
static PLACE: ConstStaticCell<Place> = ConstStaticCell::new(Place::new());
static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());

fn start(resources: Resources) -> ! {
    let Resources { disk, clock, supervisor, timer, client_restarted } = resources;
    let (timer, client_restarted) = (Bits::from(timer), Bits::from(client_restarted));
    // Without a clock, files are of no time.
    let seconds = Clock::new(clock).now().unwrap_or(0);
    let machine = Machine::new(timer, seconds, |event| LOG.record(event));
    let fat = Fat::new(PLACE.take(), Cache::new(LINES.take(), Disk::new(disk)));
    // The time of the start is a number that no other life of this task has.
    let seed = time::now() as u32;
    let mut server = Server::new(MEMORY.take(), fat, machine, rights(), seed, client_restarted);
    server.mount();
    // If the supervisor cannot hear it, start-up goes on by itself after a while.
    let _ = Supervisor::new(supervisor).ready();
    server::serve(client_restarted | timer, server)
}
