//! A server of each interface that answers whatever it understands, and what a right message to it
//! looks like.

#![forbid(unsafe_code)]

use core::convert::Infallible;
use test_example_api as example;
use userlib::ipc::{
    Caller, Decode, Dispatch, InOrder, Lease, List, NoAnswer, Read, ReadWrite, Refuse, WithList,
    Write,
};

/// A right message: operation, bytes, and leases as attributes and length.
pub type Right = (u16, usize, &'static [(u32, usize)]);

/// An interface of the tree.
pub struct Subject {
    /// Its name.
    pub name: &'static str,
    /// A server.
    pub server: Box<dyn Dispatch>,
    /// What right messages look like.
    pub right: &'static [Right],
    /// What a message is made into again, if it is one.
    pub again: fn(u16, &[u8]) -> Option<Vec<u8>>,
}

/// The bytes that a decoded message makes again.
fn again<'m, M: Decode<'m>>(bytes: &'m [u8]) -> Option<Vec<u8>> {
    let (mut room, message) = ([0xaa; abi::MAX_MESSAGE], M::decode(bytes).ok()?);
    Some(message.store(&mut room)?.bytes().to_vec())
}

/// A server whose methods return these values.
macro_rules! server {
    ($server:ident: $api:ident $interface:ident { $(
        $method:ident($($argument:ty),*) -> $value:ty, $error:ty = $answer:expr;
    )* } $($other:item)*) => {
        struct $server;
        impl $api::server::$interface for $server {
            type Order = InOrder;
            $(fn $method(&mut self, _: Caller, $(_: $argument),*) -> Result<$value, Refuse<$error>> {
                $answer
            })*
            $($other)*
        }
    };
}

use blk_api::{BlkError, CacheStatistics, DiskInfo, Statistics};
use clock_api::ClockError;
use console_api::{ConsoleError, Logged};
use flash_api::{FlashError, FlashInfo};
use fs_api::{Change, FsError, Info, Kind, Listed, Opened, Resolved, Space};
use supervisor_api::{Mode, Report, SupervisorError};

server!(PongServer: pong_api Pong {
    ping(u64) -> u64, Infallible = Ok(1);
    answered() -> u64, Infallible = Ok(1);
});

const DISK: DiskInfo = DiskInfo {
    sectors: 1,
    sector_size: 512,
    read_only: true,
    cached: false,
    discard: true,
    write_zeroes: false,
};

server!(BlkServer: blk_api Blk {
    info() -> DiskInfo, BlkError = Ok(DISK);
    read(u64, Lease<Write>) -> (), BlkError = Ok(());
    write(u64, Lease<Read>) -> (), BlkError = Ok(());
    flush() -> (), BlkError = Err(BlkError::Busy.into());
    discard(u64, u64) -> (), BlkError = Err(BlkError::Unsupported.into());
    write_zeroes(u64, u64) -> (), BlkError = Ok(());
    serial() -> List<u8, 20>, BlkError = Ok(List::from_slice(b"serial").unwrap_or_default());
    statistics() -> Statistics, BlkError = Err(BlkError::NoDevice.into());
    rescan() -> (), BlkError = Err(BlkError::InUse.into());
    share(u32) -> u64, BlkError = Ok(4096);
    read_shared(u64, u64, u32, u32) -> (), BlkError = Ok(());
    write_shared(u64, u64, u32, u32) -> (), BlkError = Ok(());
    cache_statistics() -> CacheStatistics, BlkError = Err(BlkError::Unsupported.into());
});

const FLASH: FlashInfo = FlashInfo { size: 1, erase_size: 2, program_size: 4 };

server!(FlashServer: flash_api Flash {
    info() -> FlashInfo, FlashError = Ok(FLASH);
    read(u64, Lease<Write>) -> (), FlashError = Ok(());
    program(u64, Lease<Read>) -> (), FlashError = Err(FlashError::Locked.into());
    erase(u64) -> (), FlashError = Ok(());
    statistics() -> flash_api::Statistics, FlashError = Err(FlashError::NoDevice.into());
});

server!(ConsoleServer: console_api Console {
    write(Lease<Read>) -> u32, ConsoleError = Ok(1);
    read(Lease<Write>) -> u32, ConsoleError = Err(ConsoleError::Busy.into());
    flush() -> (), ConsoleError = Ok(());
    read_log(u64, Lease<Write>) -> Logged, ConsoleError =
        Ok(Logged { log: 1, from: 2, end: 3, lost: 4, count: 5, reserved: 0 });
});

const INFO: Info = Info {
    size: 1,
    modified: 2,
    kind: Kind::Directory,
    attributes: 4,
    owned: 1,
    mode: 0o755,
    user: 7,
    group: 8,
};

server!(FsServer: fs_api Fs {
    open(u32, Lease<Read>) -> Opened, FsError = Ok(Opened { info: INFO, handle: 2, reserved: 0 });
    close(u32) -> (), FsError = Ok(());
    read(u32, u64, Lease<Write>) -> u32, FsError = Err(FsError::BadHandle.into());
    write(u32, u64, Lease<Read>) -> (), FsError = Err(FsError::NoSpace.into());
    append(u32, Lease<Read>) -> u64, FsError = Ok(9);
    truncate(u32, u64) -> (), FsError = Ok(());
    info(u32) -> Info, FsError = Ok(INFO);
    stat(u32, Lease<Read>) -> Info, FsError = Ok(INFO);
    list(u64, Lease<Read>, Lease<Write>) -> Listed, FsError =
        Ok(Listed { next: 1, count: 2, bytes: 3 });
    make_directory(Lease<Read>) -> (), FsError = Ok(());
    remove_directory(Lease<Read>) -> (), FsError = Err(FsError::NotEmpty.into());
    remove(Lease<Read>) -> (), FsError = Ok(());
    rename(Lease<Read>, Lease<Read>) -> (), FsError = Ok(());
    change(Change, Lease<Read>) -> (), FsError = Ok(());
    sync(u32) -> (), FsError = Ok(());
    sync_all() -> (), FsError = Ok(());
    lock(u32, u32) -> (), FsError = Err(FsError::Locked.into());
    space() -> Space, FsError =
        Ok(Space { blocks: 1, free: 2, block_size: 3, read_only: 1, repairs: 0, format: *b"fat32\0\0\0" });
    resolve(Lease<Read>, Lease<Write>) -> Resolved, FsError = Ok(Resolved { length: 1, outside: 1 });
    make_link(Lease<Read>, Lease<Read>) -> (), FsError = Ok(());
    read_link(Lease<Read>, Lease<Write>) -> u32, FsError = Ok(1);
    get_attribute(Lease<Read>, Lease<Read>, Lease<Write>) -> u32, FsError = Ok(1);
    set_attribute(u32, Lease<Read>, Lease<Read>, Lease<Read>) -> (), FsError = Ok(());
    remove_attribute(Lease<Read>, Lease<Read>) -> (), FsError = Ok(());
    list_attributes(Lease<Read>, Lease<Write>) -> u32, FsError = Ok(1);
    share(u32) -> u64, FsError = Ok(4096);
    read_shared(u64, u64, u32, u32, u32) -> u32, FsError = Err(FsError::BadHandle.into());
});

server!(ClockServer: clock_api Clock {
    now() -> u64, ClockError = Ok(1);
});

const REPORT: Report = Report {
    faulted_at: 1,
    fault_address: 2,
    fault_pc: 3,
    fault_kind: 4,
    fault_detail: 5,
    fault_from: 6,
    restarts: 7,
    mode: Mode::Held,
    ready: 1,
};

server!(SupervisorServer: supervisor_api Supervisor {
    ready() -> (), Infallible = Ok(());
    check_in() -> (), Infallible = Ok(());
    status(u32) -> Report, SupervisorError = Ok(REPORT);
    restart(u32) -> (), SupervisorError = Ok(());
    crash(u32) -> (), SupervisorError = Err(SupervisorError::NoSuchTask.into());
    stop(u32) -> (), SupervisorError = Err(SupervisorError::NotPermitted.into());
    lives() -> u32, Infallible = Ok(1);
});

const STATE: example::State = example::State {
    counter: 1,
    at: [example::Point { x: 1, y: 2 }; 2],
    volume: example::Volume::Loud,
    muted: true,
    balance: example::Balance::Left,
    reserved: [0; 4],
};

server!(ExampleServer: example Example {
    ping() -> (), Infallible = Ok(());
    add(u8, u64, bool) -> u64, example::ExampleError = Ok(1);
    set(example::State, example::Volume) -> (), example::ExampleError = Ok(());
    get() -> example::State, Infallible = Ok(STATE);
    reverse(Lease<Read>, u32, Lease<Write>) -> u32, example::ExampleError = Ok(1);
    increment(Lease<ReadWrite>) -> bool, Infallible = Ok(true);
    wait(u16) -> [u16; 3], example::ExampleError = Err(example::ExampleError::Empty.into());
    put(u16, example::Value) -> example::Value, example::ExampleError =
        Ok(example::Value::Pair(1, example::Point { x: 1, y: 2 }));
    count() -> u32, Infallible = Ok(1);
    repeat(u8, &[u8]) -> List<u8, 100>, example::ExampleError =
        Ok(List::from_slice(&[7; 100]).unwrap_or_default());
    center(&[example::Point], u64) -> List<example::Point, 1>, Infallible = Ok(List::new());
    transfer(Option<Lease<Read>>, Option<Lease<Write>>) -> u8, Infallible = Ok(1);
    die([example::Volume; 3]) -> example::Balance, Infallible = Ok(example::Balance::Right);
} fn stop(&mut self, _: Caller, _: u32) -> NoAnswer {
    NoAnswer::Silence
});

/// What a lease is for.
const READ: u32 = 1;
const WRITE: u32 = 2;

/// All of them.
#[must_use]
pub fn subjects() -> Vec<Subject> {
    vec![
        Subject {
            name: "Pong",
            server: Box::new(pong_api::server::Serve(PongServer)),
            right: &[(1, 8, &[]), (2, 0, &[])],
            again: |operation, bytes| match operation {
                1 => again::<pong_api::message::Ping>(bytes),
                2 => again::<()>(bytes),
                _ => None,
            },
        },
        Subject {
            name: "Blk",
            server: Box::new(blk_api::server::Serve(BlkServer)),
            right: &[
                (1, 0, &[]),
                (2, 8, &[(WRITE, 512)]),
                (3, 8, &[(READ, 512)]),
                (4, 0, &[]),
                (5, 16, &[]),
                (6, 16, &[]),
                (7, 0, &[]),
                (8, 0, &[]),
                (9, 0, &[]),
                (10, 4, &[]),
                (11, 24, &[]),
                (12, 24, &[]),
                (16, 0, &[]),
            ],
            again: |operation, bytes| match operation {
                1 | 4 | 7..=9 | 16 => again::<()>(bytes),
                2 => again::<blk_api::message::Read>(bytes),
                3 => again::<blk_api::message::Write>(bytes),
                5 => again::<blk_api::message::Discard>(bytes),
                6 => again::<blk_api::message::WriteZeroes>(bytes),
                10 => again::<blk_api::message::Share>(bytes),
                11 => again::<blk_api::message::ReadShared>(bytes),
                12 => again::<blk_api::message::WriteShared>(bytes),
                _ => None,
            },
        },
        Subject {
            name: "Flash",
            server: Box::new(flash_api::server::Serve(FlashServer)),
            right: &[
                (1, 0, &[]),
                (2, 8, &[(WRITE, 512)]),
                (3, 8, &[(READ, 512)]),
                (4, 8, &[]),
                (5, 0, &[]),
            ],
            again: |operation, bytes| match operation {
                1 | 5 => again::<()>(bytes),
                2 => again::<flash_api::message::Read>(bytes),
                3 => again::<flash_api::message::Program>(bytes),
                4 => again::<flash_api::message::Erase>(bytes),
                _ => None,
            },
        },
        Subject {
            name: "Console",
            server: Box::new(console_api::server::Serve(ConsoleServer)),
            right: &[
                (1, 0, &[(READ, 9)]),
                (2, 0, &[(WRITE, 4096)]),
                (3, 0, &[]),
                (4, 8, &[(WRITE, 9)]),
            ],
            again: |operation, bytes| match operation {
                1..=3 => again::<()>(bytes),
                4 => again::<console_api::message::ReadLog>(bytes),
                _ => None,
            },
        },
        Subject {
            name: "Fs",
            server: Box::new(fs_api::server::Serve(FsServer)),
            right: &[
                (1, 4, &[(READ, 1024)]),
                (2, 4, &[]),
                (3, 16, &[(WRITE, 65536)]),
                (4, 16, &[(READ, 9)]),
                (5, 4, &[(READ, 9)]),
                (6, 16, &[]),
                (7, 4, &[]),
                (8, 4, &[(READ, 1)]),
                (9, 8, &[(READ, 1), (WRITE, 999)]),
                (10, 0, &[(READ, 1)]),
                (11, 0, &[(READ, 1)]),
                (12, 0, &[(READ, 1)]),
                (13, 0, &[(READ, 1), (READ, 2)]),
                (14, 32, &[(READ, 1)]),
                (15, 4, &[]),
                (16, 0, &[]),
                (17, 8, &[]),
                (18, 0, &[]),
                (19, 0, &[(READ, 1), (WRITE, 1024)]),
                (20, 0, &[(READ, 1), (READ, 1024)]),
                (21, 0, &[(READ, 1), (WRITE, 1024)]),
                (22, 0, &[(READ, 1), (READ, 255), (WRITE, 4096)]),
                (23, 4, &[(READ, 1), (READ, 255), (READ, 4096)]),
                (24, 0, &[(READ, 1), (READ, 255)]),
                (25, 0, &[(READ, 1), (WRITE, 4096)]),
                (26, 4, &[]),
                (27, 28, &[]),
            ],
            again: again_fs,
        },
        Subject {
            name: "Clock",
            server: Box::new(clock_api::server::Serve(ClockServer)),
            right: &[(1, 0, &[])],
            again: |operation, bytes| match operation {
                1 => again::<()>(bytes),
                _ => None,
            },
        },
        Subject {
            name: "Supervisor",
            server: Box::new(supervisor_api::server::Serve(SupervisorServer)),
            right: &[
                (1, 0, &[]),
                (2, 0, &[]),
                (3, 4, &[]),
                (4, 4, &[]),
                (5, 4, &[]),
                (6, 4, &[]),
                (7, 0, &[]),
            ],
            again: |operation, bytes| match operation {
                1 | 2 | 7 => again::<()>(bytes),
                3 => again::<supervisor_api::message::Status>(bytes),
                4 => again::<supervisor_api::message::Restart>(bytes),
                5 => again::<supervisor_api::message::Crash>(bytes),
                6 => again::<supervisor_api::message::Stop>(bytes),
                _ => None,
            },
        },
        example_subject(),
    ]
}

fn example_subject() -> Subject {
    use example::message::{Add, Center, Die, Put, Repeat, Reverse, Set, Stop, Wait};
    Subject {
        name: "Example",
        server: Box::new(example::server::Serve(ExampleServer)),
        right: &[
            (1, 0, &[]),
            (2, 16, &[]),
            (3, 40, &[]),
            (4, 0, &[]),
            (5, 4, &[(READ, 10_000), (WRITE, 1)]),
            (6, 0, &[(READ | WRITE, 64)]),
            (7, 2, &[]),
            (8, 3, &[]),
            (8, 7, &[]),
            (9, 0, &[]),
            (10, 41, &[]),
            (11, 56, &[]),
            (12, 0, &[(0, 0), (WRITE, 16)]),
            (13, 4, &[]),
            (65535, 3, &[]),
        ],
        again: |operation, bytes| match operation {
            1 | 4 | 6 | 9 | 12 => again::<()>(bytes),
            2 => again::<Add>(bytes),
            3 => again::<Set>(bytes),
            5 => again::<Reverse>(bytes),
            7 => again::<Wait>(bytes),
            8 => again::<Put>(bytes),
            10 => again::<WithList<'_, Repeat, u8, 40>>(bytes),
            11 => again::<WithList<'_, Center, example::Point, 6>>(bytes),
            13 => again::<Stop>(bytes),
            65535 => again::<Die>(bytes),
            _ => None,
        },
    }
}

fn again_fs(operation: u16, bytes: &[u8]) -> Option<Vec<u8>> {
    use fs_api::message;
    match operation {
        1 => again::<message::Open>(bytes),
        2 => again::<message::Close>(bytes),
        3 => again::<message::Read>(bytes),
        4 => again::<message::Write>(bytes),
        5 => again::<message::Append>(bytes),
        6 => again::<message::Truncate>(bytes),
        7 => again::<message::Info>(bytes),
        8 => again::<message::Stat>(bytes),
        9 => again::<message::List>(bytes),
        14 => again::<message::Change>(bytes),
        15 => again::<message::Sync>(bytes),
        17 => again::<message::Lock>(bytes),
        23 => again::<message::SetAttribute>(bytes),
        26 => again::<message::Share>(bytes),
        27 => again::<message::ReadShared>(bytes),
        10..=25 => again::<()>(bytes),
        _ => None,
    }
}
