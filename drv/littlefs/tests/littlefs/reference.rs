//! The reference implementation, by way of `littlefs-python` from PyPI: it reads what was written
//! here, and the other way round.

use crate::common::{Disk, FILES, formatted, mounted, noise};
use crate::cuts::{Tree, tree};
use drv_fs_core::{Change, Create, FileSystem, Open, Replace};
use drv_fs_model::{Node, Rules, Walk};
use drv_littlefs::Settings;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The release that was compared with.
const RELEASE: &str = "littlefs-python==0.19.0";

/// Python with the reference implementation, installed once into the target folder.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("littlefs-python");
    let python = folder.join("bin/python");
    let there = Command::new(&python).args(["-c", "import littlefs"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        run("python3", &["-m", "venv", "--clear", &folder.display().to_string()]);
        let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", RELEASE];
        run(&python.display().to_string(), &quiet);
    }
    python
});

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| {
        panic!("cannot run {program} ({error}): install python3 and python3-venv for this test")
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// Lets the reference do something to a disk; what is there then, as it says.
fn reference(what: &str, disk: &Disk, block_size: u32, seed: u64) -> Tree {
    let file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    std::fs::write(file.path(), &*disk.bytes.borrow()).expect("it takes data");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/littlefs/reference.py");
    let image = file.path().display().to_string();
    let (block, sector, seed) = (block_size.to_string(), disk.sector.to_string(), seed.to_string());
    let python = PYTHON.display().to_string();
    let said = run(&python, &[script, what, &image, &block, &sector, &seed]);
    *disk.bytes.borrow_mut() = std::fs::read(file.path()).expect("it is there");
    said.lines().map(node).collect()
}

/// One line of what the script prints: kind, bytes, path.
fn node(line: &str) -> (String, Option<Vec<u8>>) {
    let mut words = line.splitn(3, ' ');
    let mut word = || words.next().expect("three words a line");
    let (kind, hex, path) = (word(), word().trim_matches('-'), word());
    let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    let bytes = (0..hex.len()).step_by(2).map(digits).collect();
    (path.to_owned(), (kind != "d").then_some(bytes))
}

/// Blocks, sector size, block size.
const KINDS: [(usize, usize, u32); 5] =
    [(600, 512, 4096), (600, 4096, 4096), (4000, 512, 512), (1200, 512, 2048), (100, 512, 262_144)];

fn settings(block_size: u32) -> Settings {
    Settings { block_size: Some(block_size), cycles: Some(20), ..Settings::default() }
}

#[test]
fn images_of_the_reference_are_read_changed_and_read_by_it_again() {
    for (seed, (blocks, sector, block_size)) in (1..).zip(KINDS) {
        let disk = Disk::new(noise(blocks * block_size as usize, 9), sector);
        let mut theirs = reference("make", &disk, block_size, seed);
        for round in 0..3 {
            // The block size is on the disk.
            let unknown = Settings { block_size: None, ..settings(block_size) };
            mounted(&disk, unknown, |fs| {
                assert!(tree(fs) == Ok(theirs), "{block_size} in round {round}");
                let path = drv_fs_core::Path::new("ours").expect("a path");
                let _ = fs.make_directory(path);
                crate::cuts::some_steps(fs, seed + round, 60);
                fs.sync().expect("a sync");
                let ours = tree(fs).expect("it can be read");
                let read = reference("read", &disk, block_size, seed);
                assert!(read == ours, "the reference reads round {round} otherwise");
            });
            theirs = reference("change", &disk, block_size, seed * 10 + round);
        }
    }
}

/// A time in seconds since 1970.
const TIME: u64 = 1_800_000_123;

#[test]
fn times_of_the_last_write_are_where_others_have_them() {
    let disk = formatted(100, 512, settings(4096));
    let path = |text| drv_fs_core::Path::new(text).expect("a path");
    let make = Open { create: Create::New, truncate: false };
    mounted(&disk, settings(4096), |fs| {
        fs.set_clock(TIME);
        for name in ["written", "changed", "unknown"] {
            let (file, _) = fs.open(path(name), make).expect("there is room");
            fs.write(file, 0, b"x").expect("there is room");
            fs.close(file).expect("there is room");
        }
        let change = |modified| Change { modified: Some(modified), ..Change::default() };
        fs.change(path("changed"), &change(7)).expect("it is there");
        fs.change(path("unknown"), &change(0)).expect("it is there");
        fs.make_directory(path("folder")).expect("there is room");
        fs.change(path("folder"), &change(8)).expect("it is there");
        fs.change(path(""), &change(9)).expect("it is there");
    });
    let theirs = reference("read", &disk, 4096, 0);
    let time = |path: &str| {
        let bytes = theirs.get(&format!("{path}\0user.lfs.74"))?.clone()?;
        Some(u64::from_le_bytes(bytes.try_into().expect("eight bytes")))
    };
    let all = ["written", "changed", "unknown", "folder", ""].map(time);
    assert_eq!(all, [Some(TIME), Some(7), None, Some(8), Some(9)]);
    mounted(&disk, settings(4096), |fs| {
        let mut time = |text| fs.stat(path(text)).expect("it is there").modified;
        let all = ["written", "changed", "unknown", "folder", ""].map(&mut time);
        assert_eq!(all, [TIME, 7, 0, 8, 9]);
        // One of four bytes is a time, too.
        let short = (TIME as u32).to_le_bytes();
        fs.set_attribute(path("folder"), "user.lfs.74", &short, Replace::Only).expect("room");
        assert_eq!(fs.stat(path("folder")).expect("it is there").modified, TIME);
    });
}

#[test]
fn images_made_here_are_read_by_the_reference() {
    for (seed, (blocks, sector, block_size)) in (1..).zip(KINDS) {
        let disk = formatted(blocks, sector, settings(block_size));
        let fold = |path: &str| path.to_owned();
        let mut walk = Walk::new(seed, Rules { fold, largest: 40_000, max_open: FILES - 2 });
        mounted(&disk, settings(block_size), |fs| {
            walk.run(fs, 1500);
            walk.close_all(fs);
            fs.sync().expect("a sync");
        });
        let expected: Tree = (walk.model.all())
            .map(|(path, node)| match node {
                Node::Directory => (path, None),
                Node::File(bytes) => (path, Some(bytes.clone())),
            })
            .collect();
        assert!(reference("read", &disk, block_size, seed) == expected, "{block_size}");
    }
}

#[test]
fn an_image_of_version_2_0_is_one_of_2_1_before_anything_else_is_written() {
    let disk = Disk::new(noise(300 * 4096, 9), 512);
    let theirs = reference("make-old", &disk, 4096, 3);
    // Version and block size, as a superblock has them.
    let is_new = |disk: &Disk| {
        disk.bytes.borrow().windows(8).any(|bytes| bytes == [1, 0, 2, 0, 0, 16, 0, 0])
    };
    assert!(!is_new(&disk));
    mounted(&disk, settings(4096), |fs| assert!(tree(fs) == Ok(theirs)));
    assert!(is_new(&disk));
    let ours = mounted(&disk, settings(4096), |fs| {
        crate::cuts::some_steps(fs, 3, 60);
        tree(fs).expect("it can be read")
    });
    assert!(reference("read", &disk, 4096, 3) == ours);
}
