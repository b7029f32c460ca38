//! What one client alone can see of a disk.

use crate::report::test;
use blk_api::client::Blk;
use blk_api::{BlkError, DiskInfo};
use console_api::Text;
use userlib::ipc::ClientError;

type Answer = Result<(), ClientError<BlkError>>;

const fn refused(error: BlkError) -> Answer {
    Err(ClientError::Server(error))
}

/// The second disk has sectors of 4096 bytes, the third takes no writes.
pub fn others(out: &mut Text, second: &Blk, third: &Blk) {
    let serials = [second, third].map(|disk| disk.serial().unwrap_or_default());
    test(
        out,
        "each driver has its own disk",
        *serials[0] == *b"second" && *serials[1] == *b"third",
    );
    let info = second.info();
    let large = matches!(info, Ok(DiskInfo { sector_size: 4096, read_only: false, .. }));
    test(out, "sectors of 4096 bytes are counted as such", large && large_sectors(second));
    let info = third.info();
    let read_only = matches!(info, Ok(DiskInfo { sector_size: 512, read_only: true, .. }));
    test(out, "a disk that takes no writes says so", read_only && no_writes(third));
}

fn large_sectors(disk: &Blk) -> bool {
    let Ok(info) = disk.info() else { return false };
    let last = info.sectors - 1;
    let (mut one, pattern) = ([0; 4096], [0xa7; 4096]);
    disk.read(last, &mut one[..512]) == refused(BlkError::BadLength)
        && disk.read(last + 1, &mut one) == refused(BlkError::OutOfRange)
        && disk.write(last, &pattern).is_ok()
        && disk.flush().is_ok()
        && disk.read(last, &mut one).is_ok()
        && one == pattern
        && disk.read(last - 1, &mut one).is_ok()
        && one == [0; 4096]
}

fn no_writes(disk: &Blk) -> bool {
    let mut sector = [0; 512];
    disk.read(0, &mut sector).is_ok()
        && disk.write(0, &sector) == refused(BlkError::ReadOnly)
        && disk.discard(0, 1) == refused(BlkError::ReadOnly)
        && disk.write_zeroes(0, 1) == refused(BlkError::ReadOnly)
        && disk.flush().is_ok()
}

/// A place on the first disk where no worker comes, in sectors.
const APART: u64 = 32_768;

/// The first disk: discard, zeros, and what it refuses.
pub fn plain(out: &mut Text, disk: &Blk) {
    let able = matches!(disk.info(), Ok(DiskInfo { discard: true, write_zeroes: true, .. }));
    test(out, "sectors can be set to zero", able && zeroes(disk));
    test(out, "sectors can be discarded, and those beside are left", able && discards(disk));
    let sectors = disk.info().map_or(0, |info| info.sectors);
    let mut two = [0; 1024];
    let refusals = disk.read(sectors - 1, &mut two) == refused(BlkError::OutOfRange)
        && disk.write(u64::MAX, &two) == refused(BlkError::OutOfRange)
        && disk.read(0, &mut two[..700]) == refused(BlkError::BadLength)
        && disk.read(0, &mut []) == refused(BlkError::BadLength)
        && disk.discard(sectors, 1) == refused(BlkError::OutOfRange)
        && disk.discard(1, u64::MAX) == refused(BlkError::OutOfRange)
        && disk.write_zeroes(0, 0) == refused(BlkError::BadLength);
    test(out, "what the disk does not have is refused", refusals);
}

fn zeroes(disk: &Blk) -> bool {
    let mut sectors = [0x11; 5 * 512];
    disk.write(APART, &sectors).is_ok()
        && disk.write_zeroes(APART + 1, 3).is_ok()
        && disk.read(APART, &mut sectors).is_ok()
        && sectors[..512] == [0x11; 512]
        && sectors[512..4 * 512].iter().all(|&byte| byte == 0)
        && sectors[4 * 512..] == [0x11; 512]
}

fn discards(disk: &Blk) -> bool {
    const LARGE: u64 = 20_000;
    let mut sector = [0x22; 512];
    let mut kept = |place| disk.read(place, &mut sector).is_ok() && sector == [0x22; 512];
    disk.write(APART, &[0x22; 512]).is_ok()
        && disk.write(APART + 1 + LARGE, &[0x22; 512]).is_ok()
        && disk.discard(APART + 1, LARGE).is_ok()
        && kept(APART)
        && kept(APART + 1 + LARGE)
}

/// Sector [`APART`] cannot be read, and the sector 64 behind it cannot be written.
pub fn bad(out: &mut Text, disk: &Blk) {
    let mut sectors = [0x33; 2 * 512];
    let written = disk.write(APART, &sectors).is_ok();
    let unreadable = disk.read(APART, &mut sectors) == refused(BlkError::DeviceError)
        && disk.read(APART - 1, &mut sectors) == refused(BlkError::DeviceError)
        && disk.read(APART + 1, &mut sectors[..512]).is_ok()
        && disk.read(APART - 1, &mut sectors[..512]).is_ok();
    test(out, "a sector that cannot be read fails those who ask for it", written && unreadable);
    let place = APART + 64;
    let unwritable = disk.write(place, &sectors[..512]) == refused(BlkError::DeviceError)
        && disk.write(place + 1, &sectors[..512]).is_ok()
        && disk.read(place, &mut sectors).is_ok();
    test(out, "a sector that cannot be written fails those who write it", unwritable);
    let counted = disk.statistics().is_ok_and(|all| all.errors == 3);
    test(out, "failures are counted", counted);
}
