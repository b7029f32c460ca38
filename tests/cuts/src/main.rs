//! Writes to a FAT32 disk what a power cut would leave whole, repairable and beyond repair.
//!
//! Seven writes, of which each second one of the last four puts back what the one before it broke.
//! `tests/system/tests/power_cuts.rs` knows which disk comes after which.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::client::Blk;
use blk_api::{BlkError, SECTOR};
use console_api::Text;
use core::fmt::Write;
use userlib::ipc::ClientError;

userlib::resources! {
    struct Resources {
        console: Slot,
        disk: Slot,
    }
}
userlib::task!(start);

type Result<T> = core::result::Result<T, ClientError<BlkError>>;

fn start(resources: Resources) -> ! {
    let mut text = Text::new(resources.console);
    let disk = Blk::new(resources.disk);
    let _ = writeln!(text, "suite: begin 1");
    let name = "a disk is broken and mended, flushed at each step";
    match write(&disk) {
        Ok(()) => _ = writeln!(text, "test {name} ... ok"),
        Err(error) => _ = writeln!(text, "test {name} ... FAILED: {error:?}"),
    }
    let _ = writeln!(text, "suite: end");
    let _ = text.flush();
    loop {
        userlib::sys::recv_notification(0);
    }
}

fn write(disk: &Blk) -> Result<()> {
    // Nobody has the last clusters of the disk.
    let last = disk.info()?.sectors - 64;
    for place in 0..3 {
        disk.write(last + place, &[place as u8 + 1; SECTOR])?;
    }
    disk.flush()?;
    let mut boot = [0; SECTOR];
    disk.read(0, &mut boot)?;
    // The second table's mark that it is not in use: bit 27 of entry 1.
    break_and_mend(disk, second_table(&boot), 7)?;
    // Without its signature it is no volume.
    break_and_mend(disk, 0, SECTOR - 2)
}

/// The first sector of the second file allocation table (FAT specification, section 3.1:
/// BPB_RsvdSecCnt and BPB_FATSz32).
fn second_table(boot: &[u8; SECTOR]) -> u64 {
    let reserved = u64::from(u16::from_le_bytes([boot[14], boot[15]]));
    let table = u64::from(u32::from_le_bytes([boot[36], boot[37], boot[38], boot[39]]));
    reserved + table
}

fn break_and_mend(disk: &Blk, sector: u64, byte: usize) -> Result<()> {
    let mut whole = [0; SECTOR];
    disk.read(sector, &mut whole)?;
    let mut broken = whole;
    broken[byte] ^= 0x5a;
    disk.write(sector, &broken)?;
    disk.flush()?;
    disk.write(sector, &whole)?;
    disk.flush()
}
