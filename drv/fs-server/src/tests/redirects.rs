//! Symbolic links that begin with `/`, on an ext4 that `mke2fs` made, in a tree with a FAT volume.

use super::setup::*;
use crate::{Direct, Disk, Memory, Right, Rights, Server};
use abi::{Generation, TaskId};
use drv_ext::{Ext, Known};
use fs_api::client::Fs;
use fs_api::{FsError, Kind, Mounts, flags};
use std::boxed::Box;
use std::cell::RefCell;
use std::format;
use std::os::unix::fs::symlink;
use std::rc::Rc;
use std::string::String;
use std::vec::Vec;
use userlib::ipc::{ClientError, host};

const EXT_BLK: TaskId = TaskId::new(4, Generation(0));
const EXT: TaskId = TaskId::new(5, Generation(0));

/// Links from the root of the tree, and where they lead.
const LINKS: [(&str, &str); 8] = [
    ("out", "/fat/directory"),
    ("file out", "/fat/directory/A long name.bin"),
    ("also out", "/out/../fat/directory"),
    ("ring", "/ring"),
    ("there", "/again/and back"),
    ("and back", "/there"),
    ("beside", "/here"),
    ("under", "beside/below"),
];
/// Links that lead to each other, the last one to the FAT volume.
const CHAIN: usize = 9;

/// An ext4 with links.
fn ext_image() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let tree = folder.path().join("tree");
    std::fs::create_dir_all(tree.join("here/below")).expect("room");
    std::fs::write(tree.join("here/plain"), "on ext4").expect("room");
    for (name, target) in LINKS {
        symlink(target, tree.join(name)).expect("room");
    }
    for number in 0..CHAIN {
        let target = match number {
            0 => "/fat/directory".into(),
            number => format!("/chain{}", number - 1),
        };
        symlink(target, tree.join(format!("chain{number}"))).expect("room");
    }
    run("mke2fs", &["-q", "-t", "ext4", "-d", "tree", "ext.img", "2M"], folder.path());
    std::fs::read(folder.path().join("ext.img")).expect("the image is there")
}

/// FAT at `/fat`, ext4 at `/` and once more at `/again`, of which Ben may only read.
fn tree() -> Mounts {
    let (_, fat) = start();
    let medium = Medium { bytes: Rc::new(RefCell::new(ext_image())), ..Medium::default() };
    host::start(EXT_BLK, blk_api::server::Serve(medium));
    let mut rights = Rights::nobody();
    rights.give(ANN.index() as u16, Right::new(true, "/", None));
    rights.give(BEN.index() as u16, Right::new(false, "/", None));
    let (ext, memory) = (
        Ext::new(Disk::of(EXT_BLK), Box::leak(Box::new(Known::new()))),
        Box::leak(Box::new(Memory::new())),
    );
    let direct = &*Box::leak(Box::new(Direct::new()));
    let server = Server::new((memory, direct), ext, StandStill, rights, 7, CLIENT_RESTARTED);
    host::start(EXT, fs_api::server::Serve(server));
    Mounts::of([("/", Fs::to(EXT)), ("/again", Fs::to(EXT)), ("/fat", fat)])
}

fn refused<T>(error: FsError) -> Result<T, ClientError<FsError>> {
    Err(ClientError::Server(error))
}

fn size(tree: &Mounts, path: &str) -> Result<u64, ClientError<FsError>> {
    tree.stat(path).map(|info| info.size)
}

#[test]
fn a_move_below_links_out_of_the_volume_is_done_where_they_lead() {
    let tree = tree();
    assert_eq!(size(&tree, "/out/A long name.bin"), Ok(150_000));
    tree.rename("/out/A long name.bin", "/out/moved").expect("both are on FAT");
    assert_eq!(size(&tree, "/fat/directory/moved"), Ok(150_000));
    tree.make_directory("/fat/directory/deeper").expect("there is room");
    tree.rename("/also out/moved", "/out/deeper/moved").expect("both are on FAT");
    assert_eq!(size(&tree, "/fat/directory/deeper/moved"), Ok(150_000));
    tree.rename("/again/out/deeper/moved", "/again/also out/back").expect("both are on FAT");
    assert_eq!(size(&tree, "/fat/directory/back"), Ok(150_000));
}

