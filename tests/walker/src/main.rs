//! Does to two file systems what two scripts say, and compares every answer.
//!
//! The system test `walks` makes the scripts: random operations, and what a file system in memory
//! answers to them. In between, a script has the server killed, after a sync; then all must be there.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod script;
mod walk;

use console_api::Text;
use core::fmt::Write;
use script::Script;
use static_cell::ConstStaticCell;
use userlib::{Slot, kipc, sys, time};
use walk::{LARGEST, Walk, Wrong};

userlib::resources! {
    struct Resources {
        console: Slot,
        fat_script: Region,
        lfs_script: Region,
        mounts: Mounts,
    }
}
userlib::task!(start);

static BUFFER: ConstStaticCell<[u8; LARGEST]> = ConstStaticCell::new([0; LARGEST]);

fn start(resources: Resources) -> ! {
    let mut out = Text::new(resources.console);
    let _ = writeln!(out, "suite: begin 2");
    let buffer = BUFFER.take();
    let Resources { fat_script, lfs_script, mounts, .. } = resources;
    if let Some(fat) = mounts.at("/fat") {
        one(&mut out, "FAT", fat, Script::new(fat_script), buffer);
    }
    if let Some(lfs) = mounts.at("/lfs") {
        one(&mut out, "littlefs", lfs, Script::new(lfs_script), buffer);
    }
    let _ = writeln!(out, "suite: end");
    let _ = out.flush();
    loop {
        sys::recv_notification(0);
    }
}

fn one(out: &mut Text, format: &str, server: Slot, script: Script, buffer: &mut [u8; LARGEST]) {
    let begin = time::now();
    let mut walk = Walk::new(server, script, buffer);
    let seed = walk.seed();
    let _ = writeln!(out, "{format}: seed {seed}");
    let _ = out.flush();
    let outcome = walk.run();
    let (steps, time) = (walk.steps, time::to_ms(time::now() - begin));
    let restarts = kipc::read_status(server.index()).restarts;
    let _ = writeln!(out, "{format}: {steps} calls, {restarts} restarts, {time} ms");
    let name = "every answer is that of memory";
    let _ = match outcome {
        Ok(()) => writeln!(out, "test {format}: {name} ... ok"),
        Err(Wrong { operation, why }) => {
            writeln!(out, "test {format}: {name} ... FAILED: call {steps}, {operation:?}: {why}")
        }
    };
}
