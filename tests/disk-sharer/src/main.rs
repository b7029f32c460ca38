//! Shares memory with a disk, and dies with reads into it under way.
//!
//! Somebody kills it again and again. Each of its lives fills the memory with something that is not
//! on the disk, looks for a while whether it stays, tells the runner (`idl/pong.idl`, as a worker of
//! number 8), and then reads until it dies. What an earlier life asked for must not arrive.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::Sharer;
use blk_api::client::Blk;
use core::hint::black_box;
use pong_api::client::Pong;
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
    let mut wrong = 0;
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
