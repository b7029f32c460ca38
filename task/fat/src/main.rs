//! Serves `idl/fs.idl` from a FAT volume on a block server.
//!
//! Without a disk, or a file system on it, the task stays and says so; the next request tries
//! again to mount. A block server that dies in the middle costs nothing but time: its operations
//! are repeated by its client.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use fs_api::server;
use static_cell::ConstStaticCell;
use supervisor_api::client::Supervisor;
use task_fat::{Disk, Event, Memory, Server};
use userlib::ipc::Bits;
use userlib::time;

userlib::resources! {
    struct Resources {
        disk: Slot,
        supervisor: Slot,
        client_restarted: Notification,
    }
}
userlib::task!(start);

userlib::ringbuf!(LOG, Event, 32);

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());

fn start(resources: Resources) -> ! {
    let Resources { disk, supervisor, client_restarted } = resources;
    let client_restarted = Bits::from(client_restarted);
    // The time of the start is a number that no other life of this task has.
    let seed = time::now() as u32;
    let log = |event| LOG.record(event);
    let mut server = Server::new(MEMORY.take(), Disk::new(disk), seed, client_restarted, log);
    server.mount();
    // If the supervisor cannot hear it, start-up goes on by itself after a while.
    let _ = Supervisor::new(supervisor).ready();
    server::serve(client_restarted, server)
}
