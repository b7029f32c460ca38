//! Memory that the disk reaches: the server's cache, and a client's.

use super::setup::*;
use crate::{Direct, Disk, Memory, Past, Server};
use abi::{Generation, TaskId};
use blk_api::BlkError;
use config::{RegionFacts, ShareDesc, TaskBitmap};
use drv_block_cache::{Cache, Tags};
use drv_fatfs::{Fat, Place};
use fs_api::client::Fs;
use fs_api::{File, FsError, SeekFrom, flags};
use std::boxed::Box;
use std::cell::RefCell;
use std::rc::Rc;
use std::vec;
use std::vec::Vec;
use userlib::ipc::{ClientError, host};
use userlib::resources::{Records, Resource};
use userlib::{Region, Shares};

const CACHE: u32 = 0;
const CLIENT: u32 = 1;
const STRANGER: u32 = 2;
const BYTES: usize = 128 << 10;
const PATH: &[u8] = b"directory/A long name.bin";

/// A region, by two names.
fn region(number: u32) -> (Region, Region) {
    let memory = Box::leak(vec![0u8; BYTES].into_boxed_slice());
    let base = memory.as_mut_ptr().expose_provenance() as u64;
    let facts = RegionFacts { number, alone: true };
    let records = [[base, BYTES as u64], [0x8000, facts.encode()]];
    let records = Box::leak(Box::new(records));
    let one = || Region::from_records(&mut Records::new(records));
    (one(), one())
}

/// The client's region, for the first client only.
fn shares() -> Shares {
    let mut clients = TaskBitmap::EMPTY;
    clients.insert(ANN.index());
    let share = ShareDesc { physical: 0x8000, size: BYTES as u64, number: CLIENT, clients };
    // There are no others.
    Shares::from_records(&mut Records::new(Box::leak(Box::new(share.encode()))))
}

/// A file system with its cache in memory that the disk reaches, and the client's region.
fn start_shared() -> (Medium, Fs, Region) {
    let medium = Medium { bytes: Rc::new(RefCell::new(image())), ..Medium::default() };
    let ((_, unused), (mine, disks)) = (region(CACHE), region(CLIENT));
    medium.shared.borrow_mut().extend([unused, disks]);
    host::start(BLK, blk_api::server::Serve(medium.clone()));
    live(&medium, 0);
    (medium, Fs::to(FS), mine)
}

/// Begins a life of the file system.
fn live(medium: &Medium, life: u32) {
    let (cache, its) = region(CACHE);
    medium.shared.borrow_mut()[CACHE as usize] = its;
    let direct = &*Box::leak(Box::new(Direct::new()));
    let (mut disk, bytes) = Disk::of(BLK).share(cache);
    disk.take_way(direct);
    let memory = Box::leak(Box::new(Memory::new()));
    let tags = Box::leak(Box::new(Tags::<4, 8192>::new()));
    let past = Past::new(shares(), disk.is_held());
    let cache = Cache::over(tags, memory.share(bytes, 4 * 8192), disk);
    let fat = Fat::new(Box::leak(Box::new(Place::new())), cache);
    let seed = 1 + life * 1000;
    let mut server =
        Server::new((memory, direct), fat, StandStill, rights(), seed, CLIENT_RESTARTED);
    server.let_past(past);
    server.mount();
    host::start(TaskId::new(FS.index(), Generation(life)), fs_api::server::Serve(server));
}

fn memory(region: &Region, at: usize, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    assert_eq!(region.read(at, &mut bytes), length);
    bytes
}

const NOT_SHARED: ClientError<FsError> = ClientError::Server(FsError::NotShared);

#[test]
fn all_that_the_server_reads_and_writes_goes_by_the_disk_itself() {
    let (medium, fs, _) = start_shared();
    let handle = fs.open(flags::READ | flags::WRITE, PATH).expect("it is there").handle;
    let mut bytes = vec![0; 65536];
    assert_eq!(fs.read(handle, 0, &mut bytes), Ok(65536));
    assert!(bytes == content()[..65536]);
    bytes.fill(7);
    fs.write(handle, 512, &bytes).expect("there is room");
    fs.sync(handle).expect("the disk is sound");
    assert!(medium.moved.get() >= 2 * 65536);
    assert_eq!(fs.read(handle, 512, &mut bytes), Ok(65536));
    assert!(bytes == [7; 65536]);
}

