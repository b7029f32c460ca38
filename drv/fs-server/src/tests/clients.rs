//! Several clients, each with its own rights and handles.

use super::setup::*;
use abi::{Generation, TaskId};
use fs_api::{Change, FsError, Kind, flags, lock, which};
use userlib::ipc::{Bits, ClientError, host};

const READ_WRITE: u32 = flags::READ | flags::WRITE;
const NEW: u32 = READ_WRITE | flags::CREATE;

fn refused<T>(error: FsError) -> Result<T, ClientError<FsError>> {
    Err(ClientError::Server(error))
}

#[test]
fn a_handle_is_of_use_to_nobody_else() {
    let (_, fs) = start();
    let anns = fs.open(NEW, b"directory/shared").expect("it is new").handle;
    fs.write(anns, 0, b"Ann's").expect("there is room");
    for task in [BEN, CAT, DAN, TaskId::new(ANN.index(), Generation(1))] {
        host::call_as(task);
        assert_eq!(fs.read(anns, 0, &mut [0; 9]), refused(FsError::BadHandle), "{task:?}");
        assert_eq!(fs.write(anns, 0, b"x"), refused(FsError::BadHandle));
        assert_eq!(fs.append(anns, b"x"), refused(FsError::BadHandle));
        assert_eq!(fs.truncate(anns, 0), refused(FsError::BadHandle));
        assert_eq!(fs.info(anns).map(|_| ()), refused(FsError::BadHandle));
        assert_eq!(fs.sync(anns), refused(FsError::BadHandle));
        assert_eq!(fs.lock(anns, lock::ALONE), refused(FsError::BadHandle));
        assert_eq!(fs.close(anns), refused(FsError::BadHandle));
    }
    host::call_as(ANN);
    assert_eq!(fs.read(anns, 0, &mut [0; 9]), Ok(5));
}

#[test]
fn who_is_not_named_may_do_nothing() {
    let (_, fs) = start();
    host::call_as(DAN);
    let change =
        Change { modified: 0, attributes: 2, mode: 0, user: 0, group: 0, which: 2, reserved: 0 };
    let answers = [
        fs.open(flags::READ, b"directory/A long name.bin").map(|_| ()),
        fs.stat(1, b"").map(|_| ()),
        fs.list(0, b"", &mut [0; 999]).map(|_| ()),
        fs.make_directory(b"new"),
        fs.remove_directory(b"directory"),
        fs.remove(b"directory/A long name.bin"),
        fs.rename(b"directory", b"x"),
        fs.change(change, b"directory"),
        fs.sync_all(),
        fs.space().map(|_| ()),
        fs.resolve(b"directory", &mut [0; 99]).map(|_| ()),
        fs.make_link(b"link", b"directory"),
        fs.read_link(b"link", &mut [0; 99]).map(|_| ()),
        fs.get_attribute(b"directory", b"user.x", &mut [0; 9]).map(|_| ()),
        fs.set_attribute(0, b"directory", b"user.x", b""),
        fs.remove_attribute(b"directory", b"user.x"),
        fs.list_attributes(b"directory", &mut [0; 9]).map(|_| ()),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer, refused(FsError::NotPermitted), "answer {number}");
    }
}

#[test]
fn who_may_only_read_changes_nothing() {
    let (medium, fs) = start();
    let before = medium.bytes.borrow().clone();
    host::call_as(CAT);
    let path = b"directory/A long name.bin";
    for how in [READ_WRITE, flags::WRITE, NEW, READ_WRITE | flags::TRUNCATE] {
        assert_eq!(fs.open(how, path).map(|_| ()), refused(FsError::NotPermitted));
    }
    let change =
        Change { modified: 9, attributes: 0, mode: 0, user: 0, group: 0, which: 1, reserved: 0 };
    let file = fs.open(flags::READ, path).expect("it may be read").handle;
    let answers = [
        fs.write(file, 0, b"x"),
        fs.append(file, b"x").map(|_| ()),
        fs.truncate(file, 0),
        fs.make_directory(b"new"),
        fs.remove_directory(b"directory"),
        fs.remove(path),
        fs.rename(b"directory", b"x"),
        fs.change(change, b"directory"),
        fs.make_link(b"link", b"directory"),
        fs.set_attribute(0, b"directory", b"user.x", b""),
        fs.remove_attribute(b"directory", b"user.x"),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer, refused(FsError::NotPermitted), "answer {number}");
    }
    fs.close(file).expect("it is open");
    fs.sync_all().expect("a sync is harmless");
    assert!(before == *medium.bytes.borrow());
}

#[test]
fn who_opened_a_file_for_one_thing_may_not_do_the_other() {
    let (_, fs) = start();
    let reader = fs.open(flags::READ, b"directory/A long name.bin").expect("it is there").handle;
    let writer = fs.open(flags::WRITE, b"directory/A long name.bin").expect("it is there").handle;
    assert_eq!(fs.write(reader, 0, b"x"), refused(FsError::NotPermitted));
    assert_eq!(fs.read(writer, 0, &mut [0; 9]), refused(FsError::NotPermitted));
}

