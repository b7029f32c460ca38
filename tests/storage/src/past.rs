//! Reads of the same file that go past the file system, into this task's memory.

use crate::pattern::Pattern;
use crate::{PATH, SIZE};
use core::hint::black_box;
use fs_api::client::Fs;
use fs_api::{File, FsError};
use userlib::ipc::ClientError;
use userlib::{Place, Region};

/// What is read at once: as much as a line of the cache, and a page.
const PIECES: [usize; 2] = [16_384, 4096];
/// More errors than any killing explains.
const TRIES: u32 = 10_000;

/// The memory, filled by others.
struct Room {
    place: Place,
    bytes: &'static mut [u8],
}

/// Reads the file to its end, some times; says how many bytes of each time the disk itself moved,
/// or what is wrong.
pub fn read(fs: &Fs, region: Region, rounds: u32) -> Result<u64, &'static str> {
    let memory = region.into_memory().map_err(|_| "the region is shared with another task")?;
    let settled = |region| fs.share(region).map(drop);
    let (place, bytes) = memory.claim(settled).map_err(|_| "the disk does not reach the region")?;
    let mut room = Room { place, bytes };
    let mut least = u64::MAX;
    for round in 0..rounds as usize {
        least = least.min(read_through(fs, &mut room, PIECES[round % PIECES.len()])?);
    }
    Ok(least)
}

fn read_through(fs: &Fs, room: &mut Room, piece: usize) -> Result<u64, &'static str> {
    let mut pattern = Pattern::new();
    let (mut moved, mut errors) = (0, 0);
    let mut file = loop {
        match File::open(fs, PATH) {
            Ok(file) => break file,
            Err(_) if errors < TRIES => errors += 1,
            Err(_) => return Err("it cannot be opened"),
        }
    };
    while file.position() < SIZE && errors < TRIES {
        let bytes = &mut room.bytes[..piece];
        bytes.fill(0);
        let at = room.place.offset_of_mut(bytes).ok_or("the memory is elsewhere")?;
        let past = file.read_shared(room.place.number(), at, piece as u32);
        let by_itself = past.is_ok();
        let read = match past {
            Err(ClientError::Server(FsError::NotShared)) => file.read(bytes),
            other => other,
        };
        let Ok(count) = read else {
            errors += 1;
            continue;
        };
        let bytes = black_box(&*bytes).get(..count).unwrap_or_default();
        if bytes.is_empty() || bytes.iter().any(|&byte| byte != pattern.next()) {
            return Err("other bytes are in the file");
        }
        moved += if by_itself { count as u64 } else { 0 };
    }
    if file.position() < SIZE { Err("it cannot be read") } else { Ok(moved) }
}
