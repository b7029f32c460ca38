//! The demo, as the README shows it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use test_system::{Outcome, cargo, crc32, qemu, root};

/// The demo on a disk of its own: on the one that is kept, somebody may have written.
fn on_its_own_disk(arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = test_system::demo_disk(folder.path());
    let name = disk.to_str().expect("a name in UTF-8");
    qemu(&[&["--disk", name], arguments].concat())
}

#[test]
fn a_file_is_read_through_three_tasks() {
    let arguments = ["--send", "cat hello.txt", "--until", "hello from the disk"];
    let _ = on_its_own_disk(&arguments).expect_success();
}

#[test]
fn a_file_is_read_through_the_old_virtio_registers_too() {
    let arguments =
        ["--legacy-virtio", "--send", "cat hello.txt", "--until", "hello from the disk"];
    let _ = on_its_own_disk(&arguments).expect_success();
}

#[test]
fn without_a_disk_the_shell_still_works() {
    let arguments = ["--disk", "none", "--send", "cat hello.txt", "--send", "tasks"];
    let outcome = qemu(&[&arguments[..], &["--until", "idle"]].concat()).expect_success();
    assert!(!outcome.stdout.contains("hello from"), "{}", outcome.stdout);
}

#[test]
fn what_never_comes_is_a_failure() {
    let outcome = qemu(&["--until", "no such line", "--timeout", "5"]);
    assert!(!outcome.success);
    assert!(outcome.stderr.contains("not seen within 5 s"), "{}", outcome.stderr);
}

#[test]
fn what_the_shell_writes_to_two_file_systems_is_found_by_the_hosts_tools() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = test_system::demo_disk(folder.path());
    let name = disk.to_str().expect("a name in UTF-8");
    let lines = ["mounts", "write /note.txt in FAT", "mkdir /data/d", "write /data/n kept here"];
    let more = ["mv /data/n /data/d/n", "mv /data/d/n /n", "cat /data/d/n"];
    let send = lines.iter().chain(&more).flat_map(|line| ["--send", line]);
    let run = ["--disk", name, "--until", "^kept here"].into_iter().chain(send);
    let outcome = qemu(&run.collect::<Vec<_>>()).expect_success();
    for line in ["/                fat32 read-write", "/data            littlefs read-write"] {
        assert!(outcome.stdout.contains(line), "{}", outcome.stdout);
    }
    assert!(outcome.stdout.contains("the new place is on another disk"), "{}", outcome.stdout);
    let mtype = Command::new("mtype").args(["-i", &format!("{name}@@1M"), "::note.txt"]).output();
    assert_eq!(String::from_utf8_lossy(&mtype.expect("mtype runs").stdout), "in FAT\n");
    let get = ["xtask", "disk", "get", name, "d/n", "--partition", "label:data"];
    assert_eq!(cargo(&get).expect_success().stdout, "kept here\n");
}

#[test]
fn the_block_driver_dies_and_the_file_is_still_read() {
    let arguments = ["--send", "crash blk", "--send", "cat hello.txt", "--send", "tasks"];
    let arguments = [&arguments[..], &["--until", "idle"]].concat();
    let outcome = on_its_own_disk(&arguments).expect_success();
    assert!(outcome.stdout.contains("hello from the disk"), "{}", outcome.stdout);
    let blk = outcome.stdout.lines().find(|line| line.split_whitespace().nth(1) == Some("blk"));
    let restarts = blk.and_then(|line| line.split_whitespace().find(|word| *word == "1"));
    assert!(restarts.is_some(), "{}", outcome.stdout);
}

#[test]
fn a_supervisor_that_dies_resets_the_machine() {
    let arguments = ["--send", "crash supervisor", "--send", "uptime", "--until", "up "];
    let outcome = qemu(&arguments).expect_success();
    assert!(outcome.stderr.contains("the supervisor faulted"), "{}", outcome.stderr);
}

/// A disk made by others' tools, partitioned as the demo wants it, with a large file deep down.
fn foreign_disk(folder: &Path) -> (PathBuf, u32, usize) {
    let disk = folder.join("disk.img");
    let file = folder.join("big.bin");
    let bytes = disk::pattern(5_000_000);
    std::fs::write(&file, &bytes).expect("room for a file");
    let run = |program: &str, arguments: &[&str]| {
        let status = Command::new(program).args(arguments).stdout(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "{program} {arguments:?}");
    };
    std::fs::File::create(&disk).and_then(|disk| disk.set_len(64 << 20)).expect("room");
    let name = disk.to_str().expect("a name in UTF-8");
    let parts =
        ["--new=1:2048:+60M", "--change-name=1:files", "--new=2:0:0", "--change-name=2:data"];
    run("/sbin/sgdisk", &[&parts[..], &[name]].concat());
    run("/sbin/mkfs.vfat", &["-F", "32", "--offset", "2048", name, "61440"]);
    let drive = format!("{name}@@1M");
    run("mmd", &["-i", &drive, "::A folder with a long name"]);
    let target = "::A folder with a long name/The large file.bin";
    run("mcopy", &["-i", &drive, file.to_str().expect("a name in UTF-8"), target]);
    (disk, crc32(&bytes), bytes.len())
}

#[test]
fn a_large_file_on_a_foreign_disk_reads_back_byte_for_byte() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (disk, crc, _) = foreign_disk(folder.path());
    let send = "crc A folder with a long name/The large file.bin";
    let until = format!("{crc:08x}");
    let disk = disk.to_str().expect("a name in UTF-8");
    let _ = qemu(&["--disk", disk, "--send", send, "--until", &until]).expect_success();
}

#[test]
fn five_mistakes_are_told_in_one_run_and_nothing_is_built() {
    let outcome = cargo(&["xtask", "dist", "tests/refuse/five-at-once.toml"]);
    assert!(!outcome.success);
    assert!(outcome.stderr.contains("5 mistakes; nothing is built"), "{}", outcome.stderr);
    assert!(outcome.stderr.matches('^').count() >= 5, "{}", outcome.stderr);
    assert!(!root().join("target/five-at-once").exists());
}
