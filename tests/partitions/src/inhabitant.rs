//! A client with a partition: it uses all of it, and tries everything to get out.

use crate::disk::{Place, SECTOR, SECTORS};
use crate::report::Report;
use blk_api::BlkError;
use blk_api::client::Blk;
use userlib::ipc::ClientError;

/// Sectors at each end of the partition that are written.
const EDGE: u64 = 16;

pub fn play(report: &mut Report, disk: &Blk, name: &str, place: Place) {
    let sectors = disk.info().map(|info| info.sectors);
    let same = if sectors == Ok(SECTORS) { Ok(()) } else { Err(format_args!("{sectors:?}")) };
    report.test(format_args!("{name}: its partition is its disk"), same);
    let written = write(disk, place);
    report.is(
        format_args!("{name}: it is its own from the first sector to the last"),
        written.is_ok(),
    );
    let outside = get_out(disk);
    let name_of_test = format_args!("{name}: nothing outside can be named");
    match outside {
        None => report.test(name_of_test, Ok(())),
        Some((operation, first, count)) => {
            let wrong = format_args!("{operation} of {count} from {first} on");
            report.test(name_of_test, Err(wrong));
        }
    }
    report.is(format_args!("{name}: its own is as it was"), is_there(disk, place) == Ok(true));
    // What it has is where it was: nobody minds.
    report.is(format_args!("{name}: the table can be read anew"), disk.rescan() == Ok(()));
}

/// The first sectors and the last ones.
fn edges() -> impl Iterator<Item = u64> {
    (0..EDGE).chain(SECTORS - EDGE..SECTORS)
}

fn write(disk: &Blk, place: Place) -> Result<(), ClientError<BlkError>> {
    edges().try_for_each(|sector| disk.write(sector, &place.content(sector)))?;
    disk.flush()
}

fn is_there(disk: &Blk, place: Place) -> Result<bool, ClientError<BlkError>> {
    let mut bytes = [0; SECTOR];
    for sector in edges() {
        disk.read(sector, &mut bytes)?;
        if bytes != place.content(sector) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Sectors outside: just behind the end, those of others, and those that come round to them when
/// something is added without care. So many sectors are asked for.
const OUTSIDE: [(u64, u64); 12] = [
    (SECTORS, 1),
    (SECTORS - 1, 2),
    (SECTORS - 7, 8),
    (SECTORS + 1, 1),
    (2 * SECTORS, 1),
    (2 * SECTORS + 2047, 1),
    (u64::MAX, 1),
    (u64::MAX, 2),
    (u64::MAX - 2047, 1),
    (u64::MAX - 2047 - SECTORS, 8),
    (1 << 55, 1),
    (1 << 63, 8),
];

/// What was not refused, or in another way than it ought to be.
fn get_out(disk: &Blk) -> Option<(&'static str, u64, u64)> {
    let mut bytes = [0xee; 8 * SECTOR];
    let refused = |result| result == Err(ClientError::Server(BlkError::OutOfRange));
    for (first, count) in OUTSIDE {
        let piece = &mut bytes[..count as usize * SECTOR];
        if !refused(disk.write(first, piece)) {
            return Some(("write", first, count));
        }
        if !refused(disk.read(first, piece)) {
            return Some(("read", first, count));
        }
        for count in [count, u64::MAX, SECTORS + 1] {
            if !refused(disk.discard(first, count)) {
                return Some(("discard", first, count));
            }
            if !refused(disk.write_zeroes(first, count)) {
                return Some(("write_zeroes", first, count));
            }
        }
    }
    None
}
