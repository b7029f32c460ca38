//! What `Mounts::sync` says when the server died meanwhile.

use super::setup::*;
use blk_api::BlkError;
use fs_api::{File, FsError, Mounts, flags};
use userlib::ipc::ClientError;

const PATH: &str = "directory/a long name.BIN";

/// What is done in a tree.
type Change = fn(&Mounts);

/// Does something in the tree, has the server die, and says what a sync then says the first time.
/// The second time it says that all is well.
fn synced_after(change: impl Fn(&Mounts), dies: bool) -> Result<(), ClientError<FsError>> {
    let (_, fs) = start();
    let mounts = Mounts::of([("/", fs)]);
    mounts.make_directory("before").expect("it is new");
    mounts.sync().expect("the server lives");
    change(&mounts);
    if dies {
        restarted(1);
    }
    let synced = mounts.sync();
    assert_eq!(mounts.sync(), Ok(()), "it is said once");
    synced
}

/// Makes a file of some bytes.
fn written<'m>(mounts: &'m Mounts, path: &str) -> File<'m> {
    let how = flags::WRITE | flags::CREATE;
    let mut file = mounts.open(path, how).expect("it is new");
    file.write(b"bytes").expect("there is room");
    file
}

#[test]
fn a_sync_says_once_that_a_restart_may_have_lost_what_was_changed() {
    let changes: [(&str, Change); 7] = [
        ("make", |mounts| mounts.make_directory("new").expect("it is new")),
        ("remove", |mounts| mounts.remove(PATH).expect("it is there")),
        ("remove a directory", |mounts| mounts.remove_directory("before").expect("it is empty")),
        ("move", |mounts| mounts.rename("before", "after").expect("it is there")),
        ("create", |mounts| drop(mounts.open("new", flags::WRITE | flags::CREATE))),
        ("write", |mounts| drop(written(mounts, "new"))),
        ("the life before", |mounts| {
            mounts.make_directory("new").expect("it is new");
            restarted(2);
            mounts.make_directory("newer").expect("it is new");
        }),
    ];
    let lost = Err(ClientError::Server(FsError::Lost));
    for (name, change) in changes {
        assert_eq!(synced_after(change, true), lost, "{name}");
        let lives = if name == "the life before" { lost } else { Ok(()) };
        assert_eq!(synced_after(change, false), lives, "{name}");
    }
}

#[test]
fn a_sync_says_nothing_of_what_cannot_be_lost() {
    let nothing: [(&str, Change); 5] = [
        ("nothing", |_| {}),
        ("read", |mounts| {
            let mut file = mounts.open(PATH, flags::READ).expect("it is there");
            assert_eq!(file.read(&mut [0; 100]), Ok(100));
        }),
        ("refused", |mounts| assert!(mounts.make_directory("before").is_err())),
        ("synced", |mounts| written(mounts, "new").sync().expect("the disk is sound")),
        ("said already", |mounts| {
            let mut file = written(mounts, "new");
            file.sync().expect("the disk is sound");
            file.write(b"more").expect("there is room");
            restarted(2);
            let said = file.write(b"and more");
            assert_eq!(said, Err(ClientError::Server(FsError::Lost)));
        }),
    ];
    for (name, change) in nothing {
        assert_eq!(synced_after(change, true), Ok(()), "{name}");
    }
}

#[test]
fn what_the_disk_did_not_take_is_still_to_be_synced() {
    let (medium, fs) = start();
    let mounts = Mounts::of([("/", fs)]);
    mounts.make_directory("new").expect("there is room");
    medium.failure.set(Some(BlkError::DeviceError));
    assert_eq!(mounts.sync(), Err(ClientError::Server(FsError::DeviceError)));
    medium.failure.set(None);
    restarted(1);
    assert_eq!(mounts.sync(), Err(ClientError::Server(FsError::Lost)));
}
