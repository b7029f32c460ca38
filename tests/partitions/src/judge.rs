//! A client with the whole disk, that looks what became of it.

use crate::disk::{LEFT, Place, RIGHT, SECTOR, SECTORS};
use crate::report::Report;
use blk_api::BlkError;
use blk_api::client::Blk;
use userlib::ipc::ClientError;

type Answer<T> = Result<T, ClientError<BlkError>>;

pub fn play(report: &mut Report, disk: &Blk) {
    let found = [LEFT, RIGHT].into_iter().all(|place| at_edges(disk, place) == Ok(true));
    report.is(format_args!("judge: each has written its own sectors"), found);
    let around = [0, LEFT.first - 1, RIGHT.first + SECTORS, RIGHT.first + SECTORS + 2047];
    let clean = around.map(|sector| is_unmarked(disk, sector) == Ok(true)) == [true; 4];
    report.is(format_args!("judge: nobody has written around them"), clean);
    let refused = without_table(disk);
    let in_use = Err(ClientError::Server(BlkError::InUse));
    report.is(format_args!("judge: what is in use does not go with its table"), refused == in_use);
    report.is(format_args!("judge: with the table all is well"), disk.rescan() == Ok(()));
}

fn sector(disk: &Blk, first: u64) -> Answer<[u8; SECTOR]> {
    let mut bytes = [0; SECTOR];
    disk.read(first, &mut bytes).map(|()| bytes)
}

/// Whether the first and the last sector of a place hold what its owner wrote.
fn at_edges(disk: &Blk, place: Place) -> Answer<bool> {
    for own in [0, SECTORS - 1] {
        if sector(disk, place.first + own)? != place.content(own) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether nobody has written its mark, or what it tried to get out with. It is wiped off, so that
/// the next run does not find it.
fn is_unmarked(disk: &Blk, first: u64) -> Answer<bool> {
    let bytes = sector(disk, first)?;
    let marks = [LEFT.mark, RIGHT.mark, 0xee];
    let clean = marks.into_iter().all(|mark| bytes[8..] != [mark; SECTOR - 8]);
    if !clean {
        disk.write(first, &[0; SECTOR])?;
    }
    Ok(clean)
}

/// What comes of reading the table when it is gone. It is put back.
fn without_table(disk: &Blk) -> Answer<()> {
    let table = sector(disk, 0)?;
    disk.write(0, &[0; SECTOR])?;
    let result = disk.rescan();
    disk.write(0, &table)?;
    result
}
