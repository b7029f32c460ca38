//! Reads of the same file that go past the file system, into this task's memory.

use crate::pattern::Pattern;
use crate::{PATH, SIZE};
use core::hint::black_box;
use fs_api::client::Fs;
use fs_api::{FsError, flags};
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
    let (mut handle, mut pattern) = (0, Pattern::new());
    let (mut offset, mut moved, mut errors) = (0, 0, 0);
    while offset < SIZE && errors < TRIES {
        let bytes = &mut room.bytes[..piece];
        bytes.fill(0);
        let at = room.place.offset_of_mut(bytes).ok_or("the memory is elsewhere")?;
        let past = fs.read_shared(offset, at, handle, piece as u32, room.place.number());
        let by_itself = past.is_ok();
        let read = match past {
            Err(ClientError::Server(FsError::NotShared)) => fs.read(handle, offset, bytes),
            other => other,
        };
        let Ok(count) = read else {
            errors += 1;
            if read == Err(ClientError::Server(FsError::BadHandle)) {
                handle = fs.open(flags::READ, PATH).map_or(handle, |opened| opened.handle);
            }
            continue;
        };
        let bytes = black_box(&*bytes).get(..count as usize).unwrap_or_default();
        if bytes.is_empty() || bytes.iter().any(|&byte| byte != pattern.next()) {
            return Err("other bytes are in the file");
        }
        offset += u64::from(count);
        moved += if by_itself { u64::from(count) } else { 0 };
    }
    let _ = fs.close(handle);
    if offset < SIZE { Err("it cannot be read") } else { Ok(moved) }
}