#[test]
fn a_root_of_ones_own_is_all_there_is() {
    let (_, fs) = start();
    let secret = fs.open(NEW, b"secret").expect("it is new").handle;
    fs.write(secret, 0, b"!").expect("there is room");
    host::call_as(BEN);
    assert_eq!(fs.stat(1, b"A long name.bin").map(|info| info.size), Ok(150_000));
    for path in ["secret", "../secret", "/../secret", "x/../../secret", "../SECRET", "directory"] {
        let seen = fs.stat(1, path.as_bytes()).map(|_| ());
        assert_eq!(seen, refused(FsError::NotFound), "{path}");
        let seen = fs.open(flags::READ, path.as_bytes()).map(|_| ());
        assert_eq!(seen, refused(FsError::NotFound), "{path}");
    }
    assert_eq!(fs.rename(b"A long name.bin", b"../moved"), Ok(()));
    for root in ["", "/", "..", "../directory/.."] {
        let root = root.as_bytes();
        assert_eq!(fs.stat(1, root).map(|info| info.kind), Ok(Kind::Directory));
        assert_eq!(fs.remove_directory(root), refused(FsError::NotPermitted));
        assert_eq!(fs.rename(root, b"x"), refused(FsError::NotPermitted));
        assert_eq!(fs.rename(b"moved", root), refused(FsError::NotPermitted));
    }
    host::call_as(ANN);
    assert_eq!(fs.stat(1, b"directory/moved").map(|info| info.size), Ok(150_000));
}

#[test]
fn clients_keep_to_their_share() {
    let (_, fs) = start();
    host::call_as(BEN);
    let path = b"A long name.bin";
    let open = || fs.open(flags::READ, path).map(|opened| opened.handle);
    let first = open().expect("one of two");
    open().expect("two of two");
    assert_eq!(open(), refused(FsError::TooManyOpen));
    host::call_as(ANN);
    for _ in 0..8 {
        fs.open(flags::READ, b"directory/A long name.bin").expect("her own share");
    }
    host::call_as(BEN);
    fs.close(first).expect("it is open");
    open().expect("two of two");
    // In a later life, nothing is open any more.
    host::call_as(TaskId::new(BEN.index(), Generation(1)));
    assert_eq!(fs.read(first, 0, &mut [0; 9]), refused(FsError::BadHandle));
    open().expect("one of two");
    open().expect("two of two");
}

#[test]
fn locks_are_whole_files_of_clients_that_live() {
    let (_, fs) = start();
    let open = |path: &[u8]| fs.open(flags::READ, path).expect("it is there").handle;
    let anns = open(b"directory/A long name.bin");
    host::call_as(BEN);
    let bens = open(b"a long NAME.bin");
    assert_eq!(fs.lock(bens, lock::ALONE), Ok(()));
    host::call_as(ANN);
    assert_eq!(fs.lock(anns, lock::SHARED), refused(FsError::Locked));
    assert_eq!(fs.read(anns, 0, &mut [0; 9]), Ok(9), "a lock is advice");
    // Ben dies, and nobody but the kernel says so.
    notify(CLIENT_RESTARTED);
    assert_eq!(fs.lock(anns, lock::ALONE), Ok(()));
    host::call_as(BEN);
    assert_eq!(fs.read(bens, 0, &mut [0; 9]), refused(FsError::BadHandle));
    let again = open(b"a long NAME.bin");
    assert_eq!(fs.lock(again, lock::SHARED), refused(FsError::Locked));
    host::call_as(ANN);
    fs.close(anns).expect("it is open");
    host::call_as(BEN);
    assert_eq!(fs.lock(again, lock::SHARED), Ok(()));
}

/// Tells the server of these bits.
fn notify(bits: Bits) {
    host::notify(FS, bits);
}

#[test]
fn what_is_changed_is_brought_to_the_medium_after_a_while() {
    let (medium, fs) = start();
    let file = fs.open(NEW, b"new").expect("it is new").handle;
    fs.write(file, 0, b"text").expect("there is room");
    let flushes = medium.flushes.get();
    notify(Bits::new(1));
    assert!(medium.flushes.get() > flushes);
    start_fs(TaskId::new(FS.index(), Generation(1)));
    let _ = fs.sync_all();
    assert_eq!(fs.stat(1, b"new").map(|info| info.size), Ok(4));
}

#[test]
fn marks_and_times_are_set_where_the_format_has_them() {
    let (_, fs) = start();
    let change = |which, mode| Change {
        modified: 1_000_000_000,
        attributes: 3,
        mode,
        user: 0,
        group: 0,
        which,
        reserved: 0,
    };
    let path = b"directory/A long name.bin";
    fs.change(change(which::MODIFIED | which::ATTRIBUTES, 0), path).expect("FAT has these");
    let info = fs.stat(1, path).expect("it is there");
    assert_eq!((info.modified, info.attributes, info.owned), (1_000_000_000, 3, 0));
    assert_eq!(fs.change(change(which::OWNER, 0), path), refused(FsError::Unsupported));
    assert_eq!(fs.change(change(8, 0), path), refused(FsError::BadArgument));
    assert_eq!(fs.change(change(4, 0o10000), path), refused(FsError::BadArgument));
    let unsupported = fs.get_attribute(path, b"user.x", &mut [0; 9]).map(|_| ());
    assert_eq!(unsupported, refused(FsError::Unsupported));
    assert_eq!(fs.make_link(b"link", b"target"), refused(FsError::Unsupported));
    let space = fs.space().expect("a size");
    assert_eq!(&space.format, b"fat12\0\0\0");
    assert!(space.free < space.blocks && space.read_only == 0);
    // The cluster that nobody had.
    assert_eq!(space.repairs, 1);
}
