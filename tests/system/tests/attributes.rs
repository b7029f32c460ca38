//! Extended attributes and times of littlefs: set on the host, seen and changed on the target.
//!
//! `tests/tree/littlefs.toml` prints what it finds, and then changes some of it.

use drv_block::{Block, Error, Geometry};
use drv_fs_core::{Change, Create, FileSystem, Open, Path as Plain, Replace};
use drv_littlefs::{Littlefs, Memory, Settings};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use test_system::{cargo, crc32};

const SECTOR: usize = 512;
/// Where the partition of the demo's disk that is littlefs alone begins, in bytes.
const BEGIN: u64 = 1 << 20;
const SIZE: u64 = 64 << 20;

/// A partition of an image.
struct Part(File);

impl Block for Part {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        let (sectors, sector_size) = (SIZE / SECTOR as u64, SECTOR as u32);
        Ok(Geometry { sectors, sector_size, read_only: false, discard: false })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        self.0.read_exact_at(into, BEGIN + first * SECTOR as u64).map_err(|_| Error::Failed)
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        self.0.write_all_at(data, BEGIN + first * SECTOR as u64).map_err(|_| Error::Failed)
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// Does something with the file system on a disk.
fn mounted<T>(disk: &Path, with: impl FnOnce(&mut Littlefs<'_, Part, 1>) -> T) -> T {
    let file = File::options().read(true).write(true).open(disk).expect("the disk is there");
    let mut memory = Box::new(Memory::<1>::new());
    let mut fs = Littlefs::new(Part(file), &mut memory, Settings::default());
    fs.mount().expect("it can be mounted");
    with(&mut fs)
}

fn path(text: &str) -> Plain<'_> {
    Plain::new(text).expect("a path")
}

/// A disk with a file and a directory that have attributes, and times.
fn prepare(disk: &Path) {
    let named = disk::Named::parse("label:data").expect("a name");
    let littlefs = disk::files::Format::Littlefs { block_size: 4096 };
    disk::make_partitioned(disk, &[(named, littlefs)], disk::SIZE, &[]).expect("room for a disk");
    mounted(disk, |fs| {
        fs.make_directory(path("many")).expect("there is room");
        for name in ["plain", "many/one"] {
            let how = Open { create: Create::New, truncate: false };
            let (file, _) = fs.open(path(name), how).expect("there is room");
            fs.write(file, 0, b"bytes").expect("there is room");
            fs.close(file).expect("there is room");
        }
        for (of, number, value) in
            [("plain", "41", "green"), ("plain", "ff", ""), ("many", "00", "x")]
        {
            let name = format!("user.lfs.{number}");
            fs.set_attribute(path(of), &name, value.as_bytes(), Replace::Never).expect("room");
        }
        let change = Change { modified: Some(1234), ..Change::default() };
        fs.change(path("many"), &change).expect("there is room");
    });
}

#[test]
fn the_target_sees_and_changes_what_the_host_set() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = folder.path().join("disk.img");
    prepare(&disk);
    let name = disk.to_str().expect("a name in UTF-8");
    let app = ["xtask", "qemu", "tests/tree/littlefs.toml", "--timeout", "120"];
    let outcome = cargo(&[&app[..], &["--disk", name, "--until", "tree: end"]].concat());
    let outcome = outcome.expect_success();
    let mut lines: Vec<&str> =
        outcome.stdout.lines().skip_while(|line| !line.starts_with("tree: ")).skip(1).collect();
    let expected = [
        "many | Directory 0 0 0 1234".to_owned(),
        format!("many | attribute user.lfs.00 1 {:08x}", crc32(b"x")),
        format!("many | attribute user.lfs.74 8 {:08x}", crc32(&1234_u64.to_le_bytes())),
        format!("many/one | File 0 0 0 0 5 {:08x}", crc32(b"bytes")),
        format!("plain | File 0 0 0 0 5 {:08x}", crc32(b"bytes")),
        format!("plain | attribute user.lfs.41 5 {:08x}", crc32(b"green")),
        format!("plain | attribute user.lfs.ff 0 {:08x}", crc32(b"")),
    ];
    assert_eq!(lines[..expected.len()], expected, "{}", outcome.stdout);
    let answers = [
        "create: Ok(())",
        "cut: Ok(())",
        "write: Ok(())",
        "change: Ok(())",
        "make link: Err(Server(Unsupported))",
        "set attribute: Ok(())",
        "remove attribute: Ok(())",
        "make directory: Ok(())",
        "remove directory: Err(Server(NotEmpty))",
        "rename: Ok(())",
        "remove: Ok(())",
        "tree: end",
    ];
    assert_eq!(lines.split_off(expected.len()), answers, "{}", outcome.stdout);
    mounted(&disk, |fs| {
        let moved = path("folder/moved");
        assert_eq!(fs.stat(moved).map(|info| (info.size, info.modified)), Ok((1, 1)));
        let mut attribute = |number: &str| {
            let mut value = [0; 8];
            let length = fs.attribute(moved, &format!("user.lfs.{number}"), &mut value)?;
            Ok(value[..length].to_vec())
        };
        assert_eq!(attribute("01"), Ok(b"new".to_vec()));
        assert_eq!(attribute("41"), Err(drv_fs_core::Error::NoAttribute));
        assert_eq!(attribute("ff"), Ok(Vec::new()));
        assert_eq!(fs.stat(path("new")), Err(drv_fs_core::Error::NotFound));
    });
}
