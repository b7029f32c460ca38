//! What power cuts leave of a disk: logged by QEMU, made and judged by the build tool.

use serde_json::Value;
use std::path::Path;
use test_system::{Outcome, cargo, qemu};

/// A run of `tests/apps/cuts.toml` on a new disk, logged.
fn logged(folder: &Path) -> String {
    let disk = folder.join("disk.img");
    disk::make_fat32(&disk, &disk::default_contents()).expect("room for a disk");
    let (disk, log) = (text(&disk), text(&folder.join("w.log")));
    let run = ["xtask", "qemu", "tests/apps/cuts.toml", "--disk", &disk, "--log-writes", &log];
    let outcome = cargo(&[&run[..], &["--until", "suite: end"]].concat()).expect_success();
    assert!(outcome.stdout.contains("... ok"), "{}", outcome.stdout);
    log
}

fn text(path: &Path) -> String {
    path.to_str().expect("a name in UTF-8").to_owned()
}

fn replay(log: &str, arguments: &[&str]) -> Outcome {
    cargo(&[&["xtask", "disk", "replay", log], arguments].concat())
}

#[test]
fn every_disk_that_a_power_cut_leaves_is_made_and_judged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = logged(folder.path());
    let damaged = folder.path().join("damaged");
    let plan = ["--every-prefix", "--subsets", "100", "--check", "--json"];
    let more = ["--keep", "hello.txt", "--save-damaged", &text(&damaged)];
    let outcome = replay(&log, &[&plan[..], &more].concat());
    let report: Value = serde_json::from_str(&outcome.stdout).expect("it prints JSON");
    let number = |key: &str| report[key].as_u64().unwrap_or_else(|| panic!("{key}: {report}"));
    // Seven writes; a flush after the third and after each later one.
    assert_eq!((number("writes"), number("flushes"), number("prefixes")), (7, 5, 8));
    assert_eq!((number("subsets"), report["format"].as_str()), (100, Some("fat")));
    // Of the prefixes, one has tables that differ, and one no boot sector.
    assert!(number("clean") >= 6 && number("repaired") >= 1 && number("damaged") >= 1);
    assert_eq!(number("clean") + number("repaired") + number("damaged"), 108, "{report}");
    assert!(!outcome.success && outcome.stderr.contains("disks are damaged"), "{}", outcome.stderr);
    let kept = std::fs::read_dir(damaged).expect("they are kept").count() as u64;
    assert_eq!(kept, number("damaged"));
}

#[test]
fn the_whole_log_makes_the_disk_that_the_guest_left() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = logged(folder.path());
    let made = folder.path().join("made.img");
    let _ = replay(&log, &["--to", &text(&made)]).expect_success();
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("a disk");
    assert!(read("made.img") == read("disk.img"), "the disks differ");
    assert!(read("w.log.disk") != read("disk.img"), "nothing was written");
}

#[test]
fn what_the_shell_writes_to_fat_can_be_repaired_whenever_the_power_fails() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = folder.path().join("disk.img");
    disk::make_fat32(&disk, &disk::default_contents()).expect("room for a disk");
    let (disk, log) = (text(&disk), text(&folder.path().join("w.log")));
    let lines = ["write a.txt first words", "mkdir notes", "mv a.txt notes/a.txt", "write b.txt x"];
    let lines = lines.into_iter().chain(["rm b.txt", "write c.txt last", "cat c.txt"]);
    let run = ["--disk", &disk, "--log-writes", &log, "--until", "^last"];
    let send: Vec<&str> = lines.flat_map(|line| ["--send", line]).collect();
    let _ = qemu(&[&run[..], &send].concat()).expect_success();
    let plan = ["--every-prefix", "--subsets", "60", "--check", "--json"];
    let keep = ["--keep", "hello.txt", "--keep", "docs/pattern.bin"];
    let outcome = replay(&log, &[&plan[..], &keep].concat()).expect_success();
    let report: Value = serde_json::from_str(&outcome.stdout).expect("it prints JSON");
    let number = |key: &str| report[key].as_u64().unwrap_or_else(|| panic!("{key}: {report}"));
    assert!(number("prefixes") > 20 && number("subsets") == 60, "{report}");
    assert_eq!(number("clean") + number("repaired"), number("prefixes") + 60, "{report}");
}

#[test]
fn what_cannot_be_replayed_is_refused_with_words() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nothing = folder.path().join("nothing");
    std::fs::write(&nothing, "this is no log, but longer than a superblock").expect("room");
    let outcome = replay(&text(&nothing), &[]);
    assert!(!outcome.success && outcome.stderr.contains("no log"), "{}", outcome.stderr);
    let run = ["xtask", "qemu", "tests/apps/cuts.toml", "--disk", "none", "--log-writes", "w.log"];
    let outcome = cargo(&run);
    assert!(!outcome.success && outcome.stderr.contains("no disk"), "{}", outcome.stderr);
}
