//! One client that reads and writes, through the deaths of servers.

use super::setup::*;
use crate::Event;
use abi::{Generation, TaskId};
use blk_api::BlkError;
use fs_api::client::Fs;
use fs_api::{Directory, File, FsError, Kind, Mounts, SeekFrom, flags};
use std::borrow::ToOwned;
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;
use userlib::ipc::{ClientError, host};

const PATH: &str = "directory/a long name.BIN";

pub fn read_on(file: &mut File<'_>, step: usize) -> Result<Vec<u8>, ClientError<FsError>> {
    let (mut all, mut buf) = (Vec::new(), vec![0; step]);
    loop {
        match file.read(&mut buf)? {
            0 => return Ok(all),
            count => all.extend(&buf[..count]),
        }
    }
}

#[test]
fn a_file_is_read_through_all_of_them() {
    let (_, fs) = start();
    for step in [1000, 16 << 10, 100_000] {
        let mut file = File::open(&fs, PATH).expect("it is there");
        assert_eq!(file.size(), Ok(150_000));
        assert!(read_on(&mut file, step) == Ok(content()), "in steps of {step}");
    }
    assert_eq!(EVENTS.take(), [Event::Mounted, Event::Repaired(1)]);
}

#[test]
fn the_cursor_goes_where_it_is_told() {
    let (_, fs) = start();
    let mut file = File::open(&fs, PATH).expect("it is there");
    let mut at = |to, wanted: u64| {
        assert_eq!(file.seek(to), Ok(Some(wanted)));
        let mut buf = [0; 10];
        let count = file.read(&mut buf).expect("the disk is sound");
        assert!(content()[wanted.min(150_000) as usize..].starts_with(&buf[..count]));
        count
    };
    assert_eq!(at(SeekFrom::Start(70_000), 70_000), 10);
    assert_eq!(at(SeekFrom::Current(-10), 70_000), 10);
    assert_eq!(at(SeekFrom::End(-4), 149_996), 4);
    assert_eq!(at(SeekFrom::Current(7), 150_007), 0);
    assert_eq!(file.seek(SeekFrom::Current(-150_008)), Ok(None));
    assert_eq!(file.position(), 150_007);
}

#[test]
fn a_directory_is_listed_to_its_end_whatever_the_buffer() {
    let (_, fs) = start();
    let mut wanted = vec![String::from("A long name.bin")];
    for i in 0..60 {
        let name = format!("file number {i} with a long name");
        let mut file = File::create(&fs, &format!("directory/{name}")).expect("it is new");
        file.write(&vec![1; i]).expect("there is room");
        wanted.push(name);
    }
    for size in [840, 1000, 65536] {
        let mut buffer = vec![0; size];
        let mut directory = Directory::new(&fs, "/directory/", &mut buffer).expect("a path");
        let mut names = Vec::new();
        while let Some(entry) = directory.next_name().expect("it is there") {
            let size = if names.is_empty() { 150_000 } else { names.len() as u64 - 1 };
            assert_eq!((entry.info.kind, entry.info.size), (Kind::File, size), "{}", entry.name);
            names.push(entry.name.to_owned());
        }
        assert_eq!(names, wanted, "{size}");
    }
    let mut short = Directory::new(&fs, "directory", &mut [0; 56]).map(|_| ());
    assert_eq!(short, Ok(()));
    short = fs.list(0, b"directory", &mut [0; 56]).map(|_| ());
    assert_eq!(short, Err(ClientError::Server(FsError::NameTooLong)));
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
    let failed = file.read_at(100_000, &mut [0; 5000]);
    assert_eq!(failed, Err(ClientError::Server(FsError::DeviceError)));
}

