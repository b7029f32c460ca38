//! Reads and writes files while the driver is killed: right bytes or a clear error, nothing else.
//!
//! The file is `docs/pattern.bin` of the default disk, whose bytes both sides compute. Another
//! task kills the block driver every few milliseconds. A read may fail with an error of the
//! interface; what it brings must be right.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod past;
mod pattern;
mod walk;

use console_api::Text;
use core::fmt::Write;
use fs_api::client::Fs;
use fs_api::{FsError, flags};
use pattern::Pattern;
use static_cell::ConstStaticCell;
use userlib::ipc::ClientError;
use userlib::kipc;

userlib::resources! {
    struct Resources {
        console: Slot,
        disk: Slot,
        mounts: Mounts,
        reader: Region,
    }
}
userlib::task!(start);

static MODEL: ConstStaticCell<walk::Model> = ConstStaticCell::new(walk::Model::new());

const PATH: &str = "docs/pattern.bin";
/// Bytes in it.
const SIZE: u64 = 300_000;
/// So many times through the whole file.
const ROUNDS: u32 = 20;
const PIECE: usize = 4096;

fn start(resources: Resources) -> ! {
    let mut report = Text::new(resources.console);
    let _ = writeln!(report, "suite: begin 4");
    let Some(server) = resources.mounts.at("/") else {
        panic!("app.toml gives the reader no file system");
    };
    let fs = Fs::new(server);
    let mut seen = Seen::default();
    let wrong = (0..ROUNDS).find_map(|_| read_through(&fs, &mut seen));
    let name = "a file is read right while its driver is killed";
    match wrong {
        None => _ = writeln!(report, "test {name} ... ok"),
        Some(offset) => _ = writeln!(report, "test {name} ... FAILED: wrong at {offset}"),
    }
    let _ = report.flush();
    let name = "the disk puts a file into a client's memory while its driver is killed";
    match past::read(&fs, resources.reader, ROUNDS) {
        // All but the end, which is no whole sector.
        Ok(moved) if SIZE - moved < 512 => _ = writeln!(report, "test {name} ... ok"),
        Ok(moved) => _ = writeln!(report, "test {name} ... FAILED: {moved} bytes"),
        Err(what) => _ = writeln!(report, "test {name} ... FAILED: {what}"),
    }
    let restarts = kipc::read_status(resources.disk.index()).restarts;
    let Seen { reads, errors } = seen;
    let name = "the driver was killed in the middle of reads";
    if restarts >= ROUNDS && reads >= ROUNDS * (SIZE as u32 / PIECE as u32) {
        let _ = writeln!(report, "test {name} ... ok");
    } else {
        let _ = writeln!(
            report,
            "test {name} ... FAILED: {restarts} restarts, {reads} reads, {errors} errors"
        );
    }
    let _ = report.flush();
    let name = "random operations do as memory does while the driver is killed";
    match walk::walk(&fs, MODEL.take()) {
        Ok(changes) if changes > 300 => _ = writeln!(report, "test {name} ... ok"),
        Ok(changes) => _ = writeln!(report, "test {name} ... FAILED: {changes} changes"),
        Err(walk::Wrong { step, what }) => {
            let _ = writeln!(report, "test {name} ... FAILED: step {step}: {what}");
        }
    }
    let _ = writeln!(report, "suite: end");
    let _ = report.flush();
    loop {
        userlib::sys::recv_notification(0);
    }
}

/// What the reads came to.
#[derive(Default)]
struct Seen {
    reads: u32,
    errors: u32,
}

/// Reads the whole file; `Some` is where it was wrong.
fn read_through(fs: &Fs, seen: &mut Seen) -> Option<u64> {
    let mut handle = open(fs, seen);
    let mut pattern = Pattern::new();
    let mut offset = 0;
    let mut buffer = [0; PIECE];
    while offset < SIZE {
        match fs.read(handle, offset, &mut buffer) {
            Ok(count) => {
                seen.reads += 1;
                let count = (count as usize).min(PIECE);
                if count == 0 || buffer[..count].iter().any(|&byte| byte != pattern.next()) {
                    return Some(offset);
                }
                offset += count as u64;
            }
            Err(error) => {
                seen.errors += 1;
                if matches!(error, ClientError::Server(FsError::BadHandle)) {
                    handle = open(fs, seen);
                }
            }
        }
    }
    let _ = fs.close(handle);
    None
}

fn open(fs: &Fs, seen: &mut Seen) -> u32 {
    loop {
        match fs.open(flags::READ, PATH.as_bytes()) {
            Ok(opened) => return opened.handle,
            Err(_) => seen.errors += 1,
        }
    }
}
