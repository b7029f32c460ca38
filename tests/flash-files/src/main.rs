//! Files on NOR flash: what the host wrote, what is written here while the flash server or the file
//! system is killed, and what the host is to find.
//!
//! `report.txt` tells it: each file with the numbers that its bytes follow from.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod files;

use console_api::Text;
use core::fmt::{self, Write};
use files::{Files, Wrong};
use flash_api::FlashError;
use flash_api::client::Flash;
use fs_api::client::Fs;
use static_cell::ConstStaticCell;
use userlib::ipc::ClientError;
use userlib::{Slot, kipc};

userlib::resources! {
    struct Resources {
        console: Slot,
        mounts: Mounts,
        flash: Slot,
        flash_killer: Slot,
        fs_killer: Slot,
    }
}
userlib::task!(start);

static FILES: ConstStaticCell<Files> = ConstStaticCell::new(Files::new());

/// Files written while a server dies, and how often it must have died then.
const ROUNDS: u32 = 24;
const DEATHS: u32 = 10;
/// Bytes of an erase block, and how many this task has.
const BLOCK: u64 = 256 << 10;
const BLOCKS: u64 = 4;

/// What the tests have.
struct Have {
    fs: Slot,
    flash: Slot,
    flash_killer: Slot,
    fs_killer: Slot,
}

type Test = fn(&Have, &Fs, &mut Files) -> Result<(), Wrong>;

fn start(resources: Resources) -> ! {
    let tests: [(&str, Test); 6] = [
        ("what the host wrote is read", |_, fs, files| files.read_host(fs)),
        ("files are written, moved and removed", |_, fs, files| files.change(fs)),
        ("files are whole while the flash server is killed", |have, fs, files| {
            killed(have.flash_killer, have.flash, fs, files)
        }),
        ("what was synced is there while the file system is killed", |have, fs, files| {
            killed(have.fs_killer, have.fs, fs, files)
        }),
        ("the blocks of another client are out of reach", part),
        ("the flash server counts what is done", |have, fs, files| {
            let statistics = Flash::new(have.flash).statistics()?;
            files.report(fs, &statistics)
        }),
    ];
    let Resources { console, mounts, flash, flash_killer, fs_killer } = resources;
    let mut text = Text::new(console);
    let Some(fs) = mounts.at("/") else {
        let _ = writeln!(text, "suite: nothing is mounted");
        loop {
            userlib::sys::recv_notification(0);
        }
    };
    let have = Have { fs, flash, flash_killer, fs_killer };
    let fs = Fs::new(fs);
    let files = FILES.take();
    let _ = writeln!(text, "suite: begin {}", tests.len());
    for (name, test) in tests {
        let _ = match test(&have, &fs, files) {
            Ok(()) => writeln!(text, "test {name} ... ok"),
            Err(wrong) => writeln!(text, "test {name} ... FAILED: {wrong}"),
        };
        let _ = text.flush();
    }
    let _ = writeln!(text, "suite: end");
    let _ = text.flush();
    loop {
        userlib::sys::recv_notification(0);
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "refused: {error:?}"),
            Self::Flash(error) => write!(f, "flash: {error:?}"),
            Self::Bytes(file, at) => write!(f, "file {file} is wrong at {at}"),
            Self::What(what) => f.write_str(what),
            Self::Deaths(count) => write!(f, "it died {count} times"),
        }
    }
}

/// Writes files while a server dies again and again.
fn killed(killer: Slot, victim: Slot, fs: &Fs, files: &mut Files) -> Result<(), Wrong> {
    let deaths = || kipc::read_status(victim.index()).restarts;
    let before = deaths();
    kipc::restart(killer.index(), true);
    let mut round = 0;
    let done = loop {
        if let Err(wrong) = files.write_one(fs).and_then(|()| files.check_one(fs)) {
            break Err(wrong);
        }
        round += 1;
        if round >= ROUNDS && deaths() >= before + DEATHS {
            break Ok(());
        }
    };
    kipc::restart(killer.index(), false);
    done?;
    let count = deaths() - before;
    if count < DEATHS {
        return Err(Wrong::Deaths(count));
    }
    files.check_all(fs)
}

fn part(have: &Have, _: &Fs, _: &mut Files) -> Result<(), Wrong> {
    let flash = Flash::new(have.flash);
    if flash.info()?.size != BLOCKS * BLOCK {
        return Err(Wrong::What("a part of another size"));
    }
    flash.erase(BLOCK)?;
    flash.program(BLOCK, b"ours")?;
    let mut bytes = [0; 4];
    flash.read(BLOCK, &mut bytes)?;
    if bytes != *b"ours" {
        return Err(Wrong::What("other bytes in the part"));
    }
    let outside = Err(ClientError::Server(FlashError::OutOfRange));
    let refused = [
        flash.read(BLOCKS * BLOCK - 2, &mut bytes),
        flash.program(BLOCKS * BLOCK, &bytes),
        flash.erase(BLOCKS * BLOCK),
        flash.erase(0_u64.wrapping_sub(BLOCK)),
    ];
    let right = refused.iter().all(|answer| *answer == outside);
    if right { Ok(()) } else { Err(Wrong::What("more than the part is reached")) }
}