#[test]
fn without_a_disk_everything_is_answered_and_a_later_one_is_found() {
    let medium = Medium::default();
    medium.bytes.replace(image());
    medium.failure.set(Some(BlkError::NoDevice));
    host::start(BLK, blk_api::server::Serve(medium.clone()));
    start_fs(FS);
    let fs = Fs::to(FS);
    let none = Err(ClientError::Server(FsError::NoDevice));
    for _ in 0..100 {
        assert_eq!(File::open(&fs, PATH).map(|_| ()), none);
        assert_eq!(fs.stat(1, b"/").map(|_| ()), none);
    }
    medium.failure.set(None);
    let mut file = File::open(&fs, PATH).expect("the disk is there now");
    assert!(read_on(&mut file, 9000) == Ok(content()));
    host::stop(BLK);
    assert_eq!(file.read_at(0, &mut [0; 9000]), none.map(|()| 0));
}

#[test]
fn a_restarted_file_system_is_not_noticed_by_who_reads() {
    let (_, fs) = start();
    let mut file = File::open(&fs, PATH).expect("it is there");
    let (mut all, mut buf, mut life) = (Vec::<u8>::new(), [0; 5000], 0);
    loop {
        life += 1;
        restarted(life);
        match file.read(&mut buf).expect("it is opened anew") {
            0 => break,
            count => all.extend(&buf[..count]),
        }
    }
    assert!(all == content());
    // Whoever asks for a handle of an earlier life is told.
    let handle = fs.open(flags::READ, PATH.as_bytes()).expect("it is there").handle;
    restarted(life + 1);
    let old = fs.read(handle, 0, &mut buf);
    assert_eq!(old, Err(ClientError::Server(FsError::BadHandle)));
}

#[test]
fn what_a_restart_may_have_lost_is_said_once_and_what_was_synced_is_there() {
    let (_, fs) = start();
    let mut file = File::create(&fs, "new").expect("it is new");
    file.write(b"synced").expect("there is room");
    file.sync().expect("the disk is sound");
    restarted(1);
    assert_eq!(file.size(), Ok(6));
    file.write(b" and not").expect("there is room");
    restarted(2);
    let lost = Err(ClientError::Server(FsError::Lost));
    assert_eq!(file.write(b"!"), lost);
    assert_eq!(file.size(), Ok(6));
    file.write_at(6, b"again").expect("there is room");
    let mut all = [0; 20];
    assert_eq!(file.read_at(0, &mut all), Ok(11));
    assert_eq!(&all[..11], b"syncedagain");
    file.sync().expect("the disk is sound");
    file.lock(fs_api::lock::ALONE).expect("nobody else has it");
    restarted(3);
    assert_eq!(file.read_at(0, &mut all).map(|_| ()), lost);
    assert_eq!(file.read_at(0, &mut all), Ok(11));
}

#[test]
fn what_was_thrown_away_when_opening_is_not_there_again_unsaid() {
    let (_, fs) = start();
    let mut file = File::create(&fs, "file").expect("it is new");
    file.write(b"a long text").expect("there is room");
    file.sync().expect("the disk is sound");
    let mut file = File::create(&fs, "file").expect("it is emptied");
    restarted(1);
    // Opened anew as it was, it would become "short text".
    let lost = Err(ClientError::Server(FsError::Lost));
    assert_eq!(file.write(b"short "), lost);
}

#[test]
fn what_was_done_before_the_server_died_is_not_done_twice() {
    let (_, fs) = start();
    let mounts = Mounts::of([("/", fs)]);
    for _ in 0..3 {
        host::kill_during(FS, 2);
        mounts.make_directory("made").expect("it is asked again");
        host::kill_during(FS, 2);
        mounts.rename("made", "moved").expect("it is asked again");
        host::kill_during(FS, 2);
        mounts.remove_directory("moved").expect("it is asked again");
    }
    let gone = Err(ClientError::Server(FsError::NotFound));
    assert_eq!(mounts.remove_directory("moved"), gone);
    assert_eq!(mounts.rename("made", "moved"), gone);
}

#[test]
fn opening_a_directory_as_a_file_keeps_nothing_open() {
    let (_, fs) = start();
    for _ in 0..100 {
        let failed = File::open(&fs, "directory").map(|_| ());
        assert_eq!(failed, Err(ClientError::Server(FsError::IsADirectory)));
    }
    let failed = fs.open(flags::READ, b"\xff").map(|_| ());
    assert_eq!(failed, Err(ClientError::Server(FsError::BadPath)));
}

