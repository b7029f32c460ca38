//! NOR flash keeps what a task programmed when the machine is switched off and on; and the power-safe file
//! system there is the same for the target, the host's command, and the reference implementation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use test_system::{Outcome, cargo, crc32};

/// Where `tests/flash` counts its runs: the last block of 256 KiB.
const RUNS: usize = (64 << 20) - (256 << 10);

fn run(flash: &Path) -> Outcome {
    let flash = flash.to_str().expect("a name in UTF-8");
    let run = ["xtask", "qemu", "tests/apps/flash.toml", "--flash", flash];
    cargo(&[&run[..], &["--until", "suite: end"]].concat())
}

/// The first words of the last block.
fn counted(flash: &Path) -> Vec<u32> {
    let bytes = std::fs::read(flash).expect("the bank's file");
    let words = bytes[RUNS..RUNS + 12].as_chunks::<4>().0;
    words.iter().map(|word| u32::from_le_bytes(*word)).collect()
}

#[test]
fn a_later_run_finds_what_an_earlier_one_programmed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flash = folder.path().join("flash.img");
    let expected = [[0xb007_0000, u32::MAX, u32::MAX], [0xb007_0000, 0xb007_0001, u32::MAX]];
    for expected in expected {
        let outcome = run(&flash).expect_success();
        assert!(!outcome.stdout.contains("FAILED"), "{}", outcome.stdout);
        assert_eq!(outcome.stdout.matches("... ok").count(), 6, "{}", outcome.stdout);
        assert_eq!(counted(&flash), expected);
    }
    // What no task erased or programmed is as it was made.
    let bytes = std::fs::read(&flash).expect("the bank's file");
    assert!(bytes[16 << 20..RUNS].iter().all(|&byte| byte == 0xff));
}

#[test]
fn a_bank_of_another_size_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flash = folder.path().join("flash.img");
    std::fs::write(&flash, [0xff; 4096]).expect("room");
    let outcome = run(&flash);
    assert!(!outcome.success);
    assert!(outcome.stderr.contains("has 4096 bytes, the bank 67108864"), "{}", outcome.stderr);
}

/// The release that is compared with.
const RELEASE: &str = "littlefs-python==0.19.0";

/// Says what a program prints that must succeed.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Python with the reference implementation.
fn python() -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("littlefs-python");
    let python: PathBuf = folder.join("bin/python");
    let there = Command::new(&python).args(["-c", "import littlefs"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        said("python3", &["-m", "venv", "--clear", &folder.display().to_string()]);
        let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", RELEASE];
        said(&python.display().to_string(), &quiet);
    }
    python.display().to_string()
}

/// Lets the reference implementation do something with the bank.
fn reference(what: &str, flash: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flash_image.py");
    said(&python(), &[script, what, flash])
}

/// CRC-32 and size of each file, as the reference has them.
fn files(flash: &str) -> BTreeMap<String, (String, usize)> {
    let said = reference("read", flash);
    let file = |line: &str| {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().expect("three words").to_owned();
        let (crc, size, path) = (word(), word(), word());
        (path, (crc, size.parse().expect("a size")))
    };
    said.lines().map(file).collect()
}

/// Bytes as `tests/flash-files` makes them.
fn content(seed: u32, length: usize) -> Vec<u8> {
    let byte = |at: usize| ((at as u32).wrapping_add(seed).wrapping_mul(2_654_435_761) >> 23) as u8;
    (0..length).map(byte).collect()
}

/// A run on the target, whose report is what it should be: what it read of the host, and each file
/// that it left, for the reference and for the host's command.
fn run_files(flash: &str, host: usize) -> String {
    let arguments = ["xtask", "qemu", "tests/apps/flash-files.toml", "--flash", flash];
    let until = ["--until", "suite: end", "--timeout", "300"];
    let outcome = cargo(&[&arguments[..], &until].concat()).expect_success();
    assert_eq!(outcome.stdout.matches("... ok").count(), 6, "{}", outcome.stdout);
    let part = ["--flash", "256KiB", "--part", "0+64"];
    let disk =
        |words: &[&str]| cargo(&[&["xtask", "disk"], words, &part].concat()).expect_success();
    let report = disk(&["get", flash, "report.txt"]).stdout;
    assert!(report.starts_with(&format!("host {host}\n")), "{report}");
    let found = files(flash);
    let mut told = 0;
    for line in report.lines().filter_map(|line| line.strip_prefix("file ")) {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().expect("three words");
        let (seed, length, path) = (word(), word(), word());
        let length = length.parse().expect("a length");
        let bytes = content(seed.parse().expect("a seed"), length);
        assert_eq!(found.get(path), Some(&(format!("{:08x}", crc32(&bytes)), length)), "{path}");
        told += 1;
    }
    assert!(told > 2, "{report}");
    let ours = found.keys().filter(|path| path.starts_with("files/")).count();
    assert_eq!(ours, told, "and no others");
    assert!(disk(&["check", flash]).stdout.contains(" of 64 blocks of 262144 bytes"));
    report.lines().find(|line| line.starts_with("flash ")).unwrap_or_default().to_owned()
}

#[test]
fn files_go_both_ways_between_the_target_and_the_reference_implementation() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flash = folder.path().join("flash.img");
    let flash = flash.to_str().expect("a name in UTF-8");
    reference("make", flash);
    println!("{}", run_files(flash, 10 + 1000 + 70_000 + 600_000));
    // What the target left, the reference changes, and the target reads that.
    reference("grow", flash);
    println!("{}", run_files(flash, 10 + 300_000));
    // The host's command writes as the target does: it erases, and programs what is erased.
    let source = folder.path().join("3.bin");
    std::fs::write(&source, content(3, 400_000)).expect("room");
    let source = source.to_str().expect("a name in UTF-8");
    let put = ["xtask", "disk", "put", flash, source, "host/3.bin", "--flash", "256KiB"];
    let put = cargo(&[&put[..], &["--part", "0+64"]].concat()).expect_success();
    assert!(put.stdout.is_empty(), "{}", put.stdout);
    println!("{}", run_files(flash, 10 + 300_000 + 400_000));
}
