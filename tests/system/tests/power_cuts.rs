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

/// The demo's shell obeys these lines, the last of which prints `last`; what the power cuts leave of a
/// partition is counted.
fn cut(partition: &str, lines: &[&str], keep: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = text(&test_system::demo_disk(folder.path()));
    let log = text(&folder.path().join("w.log"));
    let run = ["--disk", &disk, "--log-writes", &log, "--until", "^last"];
    let send: Vec<&str> = lines.iter().flat_map(|line| ["--send", line]).collect();
    let _ = qemu(&[&run[..], &send].concat()).expect_success();
    let keep = keep.iter().flat_map(|path| ["--keep", path]);
    let plan = ["--every-prefix", "--subsets", "60", "--check", "--json", "--partition", partition];
    let plan: Vec<&str> = plan.into_iter().chain(keep).collect();
    let outcome = replay(&log, &plan).expect_success();
    serde_json::from_str(&outcome.stdout).expect("it prints JSON")
}

fn number(report: &Value, key: &str) -> u64 {
    report[key].as_u64().unwrap_or_else(|| panic!("{key}: {report}"))
}

#[test]
fn what_the_shell_writes_to_fat_can_be_repaired_whenever_the_power_fails() {
    let lines = ["write a.txt first words", "mkdir notes", "mv a.txt notes/a.txt", "write b.txt x"];
    let lines = [&lines[..], &["rm b.txt", "write c.txt last", "cat c.txt"]].concat();
    let report = cut("label:files", &lines, &["hello.txt", "docs/pattern.bin"]);
    assert_eq!(report["format"].as_str(), Some("fat"));
    let [clean, repaired, prefixes, subsets] =
        ["clean", "repaired", "prefixes", "subsets"].map(|key| number(&report, key));
    assert!(prefixes > 20 && subsets == 60, "{report}");
    assert_eq!(clean + repaired, prefixes + subsets, "{report}");
}

#[test]
fn what_the_shell_writes_to_the_power_safe_file_system_needs_no_repair() {
    let lines = ["write /data/a first", "mkdir /data/d", "mv /data/a /data/d/a", "write /data/b x"];
    let lines = [&lines[..], &["rm /data/b", "write /data/c last", "cat /data/c"]].concat();
    let report = cut("label:data", &lines, &[]);
    assert_eq!(report["format"].as_str(), Some("littlefs"));
    let [clean, prefixes, subsets] =
        ["clean", "prefixes", "subsets"].map(|key| number(&report, key));
    assert!(prefixes > 6, "{report}");
    assert_eq!(clean, prefixes + subsets, "{report}");
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
