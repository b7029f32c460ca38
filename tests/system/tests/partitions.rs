//! Disks with partitions, as their clients on the target and the tools on the host see them.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
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

#[test]
fn a_disk_without_its_first_header_works_by_the_backup() {
    let _ = whole(&[]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("disk.img");
    std::fs::copy(disk(), &image).expect("room for a copy");
    let file = OpenOptions::new().write(true).open(&image).expect("the copy is there");
    file.write_all_at(&[0xa5; SECTOR as usize], SECTOR).expect("it takes a sector");
    let _ = whole(&["--disk", &image.display().to_string()]);
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
