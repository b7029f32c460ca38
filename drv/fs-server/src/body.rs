//! What a file-system task does, whatever its format is.

use crate::{Direct, Disk, Machine, Memory, Past, Rights, Server};
use clock_api::client::Clock;
use drv_block_cache::{Cache, Tags};
use drv_fs_core::FileSystem;
use fs_api::server;
use supervisor_api::client::Supervisor;
use userlib::ipc::Bits;
use userlib::{Notification, Region, Shares, Slot, time};

/// What `app.toml` gives the task, and what it keeps for a debugger.
#[doc(hidden)]
#[derive(Debug)]
pub struct Given {
    pub clock: Slot,
    pub supervisor: Slot,
    pub timer: Notification,
    pub client_restarted: Notification,
    pub rights: Rights,
    pub log: fn(crate::Event),
    pub past: Option<Past>,
}

/// Serves a file system, that `format` makes on the disk or what there is instead, for ever.
#[doc(hidden)]
pub fn run<F: FileSystem, D>(
    given: Given,
    (memory, direct): (&'static mut Memory, &'static Direct),
    disk: D,
    format: impl FnOnce(D) -> F,
) -> ! {
    let Given { clock, supervisor, timer, client_restarted, rights, log, past } = given;
    let (timer, client_restarted) = (Bits::from(timer), Bits::from(client_restarted));
    // Without a clock, files are of no time.
    let seconds = Clock::new(clock).now().unwrap_or(0);
    let machine = Machine::new(timer, seconds, log);
    let volume = format(disk);
    // The time of the start is a number that no other life of this task has.
    let seed = time::now() as u32;
    let mut server = Server::new((memory, direct), volume, machine, rights, seed, client_restarted);
    past.into_iter().for_each(|past| server.let_past(past));
    server.mount();
    // If the supervisor cannot hear it, start-up goes on by itself after a while.
    let _ = Supervisor::new(supervisor).ready();
    server::serve(client_restarted | timer, server)
}

/// The disk behind a cache of so many lines.
#[doc(hidden)]
pub fn cached<const LINES: usize, const BYTES: usize>(
    disk: Slot,
    lines: &'static mut drv_block_cache::Memory<LINES, BYTES>,
    direct: &'static Direct,
) -> Cache<'static, Disk> {
    let mut disk = Disk::new(disk);
    disk.take_way(direct);
    Cache::new(lines, disk)
}

/// The same, and all that passes through the task, in memory that the disk's device reaches.
#[doc(hidden)]
pub fn shared<const LINES: usize, const BYTES: usize>(
    disk: Slot,
    region: Region,
    tags: &'static mut Tags<LINES, BYTES>,
    memory: &mut Memory,
    (direct, shares): (&'static Direct, Shares),
) -> (Cache<'static, Disk>, Past) {
    let (mut disk, bytes) = Disk::new(disk).share(region);
    disk.take_way(direct);
    let past = Past::new(shares, disk.is_held());
    (Cache::over(tags, memory.share(bytes, LINES * BYTES), disk), past)
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
/// `lines` is what is kept of the disk: how many lines, and bytes in each. With the crate's feature `shared`,
/// which it must have, they lie in region `cache`, and are no more than find room there. A format that reads
/// ahead by itself gets memory for it (`FileSystem::read_ahead_in`), for the others the server does.
///
/// A volume on something else than a disk is made with `volume: |slot| …` instead, of the slot `disk`,
/// without a cache.
///
/// Without a disk, or a file system on it, the task stays and says so; the next request tries again
/// to mount. A block server that dies costs nothing but time: its operations are repeated by its
/// client. What was synced outlives this task: a restart mounts what is on the disk.
#[macro_export]
macro_rules! task {
    (lines: $lines:literal of $bytes:literal, format: $format:expr $(,)?) => {
        #[cfg(not(feature = "shared"))]
        $crate::task! { @given }
        #[cfg(feature = "shared")]
        $crate::task! { @given cache: Region, clients: Shares, }

        #[cfg(not(feature = "shared"))]
        static LINES: $crate::ConstStaticCell<$crate::Lines<$lines, $bytes>> =
            $crate::ConstStaticCell::new($crate::Lines::new());
        #[cfg(feature = "shared")]
        static TAGS: $crate::ConstStaticCell<$crate::Tags<$lines, $bytes>> =
            $crate::ConstStaticCell::new($crate::Tags::new());
        #[cfg(not(feature = "shared"))]
        static AHEAD: $crate::ConstStaticCell<[u8; $crate::AHEAD]> =
            $crate::ConstStaticCell::new([0; $crate::AHEAD]);

        fn start(resources: Resources) -> ! {
            let (memory, direct) = (MEMORY.take(), &*DIRECT.take());
            #[cfg(not(feature = "shared"))]
            let (disk, past) = {
                memory.read_ahead_in(AHEAD.take());
                ($crate::cached(resources.disk, LINES.take(), direct), None)
            };
            #[cfg(feature = "shared")]
            let (disk, past) = {
                let way = (direct, resources.clients);
                let (disk, past) =
                    $crate::shared(resources.disk, resources.cache, TAGS.take(), memory, way);
                (disk, Some(past))
            };
            $crate::task!(@run resources, past, (memory, direct), disk, $format)
        }
    };
    (volume: $volume:expr $(,)?) => {
        $crate::task! { @given }

        static AHEAD: $crate::ConstStaticCell<[u8; $crate::AHEAD]> =
            $crate::ConstStaticCell::new([0; $crate::AHEAD]);

        fn start(resources: Resources) -> ! {
            let (memory, direct) = (MEMORY.take(), &*DIRECT.take());
            memory.read_ahead_in(AHEAD.take());
            let disk = resources.disk;
            $crate::task!(@run resources, None, (memory, direct), disk, $volume)
        }
    };
    (@given $($more:tt)*) => {
        userlib::resources! {
            struct Resources {
                disk: Slot,
                clock: Slot,
                supervisor: Slot,
                mounted: Mounted,
                timer: Notification,
                client_restarted: Notification,
                $($more)*
            }
        }
        userlib::task!(start);

        userlib::ringbuf!(LOG, $crate::Event, 32);

        static DIRECT: $crate::ConstStaticCell<$crate::Direct> =
            $crate::ConstStaticCell::new($crate::Direct::new());
        static MEMORY: $crate::ConstStaticCell<$crate::Memory> =
            $crate::ConstStaticCell::new($crate::Memory::new());
    };
    (@run $resources:ident, $past:expr, $memory:expr, $disk:expr, $format:expr) => {{
        let Resources { clock, supervisor, mounted, timer, client_restarted, .. } = $resources;
        let (rights, log) = ($crate::Rights::of_app(&mounted), |event| LOG.record(event));
        let past = $past;
        let given = $crate::Given { clock, supervisor, timer, client_restarted, rights, log, past };
        $crate::run(given, $memory, $disk, $format)
    }};
}
