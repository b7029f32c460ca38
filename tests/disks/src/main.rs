//! Uses a RAM disk that its server must keep, and one that is in the image.
//!
//! Both begin with the bytes of this file, which both sides know.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::BlkError;
use blk_api::client::Blk;
use console_api::Text;
use core::fmt::{self, Write};
use userlib::ipc::ClientError;
use userlib::kipc;

userlib::resources! {
    struct Resources {
        console: Slot,
        ram: Slot,
        fixed: Slot,
    }
}
userlib::task!(start);

/// Sectors of the disk `ram`.
const SECTOR: usize = 1024;
const SECTORS: u64 = 60;
/// Sectors of the disk `fixed`.
const FIXED_SECTOR: usize = 512;
const IMAGE: &[u8] = include_bytes!("main.rs");
/// What one call takes.
const MOST: usize = 16 * SECTOR;

type Error = ClientError<BlkError>;

/// A test, with what it says if it fails.
type Test = fn(&Resources, &mut [u8; MOST]) -> Result<(), Wrong>;

enum Wrong {
    Refused(Error),
    /// What should have been refused was answered so.
    Answer(Result<(), Error>),
    Bytes(u64),
    Info(u64, u32, bool),
    Restarts(u32),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "refused: {error:?}"),
            Self::Answer(answer) => write!(f, "answered {answer:?}"),
            Self::Bytes(sector) => write!(f, "other bytes in sector {sector}"),
            Self::Info(sectors, size, read_only) => {
                write!(f, "{sectors} sectors of {size}, read only: {read_only}")
            }
            Self::Restarts(count) => write!(f, "{count} restarts"),
        }
    }
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

fn start(resources: Resources) -> ! {
    let tests: [(&str, Test); 5] = [
        ("both disks begin with the image and then zeros", begin),
        ("what is written is read, in long pieces and short", keep),
        ("sectors that are not there are refused", refuse),
        ("the disk in the image takes no writes", fixed),
        ("a disk outlives its server", outlive),
    ];
    let mut text = Text::new(resources.console);
    let mut buffer = [0; MOST];
    let _ = writeln!(text, "suite: begin {}", tests.len());
    for (name, test) in tests {
        let _ = match test(&resources, &mut buffer) {
            Ok(()) => writeln!(text, "test {name} ... ok"),
            Err(wrong) => writeln!(text, "test {name} ... FAILED: {wrong}"),
        };
    }
    let _ = writeln!(text, "suite: end");
    let _ = text.flush();
    loop {
        userlib::sys::recv_notification(0);
    }
}

fn begin(resources: &Resources, buffer: &mut [u8; MOST]) -> Result<(), Wrong> {
    for (slot, sector) in [(resources.ram, SECTOR), (resources.fixed, FIXED_SECTOR)] {
        let disk = Blk::new(slot);
        let info = disk.info()?;
        for first in 0..info.sectors {
            let offset = first as usize * sector;
            let expected = |i: usize| IMAGE.get(offset + i).copied().unwrap_or(0);
            let read = &mut buffer[..sector];
            read.fill(0xee);
            disk.read(first, read)?;
            if read.iter().enumerate().any(|(i, &byte)| byte != expected(i)) {
                return Err(Wrong::Bytes(first));
            }
        }
    }
    let info = Blk::new(resources.ram).info()?;
    let right = (info.sectors, info.sector_size, info.read_only);
    if right == (SECTORS, SECTOR as u32, false) { Ok(()) } else { Err(wrong_info(info)) }
}

const fn wrong_info(info: blk_api::DiskInfo) -> Wrong {
    Wrong::Info(info.sectors, info.sector_size, info.read_only)
}

/// Not the same in any two places near each other.
const fn pattern(place: usize) -> u8 {
    (place ^ place >> 8 ^ place >> 3) as u8
}

fn written(disk: &Blk, first: u64, buffer: &mut [u8]) -> Result<(), Wrong> {
    buffer.iter_mut().enumerate().for_each(|(i, byte)| *byte = pattern(i));
    disk.write(first, buffer)?;
    disk.flush()?;
    same(disk, first, buffer)
}

fn same(disk: &Blk, first: u64, buffer: &mut [u8]) -> Result<(), Wrong> {
    buffer.fill(0);
    disk.read(first, buffer)?;
    let differs = buffer.iter().enumerate().any(|(i, &byte)| byte != pattern(i));
    if differs { Err(Wrong::Bytes(first)) } else { Ok(()) }
}

fn keep(resources: &Resources, buffer: &mut [u8; MOST]) -> Result<(), Wrong> {
    let disk = Blk::new(resources.ram);
    written(&disk, SECTORS - 16, buffer)?;
    written(&disk, 30, &mut buffer[..5 * SECTOR])?;
    written(&disk, 40, &mut buffer[..SECTOR])?;
    // The neighbours are what they were: zeros.
    for neighbour in [29, 35, 39, 41] {
        disk.read(neighbour, &mut buffer[..SECTOR])?;
        if buffer[..SECTOR] != [0; SECTOR] {
            return Err(Wrong::Bytes(neighbour));
        }
    }
    Ok(())
}

fn refused(answer: Result<(), Error>, error: BlkError) -> Result<(), Wrong> {
    match answer {
        Err(ClientError::Server(why)) if why == error => Ok(()),
        other => Err(Wrong::Answer(other)),
    }
}

fn refuse(resources: &Resources, buffer: &mut [u8; MOST]) -> Result<(), Wrong> {
    let disk = Blk::new(resources.ram);
    for first in [SECTORS, SECTORS - 1, u64::MAX - 1, u64::MAX / SECTOR as u64] {
        refused(disk.read(first, &mut buffer[..2 * SECTOR]), BlkError::OutOfRange)?;
        refused(disk.write(first, &buffer[..2 * SECTOR]), BlkError::OutOfRange)?;
    }
    for bytes in [0, 512, SECTOR + 1] {
        refused(disk.read(0, &mut buffer[..bytes]), BlkError::BadLength)?;
    }
    Ok(())
}

fn fixed(resources: &Resources, buffer: &mut [u8; MOST]) -> Result<(), Wrong> {
    let disk = Blk::new(resources.fixed);
    refused(disk.write(0, &buffer[..FIXED_SECTOR]), BlkError::ReadOnly)?;
    let info = disk.info()?;
    if info.read_only { Ok(()) } else { Err(wrong_info(info)) }
}

fn outlive(resources: &Resources, buffer: &mut [u8; MOST]) -> Result<(), Wrong> {
    let disk = Blk::new(resources.ram);
    written(&disk, 50, &mut buffer[..4 * SECTOR])?;
    kipc::fault(resources.ram.index());
    same(&disk, 50, &mut buffer[..4 * SECTOR])?;
    let restarts = kipc::read_status(resources.ram.index()).restarts;
    if restarts == 1 { Ok(()) } else { Err(Wrong::Restarts(restarts)) }
}
