//! A client that app.toml gives no part of the disk.

use crate::disk::LARGEST;
use crate::report::Report;
use blk_api::BlkError;
use blk_api::client::Blk;
use userlib::ipc::ClientError;

pub fn play(report: &mut Report, disk: &Blk) {
    const NOTHING: ClientError<BlkError> = ClientError::Server(BlkError::NoPartition);
    // Whole sectors of any size.
    let mut bytes = [0; LARGEST];
    let asked = [
        disk.info().map(drop),
        disk.read(0, &mut bytes),
        disk.write(0, &bytes),
        disk.discard(0, 1),
        disk.write_zeroes(0, 1),
    ];
    report.is(format_args!("stranger: it has no sectors"), asked == [Err(NOTHING); 5]);
    let serial = disk.serial();
    let serial = serial.as_deref();
    report.is(format_args!("stranger: the disk is the right one"), serial == Ok(b"aidos-test"));
}
