//! Images made by `mke2fs` are read, every byte of them; damaged ones do no harm.

mod common;
mod damaged;
mod random;

use common::{Image, Kept, Medium, read_all, tree, unmounted};
use drv_ext::{Ext, Known};
use drv_fs_core::{Create, Error, FileSystem, Kind, Open, Path};

/// How they are made: the commonest, and all that is read in another way.
const KINDS: [(&str, &[&str]); 8] = [
    ("ext4", &["-t", "ext4"]),
    ("ext4", &["-t", "ext4", "-b", "1024"]),
    ("ext4", &["-t", "ext4", "-b", "2048", "-I", "512", "-O", "metadata_csum_seed"]),
    ("ext4", &["-t", "ext4", "-b", "1024", "-I", "128", "-O", "^metadata_csum,^64bit"]),
    ("ext4", &["-t", "ext4", "-O", "^flex_bg,large_dir"]),
    ("ext3", &["-t", "ext3"]),
    ("ext2", &["-t", "ext2", "-b", "1024"]),
    ("ext2", &["-t", "ext2", "-r", "0", "-b", "1024"]),
];

#[test]
fn every_file_reads_back_whatever_the_format() {
    let tree = tree();
    for (format, options) in KINDS {
        for sector in [512, 4096] {
            let image = Image::new(tree.path(), options);
            let mut fs = unmounted(Medium::new(&image.bytes(), sector));
            fs.mount().unwrap_or_else(|error| panic!("{options:?}: {error}"));
            assert_eq!(fs.space().unwrap().format, format, "{options:?}");
            let (ours, theirs) = (read_all(&mut fs), Kept::of(tree.path()));
            assert!(theirs.len() > 300);
            for (path, kept) in &theirs {
                assert_eq!(ours.get(path), Some(kept), "{options:?}: {path}");
            }
            let more: Vec<_> = ours.keys().filter(|path| !theirs.contains_key(*path)).collect();
            assert_eq!(more, ["lost+found"], "{options:?}");
        }
    }
}

#[test]
fn blocks_of_64_kib_are_read_too() {
    let tree = tree();
    let image = Image::sized(96 << 20, tree.path(), &["-t", "ext4", "-b", "65536"]);
    let (ours, theirs) = (read_all(&mut common::mounted(&image)), Kept::of(tree.path()));
    assert!(theirs.iter().all(|(path, kept)| ours.get(path) == Some(kept)));
}

#[test]
fn what_is_known_of_a_file_is_what_its_maker_said() {
    let tree = tree();
    let image = Image::new(tree.path(), &["-t", "ext4", "-b", "4096"]);
    image.debugfs("set_inode_field plain mode 0100640");
    image.debugfs("set_inode_field plain uid 70000");
    image.debugfs("set_inode_field plain gid 5");
    image.debugfs("set_inode_field plain mtime @3000000000");
    let mut fs = common::mounted(&image);
    let info = fs.stat(path("plain")).unwrap();
    let owner = info.owner.unwrap();
    assert_eq!((owner.mode, owner.user, owner.group), (0o640, 70000, 5));
    assert_eq!((info.kind, info.size, info.modified), (Kind::File, 5000, 3_000_000_000));
    let space = fs.space().unwrap();
    assert_eq!((space.block_size, space.read_only), (4096, true));
    assert_eq!(space.blocks * 4096, common::SIZE);
    let said = image.debugfs("stats");
    let free = said.lines().find_map(|line| line.strip_prefix("Free blocks:")).unwrap();
    assert_eq!(space.free, free.trim().parse::<u64>().unwrap());
}

