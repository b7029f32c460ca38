//! Shares memory with a disk, and dies with reads into it under way.
//!
//! Somebody kills it again and again. Each of its lives asks for what it may not have, fills the
//! memory with something that is not on the disk, looks for a while whether it stays, tells the
//! runner (`idl/pong.idl`, as a worker of number 8), and then reads until it dies. What an earlier
//! life asked for must not arrive.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::client::Blk;
use blk_api::{BlkError, Sharer};
use core::hint::black_box;
use pong_api::client::Pong;
use userlib::ipc::ClientError;
use userlib::{sys, time};

userlib::resources! {
    struct Resources {
        disk: Slot,
        runner: Slot,
        timer: Notification,
        sharer: Region,
    }
}
userlib::task!(start);

const NUMBER: u64 = 8;
/// Bit 9 of what the runner is told, and up: how often something was wrong.
const WRONG: u32 = 9;
/// Nobody else reads or writes there: 64 KiB in sectors of 512 bytes.
const FIRST: u64 = 65_536;
/// How long it looks, in milliseconds.
const LOOKS: u64 = 6;

fn start(resources: Resources) -> ! {
    let mut disk = Sharer::new(Blk::new(resources.disk));
    let runner = Pong::new(resources.runner);
    let timer = resources.timer.bits();
    let region = resources.sharer.number();
    let mut wrong = u64::from(!refuses(disk.blk(), region, resources.sharer.size() as u64));
    let mut memory = resources.sharer.into_memory().expect("it is this task's alone");
    let bytes = loop {
        match disk.share(memory) {
            Ok(bytes) => break bytes,
            Err(back) => memory = back,
        }
    };
    // The disk holds zeros.
    let mark = time::now() as u8 | 1;
    bytes.fill(mark);
    for _ in 0..LOOKS {
        time::sleep_until(time::after_ms(1), timer);
        wrong |= u64::from(black_box(&*bytes).iter().any(|&byte| byte != mark));
    }
    let _ = runner.ping(NUMBER | wrong << WRONG);
    for piece in (0..).map(|number| number % 64) {
        // It may fail; the driver dies, too.
        let _ = disk.read(FIRST + piece * 128, bytes);
    }
    loop {
        sys::recv_notification(0);
    }
}

/// Whether the disk keeps to this task's region. A disk that fails or dies is not asked further.
fn refuses(disk: &Blk, region: u32, size: u64) -> bool {
    let sector = 512;
    let (outside, half) = (BlkError::NotShared, BlkError::BadLength);
    let requests = [
        (size, sector, region, outside),
        (size - 512, 2 * sector, region, outside),
        (0, 2 * size as u32, region, outside),
        (u64::MAX - 511, 2 * sector, region, outside),
        (0, sector, region + 1, outside),
        (0, sector, region - 1, outside),
        (0, sector, u32::MAX, outside),
        (100, sector, region, half),
        (0, 100, region, half),
        (0, 0, region, half),
    ];
    requests.into_iter().all(|(offset, length, region, reason)| {
        let answers = [
            disk.read_shared(FIRST, offset, length, region),
            disk.write_shared(FIRST, offset, length, region),
        ];
        answers.into_iter().all(|answer| match answer {
            Ok(()) => false,
            Err(ClientError::Server(error)) => {
                error == reason || matches!(error, BlkError::DeviceError | BlkError::TimedOut)
            }
            Err(_) => true,
        })
    })
}