#[test]
fn a_move_takes_the_place_of_a_file_where_the_link_leads() {
    let tree = tree();
    tree.open("/out/new", flags::READ | flags::WRITE | flags::CREATE)
        .and_then(|mut file| file.write(b"new"))
        .expect("there is room on FAT");
    tree.rename("/also out/new", "/out/A long name.bin").expect("both are on FAT");
    assert_eq!(size(&tree, "/fat/directory/A long name.bin"), Ok(3));
    assert_eq!(size(&tree, "/file out"), Ok(3));
    assert_eq!(size(&tree, "/out/new"), refused(FsError::NotFound));
}

#[test]
fn a_move_that_a_link_makes_one_between_volumes_is_refused() {
    let tree = tree();
    assert_eq!(tree.rename("/here/plain", "/out/plain"), refused(FsError::CrossDevice));
    assert_eq!(tree.rename("/out/A long name.bin", "/here/x"), refused(FsError::CrossDevice));
    assert_eq!(size(&tree, "/here/plain"), Ok(7));
    assert_eq!(size(&tree, "/out/A long name.bin"), Ok(150_000));
}

#[test]
fn a_link_at_the_end_is_itself_what_is_moved_or_replaced() {
    let tree = tree();
    // On FAT, nothing of this happened; and ext4 takes no writes.
    assert_eq!(tree.rename("/file out", "/moved"), refused(FsError::ReadOnly));
    assert_eq!(tree.rename("/here/plain", "/file out"), refused(FsError::ReadOnly));
    assert_eq!(tree.remove("/file out"), refused(FsError::ReadOnly));
    assert_eq!(size(&tree, "/fat/directory/A long name.bin"), Ok(150_000));
    // One that leads to another place on the same volume is followed by the client, too.
    assert_eq!(tree.rename("/beside/plain", "/beside/x"), refused(FsError::ReadOnly));
    assert_eq!(tree.stat("/under").map(|info| info.kind), Ok(Kind::Directory));
}

#[test]
fn links_in_a_ring_and_long_chains_end() {
    let tree = tree();
    for (volume, name) in [("", "ring"), ("", "there"), ("", "and back"), ("again/", "there")] {
        let (ring, plain) = (format!("{volume}{name}"), format!("/{volume}here/plain"));
        let too_many = refused(FsError::TooManyLinks);
        assert_eq!(size(&tree, &format!("/{ring}/x")), too_many, "{ring}");
        let (from, to) = (format!("/{ring}/x"), format!("/{ring}/y"));
        assert_eq!(tree.rename(&from, &to), refused(FsError::TooManyLinks), "{ring}");
        assert_eq!(tree.rename(&plain, &from), refused(FsError::TooManyLinks), "{ring}");
        assert_eq!(tree.make_directory(&from), refused(FsError::TooManyLinks), "{ring}");
    }
    let at = |link: usize, name: &str| -> String { format!("/chain{link}/{name}") };
    assert_eq!(size(&tree, &at(7, "A long name.bin")), Ok(150_000));
    assert_eq!(size(&tree, &at(8, "A long name.bin")), refused(FsError::TooManyLinks));
    tree.rename(&at(7, "A long name.bin"), &at(0, "moved")).expect("eight links are not too many");
    let nine = tree.rename(&at(8, "moved"), &at(0, "A long name.bin"));
    assert_eq!(nine, refused(FsError::TooManyLinks));
    assert_eq!(size(&tree, "/fat/directory/moved"), Ok(150_000));
}

#[test]
fn who_may_only_read_the_volume_of_a_link_may_write_where_it_leads() {
    let _ = tree();
    // His root on FAT is `directory`.
    let bens = Mounts::of([("/", Fs::to(EXT)), ("/fat/directory", Fs::to(FS))]);
    host::call_as(BEN);
    bens.make_directory("/out/new").expect("he may write on FAT");
    bens.rename("/out/new", "/also out/newer").expect("he may write on FAT");
    bens.open("/file out", flags::WRITE)
        .and_then(|mut file| file.truncate(5))
        .expect("he may write on FAT");
    assert_eq!(size(&bens, "/fat/directory/A long name.bin"), Ok(5));
    assert_eq!(bens.stat("/fat/directory/newer").map(|info| info.kind), Ok(Kind::Directory));
    let not_permitted = || refused(FsError::NotPermitted);
    assert_eq!(bens.make_directory("/here/new"), not_permitted());
    assert_eq!(bens.remove("/file out"), not_permitted(), "the link is on ext4");
    assert_eq!(bens.rename("/here/plain", "/beside/x"), not_permitted());
    assert_eq!(bens.open("/under/new", flags::WRITE | flags::CREATE).map(|_| ()), not_permitted());
    assert_eq!(bens.make_directory("/ring/new"), refused(FsError::TooManyLinks));
}