#[test]
fn extended_attributes_are_read_from_the_inode_and_from_a_block() {
    let tree = tree();
    for options in [&["-t", "ext4"][..], &["-t", "ext4", "-I", "128"], &["-t", "ext2"]] {
        let image = Image::new(tree.path(), options);
        image.debugfs("ea_set plain user.colour green");
        let long = "x".repeat(700);
        image.debugfs(&format!("ea_set plain user.long {long}"));
        image.debugfs("ea_set plain security.label s0");
        let mut fs = common::mounted(&image);
        let mut names = Vec::new();
        fs.attributes(path("plain"), |name| {
            names.push(name.to_owned());
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        names.sort();
        assert_eq!(names, ["security.label", "user.colour", "user.long"], "{options:?}");
        let mut into = [0; 1000];
        let mut value = |fs: &mut Ext<'_, Medium>, name: &str| {
            let length = fs.attribute(path("plain"), name, &mut into)?;
            Ok(String::from_utf8_lossy(&into[..length]).into_owned())
        };
        assert_eq!(value(&mut fs, "user.colour"), Ok("green".to_owned()));
        assert_eq!(value(&mut fs, "user.long"), Ok(long));
        assert_eq!(value(&mut fs, "user.none"), Err(Error::NoAttribute));
        assert_eq!(fs.attribute(path("plain"), "user.colour", &mut [0; 4]), Err(Error::TooLarge));
    }
}

#[test]
fn a_listing_goes_on_at_any_cookie() {
    let tree = tree();
    let image = Image::new(tree.path(), &["-t", "ext4", "-b", "1024"]);
    let mut fs = common::mounted(&image);
    let mut all = Vec::new();
    let mut cookie = 0;
    // One at a time.
    loop {
        let before = all.len();
        fs.list(path("many"), cookie, |entry| {
            all.push(entry.name.to_owned());
            cookie = entry.next;
            std::ops::ControlFlow::Break(())
        })
        .unwrap();
        if all.len() == before {
            break;
        }
    }
    assert_eq!(all.len(), 300);
    let mut once = Vec::new();
    fs.list(path("many"), 0, |entry| {
        once.push(entry.name.to_owned());
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(all, once);
    // And where no entry begins, even beyond the end.
    for cookie in (0..40_000).step_by(7).chain([u64::MAX]) {
        let mut names = 0;
        fs.list(path("many"), cookie, |entry| {
            assert!(once.contains(&entry.name.to_owned()));
            names += 1;
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        assert!(names <= 300);
    }
}

#[test]
fn links_and_what_is_no_file_are_told_apart() {
    let tree = tree();
    let image = Image::new(tree.path(), &["-t", "ext4"]);
    image.debugfs("mknod pipe p");
    let mut fs = common::mounted(&image);
    let open = |fs: &mut Ext<'_, Medium>, text, how| fs.open(path(text), how).map(|_| ());
    let plain = Open::default();
    assert_eq!(open(&mut fs, "short link", plain), Err(Error::Link));
    assert_eq!(open(&mut fs, "link to directory/0", plain), Err(Error::Link));
    assert_eq!(open(&mut fs, "many", plain), Err(Error::IsADirectory));
    assert_eq!(open(&mut fs, "pipe", plain), Err(Error::Unsupported));
    assert_eq!(open(&mut fs, "plain/x", plain), Err(Error::NotADirectory));
    assert_eq!(open(&mut fs, "none", plain), Err(Error::NotFound));
    let create = |create| Open { create, truncate: false };
    assert_eq!(open(&mut fs, "none", create(Create::IfMissing)), Err(Error::ReadOnly));
    assert_eq!(open(&mut fs, "plain", create(Create::New)), Err(Error::AlreadyExists));
    assert_eq!(open(&mut fs, "plain", create(Create::IfMissing)), Ok(()));
    let truncate = Open { truncate: true, ..plain };
    assert_eq!(open(&mut fs, "plain", truncate), Err(Error::ReadOnly));
    assert_eq!(fs.remove(path("plain")), Err(Error::ReadOnly));
    // What is to be changed is elsewhere, where it may be possible.
    assert_eq!(fs.make_directory(path("link to directory/new")), Err(Error::Link));
    assert_eq!(fs.rename(path("plain"), path("link to directory/new")), Err(Error::Link));
    assert_eq!(fs.remove(path("short link")), Err(Error::ReadOnly));
    assert_eq!(fs.read_link(path("short link"), &mut [0; 3]), Err(Error::NameTooLong));
    assert_eq!(fs.read_link(path("plain"), &mut [0; 3]), Err(Error::Unsupported));
}

#[test]
fn what_cannot_be_read_rightly_is_not_read() {
    let tree = tree();
    let mut fs = unmounted(Medium::new(&vec![0; 1 << 20], 512));
    assert_eq!(fs.stat(Path::ROOT), Err(Error::NoDevice));
    assert_eq!(fs.mount(), Err(Error::NotRecognized));
    assert_eq!(unmounted(Medium::new(&[0; 1024], 512)).mount(), Err(Error::NotRecognized));
    let image = Image::new(tree.path(), &["-t", "ext4"]);
    let half = &image.bytes()[..common::SIZE as usize / 2];
    assert_eq!(unmounted(Medium::new(half, 512)).mount(), Err(Error::Corrupt));
    image.debugfs("feature needs_recovery");
    assert_eq!(unmounted(Medium::new(&image.bytes(), 512)).mount(), Err(Error::Unsupported));
    let image = Image::new(tree.path(), &["-t", "ext4", "-O", "casefold"]);
    assert_eq!(unmounted(Medium::new(&image.bytes(), 512)).mount(), Err(Error::Unsupported));
}

fn path(text: &str) -> Path<'_> {
    Path::new(text).expect("a plain path")
}

#[test]
fn a_name_is_looked_for_once() {
    let tree = tree();
    let disk = Medium::new(&Image::new(tree.path(), &["-t", "ext4"]).bytes(), 512);
    let (reads, mut known) = (disk.read.clone(), Known::new());
    let short = |name: &String| name.len() < 40;
    let some: Vec<_> = Kept::of(tree.path()).into_keys().filter(short).take(3).collect();
    let all = |fs: &mut Ext<'_, Medium>| -> Vec<_> {
        some.iter().map(|name| fs.stat(path(name)).unwrap()).collect()
    };
    let mut fs = Ext::new(disk, &mut known);
    fs.mount().unwrap();
    let (first, before) = (all(&mut fs), reads.get());
    assert_eq!((all(&mut fs), reads.get()), (first.clone(), before));
    // Who mounts the next disk with the same memory knows nothing of it.
    drop(fs);
    let empty = tempfile::tempdir().unwrap();
    let other = Medium::new(&Image::new(empty.path(), &["-t", "ext4"]).bytes(), 512);
    let mut fs = Ext::new(other, &mut known);
    assert_eq!(fs.stat(path(&some[0])), Err(Error::NoDevice));
    fs.mount().unwrap();
    assert_eq!(fs.stat(path(&some[0])), Err(Error::NotFound));
}
