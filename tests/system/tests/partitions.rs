//! Disks with partitions, as their clients on the target and the tools on the host see them.

use gptman::{GPT, GPTPartitionEntry};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use test_system::{Outcome, cargo, root};

const APP: &str = "tests/apps/partitions.toml";
/// In sectors: where the first partition begins, and where the second does.
const PLACES: [(u64, u8); 2] = [(2048, 0x1e), (2048 + (64 << 11), 0xd1)];
const SECTOR: u64 = 512;

fn run(arguments: &[&str]) -> Outcome {
    let all = [&["xtask", "qemu", APP, "--timeout", "120"], arguments].concat();
    cargo(&all)
}

fn whole(arguments: &[&str]) -> Outcome {
    let outcome = run(&[&["--until", "suite: end"], arguments].concat()).expect_success();
    assert!(!outcome.stdout.contains("FAILED"), "{}", outcome.stdout);
    outcome
}

fn disk() -> PathBuf {
    root().join("target/test-partitions/disk.img")
}

fn sgdisk(argument: &str, image: &Path) -> String {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sgdisk").arg(argument).arg(image).env("PATH", path).output();
    let output = output.unwrap_or_else(|error| panic!("sgdisk (package gdisk): {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A sector as the host sees it.
fn sector(image: &Path, sector: u64) -> Vec<u8> {
    let mut bytes = vec![0; SECTOR as usize];
    let file = File::open(image).expect("the disk is there");
    file.read_exact_at(&mut bytes, sector * SECTOR).expect("it is that large");
    bytes
}

/// Bytes of the disk.
const SIZE: u64 = 130 << 20;

/// A disk with nothing on it.
struct Blank {
    _folder: TempDir,
    path: PathBuf,
}

impl Blank {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("disk.img");
        File::create(&path).and_then(|file| file.set_len(SIZE)).expect("the folder takes a file");
        Self { _folder: folder, path }
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn write(&self, offset: u64, bytes: &[u8]) {
        let file = OpenOptions::new().write(true).open(&self.path).expect("it is there");
        file.write_all_at(bytes, offset).expect("it takes bytes");
    }
}

#[test]
fn what_is_written_in_partitions_is_found_there_by_the_host() {
    let _ = whole(&[]);
    let words = sgdisk("--verify", &disk());
    assert!(words.contains("No problems found"), "{words}");
    for (first, mark) in PLACES {
        assert_eq!(sector(&disk(), first)[8..], [mark; 504]);
        let third = sector(&disk(), first + 3);
        assert_eq!((third[0], &third[8..]), (3, &[mark; 504][..]));
        assert_ne!(sector(&disk(), first - 1)[8..], [mark; 504]);
    }
}

/// The cache then has the disk, and gives its clients their parts.
#[test]
fn clients_of_a_cache_have_their_partitions_of_it() {
    let _ = whole(&[]);
    let image = Blank::new();
    std::fs::copy(disk(), &image.path).expect("room for a copy");
    let run = ["xtask", "qemu", "tests/storage/partitions.toml", "--disk", &image.name()];
    let outcome = cargo(&[&run[..], &["--timeout", "120", "--until", "suite: end"]].concat());
    let said = outcome.expect_success().stdout;
    assert!(!said.contains("FAILED") && said.matches(" ... ok").count() > 10, "{said}");
}

#[test]
fn a_disk_without_its_first_header_works_by_the_backup() {
    let _ = whole(&[]);
    let image = Blank::new();
    std::fs::copy(disk(), &image.path).expect("room for a copy");
    image.write(SECTOR, &[0xa5; SECTOR as usize]);
    let _ = whole(&["--disk", &image.name()]);
    // And without the other, there is no partition.
    image.write(SIZE - SECTOR, &[0xa5; SECTOR as usize]);
    let until = r"left: its partition is its disk \.\.\. FAILED: Err\(Server\(BadTable\)\)";
    let _ = run(&["--disk", &image.name(), "--until", until]).expect_success();
}

#[test]
fn sectors_may_be_larger() {
    let image = Blank::new();
    let mut file =
        OpenOptions::new().read(true).write(true).open(&image.path).expect("it is there");
    let mut table = GPT::new_from(&mut file, 4096, [7; 16]).expect("it fits");
    for (slot, name, first) in [(1, "left", 256), (2, "right", 256 + (16 << 10))] {
        table[slot] = GPTPartitionEntry {
            partition_type_guid: [1; 16],
            unique_partition_guid: [slot as u8; 16],
            starting_lba: first,
            ending_lba: first + (16 << 10) - 1,
            attribute_bits: 0,
            partition_name: name.into(),
        };
    }
    GPT::write_protective_mbr_into(&mut file, 4096).expect("it fits");
    table.write_into(&mut file).expect("it fits");
    let global = |key: &str| format!("virtio-blk-device.{key}=4096");
    let (logical, physical) = (global("logical_block_size"), global("physical_block_size"));
    let name = image.name();
    let sizes = ["-global", &logical, "-global", &physical];
    let sizes = sizes.into_iter().flat_map(|word| ["--qemu-arg", word]);
    let arguments: Vec<&str> = ["--disk", &name].into_iter().chain(sizes).collect();
    let _ = whole(&arguments);
    // Sector 256 is the first of the left one.
    assert_eq!(sector(&image.path, PLACES[0].0)[8..], [0x1e; 504]);
}

#[test]
fn a_disk_with_an_mbr_has_no_labels() {
    let image = Blank::new();
    let script = "label: dos\nstart=2048, size=131072\nstart=133120, size=131072\n";
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sfdisk");
    let command = command.arg(&image.path).env("PATH", path).stdin(Stdio::piped());
    let mut sfdisk = command.stdout(Stdio::null()).spawn().expect("sfdisk (package fdisk)");
    sfdisk.stdin.take().expect("a pipe").write_all(script.as_bytes()).expect("it reads");
    assert!(sfdisk.wait().expect("it ends").success());
    let outcome = run(&["--disk", &image.name(), "--until", "suite: end"]).expect_success();
    let failed = "left: its partition is its disk ... FAILED: Err(Server(NoPartition))";
    assert!(outcome.stdout.contains(failed), "{}", outcome.stdout);
    for test in ["its partition is its disk", "nothing outside can be named"] {
        let good = format!("right: {test} ... ok");
        assert!(outcome.stdout.contains(&good), "{}", outcome.stdout);
    }
    assert_eq!(sector(&image.path, PLACES[1].0)[8..], [0xd1; 504]);
}

#[test]
fn another_disk_than_the_one_named_is_not_touched() {
    let _ = whole(&[]);
    let before = std::fs::read(disk()).expect("the disk is there");
    let until = r"left: its partition is its disk \.\.\. FAILED: Err\(Server\(WrongDisk\)\)";
    let _ = run(&["--disk-serial", "aidos-tess", "--until", until]).expect_success();
    let _ = run(&["--disk-serial", "another", "--until", "suite: end"]).expect_success();
    assert!(std::fs::read(disk()).expect("the disk is there") == before);
}
