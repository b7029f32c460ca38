//! Bits of an image flip: every call ends, with an error if it must, and reads nothing outside.

use crate::common::{self, Image, Medium, noise, unmounted};
use drv_ext::Ext;
use drv_fs_core::{Error, FileSystem, Kind, Open, Path};
use std::ops::ControlFlow;

/// Images that are damaged, unless the environment wants another number (`EXT_DAMAGE_DISKS`).
const RUNS: u64 = 240;
/// Names that are looked at of one image, and bytes of one file: a damaged one may have many.
const NAMES: usize = 2000;
const PIECES: u64 = 64;

fn runs() -> u64 {
    let wanted = std::env::var("EXT_DAMAGE_DISKS").ok();
    wanted.map_or(RUNS, |wanted| wanted.parse().expect("a number"))
}

/// Where the image has anything but zeros, in 64 bytes each.
fn used(bytes: &[u8]) -> Vec<usize> {
    let chunks = bytes.chunks(64).enumerate();
    chunks.filter(|(_, chunk)| chunk.iter().any(|&byte| byte != 0)).map(|(at, _)| at * 64).collect()
}

#[test]
fn damaged_images_do_no_harm() {
    let tree = tempfile::tempdir().unwrap();
    // Little content, so that most of what is flipped is structure.
    let full = common::tree();
    for name in ["many", "a"] {
        std::fs::rename(full.path().join(name), tree.path().join(name)).unwrap();
    }
    std::os::unix::fs::symlink("x/".repeat(80), tree.path().join("link")).unwrap();
    let mut noticed = 0;
    for options in [
        &["-t", "ext4", "-b", "1024"][..],
        // Without checksums more of the damage gets further.
        &["-t", "ext4", "-b", "1024", "-O", "^metadata_csum"],
        &["-t", "ext2", "-b", "1024"],
    ] {
        let whole = Image::sized(4 << 20, tree.path(), options).bytes();
        let used = used(&whole);
        for seed in 0..runs() / 3 {
            let mut bytes = whole.clone();
            for flip in noise(seed + 1, 64).chunks(4) {
                let number = u32::from_le_bytes(flip.try_into().unwrap()) as usize;
                bytes[used[number / 512 % used.len()] + number / 8 % 64] ^= 1 << (number % 8);
            }
            noticed += u64::from(walk(unmounted(Medium::new(&bytes, 512))).is_some());
        }
    }
    assert!(noticed > runs() / 4, "only {noticed} errors in {} damaged images", runs());
}

/// The first error, if there is one.
fn walk(mut fs: Ext<'_, Medium>) -> Option<Error> {
    if let Err(error) = fs.mount() {
        return Some(error);
    }
    let (mut first, mut seen) = (None, 0);
    let mut open = vec![String::new()];
    while let Some(below) = open.pop() {
        let mut names = Vec::new();
        let listed = fs.list(Path::new(&below).unwrap(), 0, |entry| {
            names.push((format!("{below}/{}", entry.name), entry.info.kind));
            seen += 1;
            if seen < NAMES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        first = first.or(listed.err());
        for (path, kind) in names {
            let path = path.trim_start_matches('/').to_owned();
            let Some(plain) = Path::new(&path) else { continue };
            if kind == Kind::Directory && seen < NAMES {
                open.push(path);
                continue;
            }
            first = first.or(touch(&mut fs, plain).err());
        }
    }
    first
}

/// Reads all that one path has.
fn touch(fs: &mut Ext<'_, Medium>, path: Path<'_>) -> Result<(), Error> {
    fs.attributes(path, |_| ControlFlow::Continue(()))?;
    if fs.stat(path)?.kind == Kind::Link {
        return fs.read_link(path, &mut [0; 4096]).map(|_| ());
    }
    let (file, info) = fs.open(path, Open::default())?;
    let mut piece = [0; 4096];
    for number in 0..PIECES.min(info.size / 4096 + 1) {
        fs.read(file, number * 4096, &mut piece)?;
    }
    fs.read(file, info.size.saturating_sub(1), &mut piece)?;
    Ok(())
}

/// Where something is on an image, as `debugfs` says.
fn block_of(image: &Image, request: &str) -> usize {
    let said = image.debugfs(request);
    let number = said.split_whitespace().last().and_then(|word| word.parse().ok());
    number.unwrap_or_else(|| panic!("{request}: {said}"))
}

#[test]
fn with_checksums_a_flipped_bit_is_found_wherever_something_is_read_from() {
    let tree = common::tree();
    let options = ["-t", "ext4", "-b", "1024", "-I", "512"];
    let image = Image::new(tree.path(), &options);
    for name in ["one", "two"] {
        image.debugfs(&format!("ea_set plain user.{name} {}", "x".repeat(400)));
    }
    let whole = image.bytes();
    let stat = image.debugfs("stat plain");
    let acl = stat.split_once("File ACL: ").unwrap().1.split_whitespace().next().unwrap();
    let said = image.debugfs("imap plain");
    let (block, offset) =
        said.split_once("located at block ").unwrap().1.split_once(", offset ").unwrap();
    let inode = block.trim().parse::<usize>().unwrap() * 1024;
    let inode = inode + usize::from_str_radix(offset.trim().trim_start_matches("0x"), 16).unwrap();
    let long = |block| block_of(&image, &format!("bmap long {block}")) * 1024;
    let places = [
        // The inode: its beginning, and what lies behind the part that Linux gives a meaning.
        (inode + 5, "plain"),
        (inode + 500, "plain"),
        (acl.parse::<usize>().unwrap() * 1024 + 900, "plain"),
        // The root of a hash tree: an entry; a leaf: a name.
        (long(0) + 45, "long/none"),
        (long(1) + 20, "long/none"),
    ];
    for (place, name) in places {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << bit;
            let mut fs = unmounted(Medium::new(&bytes, 512));
            fs.mount().unwrap();
            let path = Path::new(name).unwrap();
            let read = fs.attributes(path, |_| ControlFlow::Continue(()));
            assert_eq!(read, Err(Error::Corrupt), "byte {place} of {name}");
        }
    }
    assert_eq!(walk(unmounted(Medium::new(&whole, 512))), None);
}
