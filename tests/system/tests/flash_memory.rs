//! NOR flash keeps what a task programmed when the machine is switched off and on.

use std::path::Path;
use test_system::{Outcome, cargo};

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