#[test]
fn flags_and_numbers_that_mean_nothing_are_refused() {
    let (_, fs) = start();
    let bad =
        |result: Result<(), _>| assert_eq!(result, Err(ClientError::Server(FsError::BadArgument)));
    for how in [0, 4, 8, 16, 32, 1 | 4, 1 | 16, 2 | 8, 1 | 64, u32::MAX] {
        bad(fs.open(how, b"x").map(|_| ()));
    }
    bad(fs.stat(2, b"/").map(|_| ()));
    let file = fs.open(flags::READ, PATH.as_bytes()).expect("it is there").handle;
    bad(fs.lock(file, 3));
    bad(fs.set_attribute(3, b"directory", b"user.x", b""));
}

#[test]
fn what_is_written_here_other_tools_read() {
    let (medium, fs) = start();
    let mut file = File::create(&fs, "directory/written.bin").expect("it is new");
    file.write(&content()).expect("there is room");
    file.truncate(140_000).expect("it is open");
    assert_eq!(file.append(b"end"), Ok(140_000));
    assert_eq!(file.info().map(|info| info.size), Ok(140_003));
    drop(file);
    fs.sync_all().expect("the disk is sound");
    assert!(medium.flushes.get() > 0);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("disk.img"), &*medium.bytes.borrow()).expect("room");
    run("fsck.fat", &["-n", "disk.img"], folder.path());
    run("mcopy", &["-i", "disk.img", "::directory/written.bin", "out"], folder.path());
    let out = std::fs::read(folder.path().join("out")).expect("mcopy wrote it");
    assert!(out[..140_000] == content()[..140_000] && out[140_000..] == *b"end");
    assert_eq!(fs.stat(1, b"directory/written.bin").map(|info| info.modified), Ok(NOW));
}

#[test]
fn volumes_are_one_tree_and_nothing_moves_between_them() {
    let (_, fs) = start();
    start_fs(TaskId::new(9, Generation(0)));
    let second = Fs::to(TaskId::new(9, Generation(0)));
    let mounts = Mounts::of([("/", fs), ("/mnt/second", second.clone())]);
    mounts.make_directory("/mnt/second/directory/only there").expect("it is new");
    let there = |path| mounts.stat(path).map(|info| info.kind);
    assert_eq!(there("/mnt/second/../second/./directory/only there"), Ok(Kind::Directory));
    assert_eq!(there("/mnt/second"), Ok(Kind::Directory));
    let not_found = Err(ClientError::Server(FsError::NotFound));
    for path in ["directory/only there", "/mnt", "/mnt/secondary"] {
        assert_eq!(there(path), not_found, "{path}");
    }
    assert_eq!(there("/mnt/second/../../directory"), Ok(Kind::Directory));
    host::stop(FS);
    host::stop(TaskId::new(9, Generation(0)));
    let cross = mounts.rename("/directory", "/mnt/second/elsewhere");
    assert_eq!(cross, Err(ClientError::Server(FsError::CrossDevice)), "nobody is asked");
    let gone = Mounts::of([("/mnt/second", second)]).stat("/elsewhere").map(|_| ());
    assert_eq!(gone, Err(ClientError::Server(FsError::NotFound)));
}

#[test]
fn where_something_is_mounted_a_directory_says_so() {
    let fs = || Fs::to(FS);
    let mounts = Mounts::of([
        ("/", fs()),
        ("/data", fs()),
        ("/mnt/a/x", fs()),
        ("/mnt/b", fs()),
        ("/mnt/a", fs()),
    ]);
    let points = |directory| -> Vec<String> {
        mounts.points(directory).expect("it is a path").map(Into::into).collect()
    };
    assert_eq!(points("/"), ["data", "mnt"]);
    assert_eq!(points("mnt/../mnt/"), ["a", "b"]);
    assert_eq!(points("/mnt/a"), ["x"]);
    assert_eq!(points("/data"), [""; 0]);
    assert_eq!(points("/mn"), [""; 0]);
}
