//! Serves `idl/fs.idl` from a littlefs volume on a block server.
//!
//! Without a disk, or a file system on it, the task stays and says so; the next request tries
//! again to mount. What was synced outlives it: a restart mounts what is on the disk.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use clock_api::client::Clock;
use drv_block_cache::Cache;
use drv_fs_server::{Disk, Event, Machine, Memory, Server};
use drv_littlefs::{Littlefs, Settings};
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

/// Files open at once.
const FILES: usize = 32;
/// What is kept of the disk: 16 lines of 4 KiB, a block each.
type Lines = drv_block_cache::Memory<16, 4096>;

static LINES: ConstStaticCell<Lines> = ConstStaticCell::new(Lines::new());
static PLACE: ConstStaticCell<drv_littlefs::Memory<FILES>> =
    ConstStaticCell::new(drv_littlefs::Memory::new());
static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());

fn start(resources: Resources) -> ! {
    let Resources { disk, clock, supervisor, timer, client_restarted } = resources;
    let (timer, client_restarted) = (Bits::from(timer), Bits::from(client_restarted));
    // Without a clock, files are of no time.
    let seconds = Clock::new(clock).now().unwrap_or(0);
    let machine = Machine::new(timer, seconds, |event| LOG.record(event));
    let cache = Cache::new(LINES.take(), Disk::new(disk));
    let littlefs = Littlefs::<_, FILES>::new(cache, PLACE.take(), Settings::default());
    // The time of the start is a number that no other life of this task has.
    let seed = time::now() as u32;
    let mut server =
        Server::new(MEMORY.take(), littlefs, machine, rights(), seed, client_restarted);
    server.mount();
    // If the supervisor cannot hear it, start-up goes on by itself after a while.
    let _ = Supervisor::new(supervisor).ready();
    server::serve(client_restarted | timer, server)
}
