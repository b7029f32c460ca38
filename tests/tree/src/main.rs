//! Prints all that is on a volume: every name, what is known of it, and the sum of its bytes.
//!
//! Then it tries to change something. The system tests compare with what they put there.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod changes;
mod walk;

use console_api::Text;
use core::fmt::{self, Write};
use fs_api::client::Fs;
use static_cell::ConstStaticCell;

userlib::resources! {
    struct Resources {
        console: Slot,
        mounts: Mounts,
    }
}
userlib::task!(start);

static MEMORY: ConstStaticCell<walk::Memory> = ConstStaticCell::new(walk::Memory::new());

fn start(resources: Resources) -> ! {
    let mut report = Text::new(resources.console);
    // Who reads the console sees it if lines are missing.
    if let Some(server) = resources.mounts.at("/") {
        let _ = print(&Fs::new(server), &mut report);
    }
    let _ = writeln!(report, "tree: end");
    let _ = report.flush();
    loop {
        userlib::sys::recv_notification(0);
    }
}

fn print(fs: &Fs, report: &mut Text) -> fmt::Result {
    match fs.space() {
        Err(failure) => return writeln!(report, "tree: {failure:?}"),
        Ok(space) => {
            let format = core::str::from_utf8(&space.format).unwrap_or("").trim_end_matches('\0');
            let fs_api::Space { blocks, free, block_size, read_only, .. } = space;
            writeln!(report, "tree: {format} {block_size} {blocks} {free} {read_only}")?;
        }
    }
    walk::print(fs, MEMORY.take(), report)?;
    changes::print(fs, report)
}
