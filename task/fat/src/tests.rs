//! A client, the file system and a block server, with the host in the kernel's place.

extern crate std;

use crate::{Disk, Event, Memory, Server};
use abi::{Generation, TaskId};
use blk_api::server::{Blk, Refuse};
use blk_api::{BlkError, DiskInfo, SECTOR, Statistics};
use fs_api::client::Fs;
use fs_api::{File, FsError, SeekFrom};
use std::boxed::Box;
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::vec;
use std::vec::Vec;
use userlib::ipc::{Bits, Caller, ClientError, InOrder, Lease, List, Read, Write, host};

const BLK: TaskId = TaskId::new(2, Generation(0));
const FS: TaskId = TaskId::new(3, Generation(0));

std::thread_local! {
    static EVENTS: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
}

/// A block server whose disk is a vector.
#[derive(Clone, Default)]
struct Medium {
    bytes: Rc<RefCell<Vec<u8>>>,
    failure: Rc<Cell<Option<BlkError>>>,
    /// How often to say that there is no room.
    busy: Rc<Cell<u32>>,
}

impl Medium {
    fn check(&self) -> Result<(), Refuse<BlkError>> {
        if let Some(left) = self.busy.get().checked_sub(1) {
            self.busy.set(left);
            return Err(BlkError::Busy.into());
        }
        self.failure.get().map_or(Ok(()), |failure| Err(failure.into()))
    }
}

impl Blk for Medium {
    type Order = InOrder;

    fn info(&mut self, _: Caller) -> Result<DiskInfo, Refuse<BlkError>> {
        self.failure.get().map_or(Ok(()), Err)?;
        let sectors = (self.bytes.borrow().len() / SECTOR) as u64;
        let sector_size = SECTOR as u32;
        Ok(DiskInfo {
            sectors,
            sector_size,
            read_only: true,
            cached: false,
            discard: false,
            write_zeroes: false,
        })
    }

    fn read(&mut self, _: Caller, first: u64, buf: Lease<Write>) -> Result<(), Refuse<BlkError>> {
        self.check()?;
        let start = first as usize * SECTOR;
        buf.write(0, &self.bytes.borrow()[start..start + buf.len()])?;
        Ok(())
    }

    fn write(&mut self, _: Caller, _: u64, _: Lease<Read>) -> Result<(), Refuse<BlkError>> {
        Err(BlkError::ReadOnly.into())
    }

    fn flush(&mut self, _: Caller) -> Result<(), Refuse<BlkError>> {
        Ok(())
    }

    fn discard(&mut self, _: Caller, _: u64, _: u64) -> Result<(), Refuse<BlkError>> {
        Err(BlkError::Unsupported.into())
    }

    fn write_zeroes(&mut self, _: Caller, _: u64, _: u64) -> Result<(), Refuse<BlkError>> {
        Err(BlkError::Unsupported.into())
    }

    fn serial(&mut self, _: Caller) -> Result<List<u8, 20>, Refuse<BlkError>> {
        Ok(List::new())
    }

    fn statistics(&mut self, _: Caller) -> Result<Statistics, Refuse<BlkError>> {
        Err(BlkError::Unsupported.into())
    }

    fn rescan(&mut self, _: Caller) -> Result<(), Refuse<BlkError>> {
        Ok(())
    }
}

