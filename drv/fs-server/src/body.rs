//! What a file-system task does, whatever its format is.

use crate::{Disk, Machine, Memory, Rights, Server};
use clock_api::client::Clock;
use drv_block_cache::Cache;
use drv_fs_core::FileSystem;
use fs_api::server;
use supervisor_api::client::Supervisor;
use userlib::ipc::Bits;
use userlib::{Notification, Slot, time};

/// What `app.toml` gives the task, and what it keeps for a debugger.
#[doc(hidden)]
#[derive(Debug)]
pub struct Given {
    pub disk: Slot,
    pub clock: Slot,
    pub supervisor: Slot,
    pub timer: Notification,
    pub client_restarted: Notification,
    pub rights: Rights,
    pub log: fn(crate::Event),
}

/// Serves a file system, that `format` makes on the disk, for ever.
#[doc(hidden)]
pub fn run<F: FileSystem, const LINES: usize, const BYTES: usize>(
    given: Given,
    memory: &'static mut Memory,
    lines: &'static mut drv_block_cache::Memory<LINES, BYTES>,
    format: impl FnOnce(Cache<'static, Disk>) -> F,
) -> ! {
    let Given { disk, clock, supervisor, timer, client_restarted, rights, log } = given;
    let (timer, client_restarted) = (Bits::from(timer), Bits::from(client_restarted));
    // Without a clock, files are of no time.
    let seconds = Clock::new(clock).now().unwrap_or(0);
    let machine = Machine::new(timer, seconds, log);
    let volume = format(Cache::new(lines, Disk::new(disk)));
    // The time of the start is a number that no other life of this task has.
    let seed = time::now() as u32;
    let mut server = Server::new(memory, volume, machine, rights, seed, client_restarted);
    server.mount();
    // If the supervisor cannot hear it, start-up goes on by itself after a while.
    let _ = Supervisor::new(supervisor).ready();
    server::serve(client_restarted | timer, server)
}

/// All of a file-system task but its format: what it asks `app.toml` for, its log, the cache, and its beginning.
///
/// ```ignore
/// drv_fs_server::task! {
///     lines: 16 of 4096,
///     format: |disk| Littlefs::new(disk, PLACE.take(), Settings::default()),
/// }
/// ```
///
/// `lines` is what is kept of the disk: how many lines, and bytes in each.
///
/// Without a disk, or a file system on it, the task stays and says so; the next request tries again
/// to mount. A block server that dies costs nothing but time: its operations are repeated by its
/// client. What was synced outlives this task: a restart mounts what is on the disk.
#[macro_export]
macro_rules! task {
    (lines: $lines:literal of $bytes:literal, format: $format:expr $(,)?) => {
        userlib::resources! {
            struct Resources {
                disk: Slot,
                clock: Slot,
                supervisor: Slot,
                mounted: Mounted,
                timer: Notification,
                client_restarted: Notification,
            }
        }
        userlib::task!(start);

        userlib::ringbuf!(LOG, $crate::Event, 32);

        static LINES: $crate::ConstStaticCell<$crate::Lines<$lines, $bytes>> =
            $crate::ConstStaticCell::new($crate::Lines::new());
        static MEMORY: $crate::ConstStaticCell<$crate::Memory> =
            $crate::ConstStaticCell::new($crate::Memory::new());

        fn start(resources: Resources) -> ! {
            let Resources { disk, clock, supervisor, mounted, timer, client_restarted } = resources;
            let (rights, log) = ($crate::Rights::of_app(&mounted), |event| LOG.record(event));
            let given =
                $crate::Given { disk, clock, supervisor, timer, client_restarted, rights, log };
            $crate::run(given, MEMORY.take(), LINES.take(), $format)
        }
    };
}
