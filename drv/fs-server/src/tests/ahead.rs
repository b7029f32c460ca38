//! Files that are read on and on.

use super::setup::*;
use fs_api::client::Fs;
use fs_api::{FsError, flags};
use std::vec;
use userlib::ipc::{ClientError, host};

const PATH: &[u8] = b"directory/A long name.bin";
const STEP: usize = 8000;

fn open(fs: &Fs, how: u32) -> u32 {
    fs.open(how, PATH).expect("it is there").handle
}

/// Reads on from `from` to `to`, and compares with what should be there.
fn read_on(fs: &Fs, handle: u32, (from, to): (usize, usize), wanted: &[u8]) {
    let mut bytes = vec![0; STEP];
    for at in (from..to).step_by(STEP) {
        let length = STEP.min(wanted.len() - at);
        assert_eq!(fs.read(handle, at as u64, &mut bytes), Ok(length as u32), "at {at}");
        assert!(bytes[..length] == wanted[at..at + length], "at {at}");
    }
}

#[test]
fn who_reads_on_needs_the_disk_less_and_less_often() {
    let (medium, fs) = start();
    let (handle, all) = (open(&fs, flags::READ), content());
    let reads = |from, to| {
        let before = medium.reads.get();
        read_on(&fs, handle, (from, to), &all);
        medium.reads.get() - before
    };
    reads(0, STEP);
    let begin = reads(STEP, 4 * STEP);
    // Some 118 000 bytes.
    let rest = reads(4 * STEP, all.len());
    assert!(begin > 0 && rest <= 4, "{begin} and then {rest}");
    assert_eq!(fs.read(handle, all.len() as u64, &mut [0; 10]), Ok(0));
    // From the beginning again: what is there are the last bytes.
    read_on(&fs, handle, (0, all.len()), &all);
}

#[test]
fn what_is_written_in_between_is_read() {
    let (_, fs) = start();
    let (mine, other) = (open(&fs, flags::READ), open(&fs, flags::READ | flags::WRITE));
    let mut all = content();
    read_on(&fs, mine, (0, 3 * STEP), &all);
    fs.write(other, 3 * STEP as u64 + 100, &[1; 5000]).expect("there is room");
    all[3 * STEP + 100..3 * STEP + 5100].fill(1);
    read_on(&fs, mine, (3 * STEP, 6 * STEP), &all);
    fs.truncate(other, 6 * STEP as u64 + 10).expect("it can be cut");
    assert_eq!(fs.read(mine, 6 * STEP as u64, &mut [0; STEP]), Ok(10));
    assert_eq!(fs.append(other, &[2; STEP]), Ok(6 * STEP as u64 + 10));
    all.truncate(6 * STEP + 10);
    all.extend([2; STEP]);
    read_on(&fs, mine, (6 * STEP, all.len()), &all);
    // A name that is opened anew, and emptied by that.
    read_on(&fs, mine, (0, 3 * STEP), &all);
    open(&fs, flags::WRITE | flags::TRUNCATE);
    assert_eq!(fs.read(mine, 3 * STEP as u64, &mut [0; STEP]), Ok(0));
}

#[test]
fn two_who_read_on_at_once_read_what_is_theirs() {
    let (_, fs) = start();
    let all = content();
    let other: vec::Vec<u8> = all.iter().map(|byte| !byte).collect();
    let second = fs.open(flags::READ | flags::WRITE | flags::CREATE, b"second");
    let (first, second) = (open(&fs, flags::READ), second.expect("it is new").handle);
    for (at, piece) in (0..).step_by(50_000).zip(other.chunks(50_000)) {
        fs.write(second, at, piece).expect("there is room");
    }
    let mut at = 0;
    for turns in [1, 3, 2, 1, 4].into_iter().cycle() {
        let to = (at + turns * STEP).min(all.len());
        read_on(&fs, first, (at, to), &all);
        read_on(&fs, second, (at, to), &other);
        at = to;
        if at == all.len() {
            break;
        }
    }
}

#[test]
fn a_bad_sector_is_told_to_who_reads_it_and_to_nobody_before() {
    let (medium, fs) = start();
    let (handle, all) = (open(&fs, flags::READ), content());
    let place = medium.bytes.borrow().windows(4096).position(|some| *some == all[..4096]);
    medium.bad.set(Some((place.expect("the file is there") + 100_000) / SECTOR));
    read_on(&fs, handle, (0, 12 * STEP), &all);
    let failed = fs.read(handle, 12 * STEP as u64, &mut [0; STEP]);
    assert_eq!(failed, Err(ClientError::Server(FsError::DeviceError)));
    read_on(&fs, handle, (13 * STEP, all.len()), &all);
}

#[test]
fn a_client_that_is_gone_keeps_nobody_waiting() {
    let (_, fs) = start();
    let handle = open(&fs, flags::READ);
    read_on(&fs, handle, (0, 3 * STEP), &content());
    host::call_as(BEN);
    assert_eq!(fs.read(handle, 3 * STEP as u64, &mut [0; STEP]), {
        Err(ClientError::Server(FsError::BadHandle))
    });
    host::call_as(ANN);
    read_on(&fs, handle, (3 * STEP, 5 * STEP), &content());
}