#[test]
fn a_file_goes_past_the_server_but_for_its_end() {
    let (medium, fs, mine) = start_shared();
    assert_eq!(fs.share(CLIENT), Ok(BYTES as u64));
    let handle = fs.open(flags::READ, PATH).expect("it is there").handle;
    let before = medium.moved.get();
    for (offset, length) in [(0, 65536), (4096, 4096), (512, 1024), (16384, 100_352)] {
        assert_eq!(fs.read_shared(offset, 4096, handle, length, CLIENT), Ok(length));
        let (from, length) = (offset as usize, length as usize);
        assert!(memory(&mine, 4096, length) == content()[from..from + length], "{offset}");
    }
    assert_eq!(medium.moved.get() - before, 65536 + 4096 + 1024 + 100_352);
    // 149_504 is where the last sector begins.
    assert_eq!(fs.read_shared(147_456, 0, handle, 65536, CLIENT), Ok(2048));
    assert_eq!(fs.read_shared(149_504, 0, handle, 65536, CLIENT), Err(NOT_SHARED));
    assert_eq!(fs.read_shared(100, 0, handle, 4096, CLIENT), Err(NOT_SHARED));
}

#[test]
fn a_file_with_a_cursor_goes_on_where_the_disk_ended_and_through_restarts() {
    let (medium, fs, mine) = start_shared();
    let mut file = File::open(&fs, "directory/A long name.bin").expect("it is there");
    let (mut all, mut life) = (Vec::new(), 0);
    let end = loop {
        life += 1;
        live(&medium, life);
        match file.read_shared(CLIENT, 8192, 20_000) {
            Ok(count) => all.extend(memory(&mine, 8192, count)),
            Err(error) => break error,
        }
        assert_eq!(file.position(), all.len() as u64);
    };
    assert_eq!((end, all.len()), (NOT_SHARED, 149_504));
    let mut last = [0; 1000];
    assert_eq!(file.read(&mut last), Ok(496));
    all.extend(&last[..496]);
    assert!(all == content());
    file.seek(SeekFrom::Start(4096)).expect("it is open");
    assert_eq!(file.read_shared_at(512, (CLIENT, 0), 512), Ok(512));
    assert_eq!(file.position(), 4096);
    assert!(memory(&mine, 0, 512) == content()[512..1024]);
}

#[test]
fn who_has_written_is_told_what_a_restart_may_have_lost_here_too() {
    let (medium, fs, _) = start_shared();
    let path = "directory/A long name.bin";
    let how = flags::READ | flags::WRITE;
    let mut file = File::open_with(&fs, path, how).expect("it is there");
    file.write(&[1; 512]).expect("there is room");
    live(&medium, 1);
    let lost = Err(ClientError::Server(FsError::Lost));
    assert_eq!(file.read_shared(CLIENT, 0, 512), lost);
    assert_eq!(file.read_shared(CLIENT, 0, 512), Ok(512));
    assert_eq!(file.position(), 1024);
}

#[test]
fn what_only_the_cache_has_is_read_too() {
    let (_, fs, mine) = start_shared();
    let handle = fs.open(flags::READ | flags::WRITE, PATH).expect("it is there").handle;
    fs.write(handle, 5000, &[9; 3000]).expect("there is room");
    assert_eq!(fs.read_shared(4096, 0, handle, 8192, CLIENT), Ok(8192));
    let mut wanted = content()[4096..12_288].to_vec();
    wanted[904..3904].fill(9);
    assert!(memory(&mine, 0, 8192) == wanted);
}

#[test]
fn memory_that_is_not_the_clients_is_not_reached() {
    let (medium, fs, _) = start_shared();
    let handle = fs.open(flags::READ, PATH).expect("it is there").handle;
    let before = medium.moved.get();
    let outside = [
        (BYTES as u64, 512, CLIENT),
        (BYTES as u64 - 512, 1024, CLIENT),
        (u64::MAX - 511, 1024, CLIENT),
        (100, 512, CLIENT),
        (0, u32::MAX, CLIENT),
        (0, 4096, CACHE),
        (0, 4096, STRANGER),
    ];
    for (at, length, region) in outside {
        assert_eq!(fs.read_shared(0, at, handle, length, region), Err(NOT_SHARED));
    }
    assert_eq!(fs.share(CACHE), Err(NOT_SHARED));
    host::call_as(BEN);
    assert_eq!(fs.share(CLIENT), Err(NOT_SHARED));
    host::call_as(ANN);
    assert_eq!(medium.moved.get(), before);
}

#[test]
fn an_error_of_the_disk_is_told() {
    let (medium, fs, _) = start_shared();
    let handle = fs.open(flags::READ, PATH).expect("it is there").handle;
    medium.failure.set(Some(BlkError::DeviceError));
    let failed = Err(ClientError::Server(FsError::DeviceError));
    assert_eq!(fs.read_shared(0, 0, handle, 4096, CLIENT), failed);
    medium.failure.set(None);
    assert_eq!(fs.read_shared(0, 0, handle, 4096, CLIENT), Ok(4096));
}