fn content() -> Vec<u8> {
    (0..150_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn run(program: &str, arguments: &[&str], folder: &Path) {
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let output =
        Command::new(program).args(arguments).current_dir(folder).env("PATH", path).output();
    match output {
        Ok(output) => assert!(output.status.success(), "{program} failed: {output:?}"),
        Err(error) => panic!("cannot run {program} ({error}): install dosfstools and mtools"),
    }
}

fn image() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let here = folder.path();
    std::fs::write(here.join("source"), content()).expect("the folder takes a file");
    run("mkfs.vfat", &["-C", "disk.img", "1440"], here);
    run("mmd", &["-i", "disk.img", "::directory"], here);
    run("mcopy", &["-i", "disk.img", "source", "::directory/A long name.bin"], here);
    std::fs::read(here.join("disk.img")).expect("the image is there")
}

fn start_fs(task: TaskId) {
    let memory = Box::leak(Box::new(Memory::new()));
    let log = |event| EVENTS.with_borrow_mut(|events| events.push(event));
    let seed = task.generation().0 * 1000;
    let mut server = Server::new(memory, Disk::of(BLK), seed, Bits::new(1 << 5), log);
    server.mount();
    host::start(task, fs_api::server::Serve(server));
}

fn start() -> (Medium, Fs) {
    let medium = Medium { bytes: Rc::new(RefCell::new(image())), ..Medium::default() };
    host::start(BLK, blk_api::server::Serve(medium.clone()));
    start_fs(FS);
    (medium, Fs::to(FS))
}

fn read_on(file: &mut File<'_>, step: usize) -> Result<Vec<u8>, ClientError<FsError>> {
    let (mut all, mut buf) = (Vec::new(), vec![0; step]);
    loop {
        match file.read(&mut buf)? {
            0 => return Ok(all),
            count => all.extend(&buf[..count]),
        }
    }
}

const PATH: &str = "directory/a long name.BIN";

#[test]
fn a_file_is_read_through_all_of_them() {
    let (_, fs) = start();
    for step in [1000, 16 << 10, 100_000] {
        let mut file = File::open(&fs, PATH).expect("it is there");
        assert_eq!(file.size(), 150_000);
        assert!(read_on(&mut file, step) == Ok(content()), "in steps of {step}");
    }
    assert_eq!(EVENTS.take(), [Event::Mounted]);
}

#[test]
fn the_cursor_goes_where_it_is_told() {
    let (_, fs) = start();
    let mut file = File::open(&fs, PATH).expect("it is there");
    let mut at = |to, wanted: u64| {
        assert_eq!(file.seek(to), Some(wanted));
        let mut buf = [0; 10];
        let count = file.read(&mut buf).expect("the disk is sound");
        assert!(content()[wanted.min(150_000) as usize..].starts_with(&buf[..count]));
        count
    };
    assert_eq!(at(SeekFrom::Start(70_000), 70_000), 10);
    assert_eq!(at(SeekFrom::Current(-10), 70_000), 10);
    assert_eq!(at(SeekFrom::End(-4), 149_996), 4);
    assert_eq!(at(SeekFrom::Current(7), 150_007), 0);
    assert_eq!(file.seek(SeekFrom::Current(-150_008)), None);
    assert_eq!(file.position(), 150_007);
}

#[test]
fn a_directory_is_listed_to_its_end() {
    let (_, fs) = start();
    let root = fs.open(b"/").expect("the root is there");
    assert_eq!(root.attributes, fs_api::DIRECTORY);
    let mut name = [0; fs_api::MAX_NAME];
    let entry = fs.read_directory(root.handle, 0, &mut name).expect("the root is sound");
    assert_eq!(name[..entry.name_length as usize], *b"directory");
    let end = fs.read_directory(root.handle, entry.next, &mut name).expect("the root is sound");
    assert_eq!(end.name_length, 0);
    let short = fs.read_directory(root.handle, 0, &mut name[..8]);
    assert_eq!(short.map(|_| ()), Err(ClientError::Server(FsError::NameTooLong)));
    assert_eq!(fs.close(root.handle), Ok(()));
    assert_eq!(fs.close(root.handle), Err(ClientError::Server(FsError::BadHandle)));
}

#[test]
fn a_block_server_that_dies_again_and_again_is_not_noticed() {
    let (_, fs) = start();
    let mut file = File::open(&fs, PATH).expect("it is there");
    let (mut all, mut buf) = (Vec::<u8>::new(), [0; 5000]);
    loop {
        host::kill_during(BLK, 2);
        match file.read(&mut buf).expect("the call is repeated") {
            0 => break,
            count => all.extend(&buf[..count]),
        }
    }
    assert!(all == content());
}

#[test]
fn a_busy_block_server_is_asked_again_but_not_for_ever() {
    let (medium, fs) = start();
    let mut file = File::open(&fs, PATH).expect("it is there");
    medium.busy.set(3);
    assert_eq!(file.read(&mut [0; 5000]), Ok(5000));
    medium.busy.set(u32::MAX);
    assert_eq!(file.read(&mut [0; 5000]), Err(ClientError::Server(FsError::DeviceError)));
}

#[test]
fn without_a_disk_everything_is_answered_and_a_later_one_is_found() {
    let medium = Medium { bytes: Rc::new(RefCell::new(image())), ..Medium::default() };
    medium.failure.set(Some(BlkError::NoDevice));
    host::start(BLK, blk_api::server::Serve(medium.clone()));
    start_fs(FS);
    let fs = Fs::to(FS);
    let none = Err(ClientError::Server(FsError::NoDevice));
    for _ in 0..100 {
        assert_eq!(File::open(&fs, PATH).map(|_| ()), none);
        assert_eq!(fs.stat(b"/").map(|_| ()), none);
    }
    medium.failure.set(None);
    let mut file = File::open(&fs, PATH).expect("the disk is there now");
    assert!(read_on(&mut file, 9000) == Ok(content()));
    host::stop(BLK);
    file.seek(SeekFrom::Start(0));
    assert_eq!(file.read(&mut [0; 5000]), none.map(|()| 0));
}

#[test]
fn a_restarted_file_system_knows_no_old_handles() {
    let (_, fs) = start();
    let mut old = File::open(&fs, PATH).expect("it is there");
    start_fs(TaskId::new(FS.index(), Generation(1)));
    let mut new = None;
    for _ in 0..2 {
        // The first call learns that the server died, as opening is not repeated by itself.
        new = File::open(&fs, PATH).ok();
    }
    assert_eq!(old.read(&mut [0; 10]), Err(ClientError::Server(FsError::BadHandle)));
    let mut new = new.expect("it is there");
    assert!(read_on(&mut new, 9000) == Ok(content()));
}

#[test]
fn opening_a_directory_as_a_file_keeps_nothing_open() {
    let (_, fs) = start();
    for _ in 0..100 {
        let failed = File::open(&fs, "directory").map(|_| ());
        assert_eq!(failed, Err(ClientError::Server(FsError::IsADirectory)));
    }
    assert_eq!(fs.open(b"\xff").map(|_| ()), Err(ClientError::Server(FsError::BadPath)));
}
