//! A real boot loader starts the image from a disk that `cargo xtask flash` made: Debian's U-Boot,
//! as it comes in the package `u-boot-qemu`.

use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use test_system::{Outcome, cargo, root};

const U_BOOT: &str = "/usr/lib/u-boot/qemu_arm64/u-boot.bin";

/// A disk with an app.
struct Disk {
    folder: TempDir,
    app: String,
}

impl Disk {
    fn new(app: &str) -> Self {
        let disk =
            Self { folder: tempfile::tempdir().expect("a temporary folder"), app: app.into() };
        let _ = disk.flash(&[]).expect_success();
        disk
    }

    fn path(&self) -> String {
        self.folder.path().join("disk.img").display().to_string()
    }

    fn flash(&self, further: &[&str]) -> Outcome {
        let path = self.path();
        cargo(&[&["xtask", "flash", &self.app, "--to", &path], further].concat())
    }

    /// Boots it through U-Boot. The disk is in the first virtio slot.
    fn boot(&self, further: &[&str]) -> Outcome {
        let disk = self.path();
        let machine = ["xtask", "qemu", &self.app, "--firmware", U_BOOT, "--disk", &disk];
        let outcome = cargo(&[&machine, further].concat()).expect_success();
        assert!(outcome.stdout.contains("Found U-Boot script /boot.scr"), "{}", outcome.stdout);
        outcome
    }
}

#[test]
fn u_boot_starts_the_demo_from_the_disk() {
    let disk = Disk::new("app.toml");
    let outcome = disk.boot(&["--send", "tasks", "--until", "idle"]);
    let shell = outcome.stdout.lines().find(|line| line.contains(" shell "));
    assert!(shell.is_some(), "{}", outcome.stdout);
}

#[test]
fn the_demos_own_disk_can_be_beside_the_one_it_is_started_from() {
    let disk = Disk::new("app.toml");
    let data = test_system::demo_disk(disk.folder.path());
    // U-Boot looks for a virtio disk in one place only, which is the demo's; but for NVMe, too.
    let drive = format!("--qemu-arg=if=none,id=nvme,format=raw,file={}", disk.path());
    let outcome = cargo(&[
        "xtask",
        "qemu",
        "app.toml",
        "--firmware",
        U_BOOT,
        "--disk",
        &data.display().to_string(),
        "--qemu-arg=-drive",
        &drive,
        "--qemu-arg=-device",
        "--qemu-arg=nvme,serial=boot,drive=nvme",
        "--send",
        "cat hello.txt",
        "--until",
        "hello from the disk",
    ]);
    let outcome = outcome.expect_success();
    assert!(outcome.stdout.contains("Found U-Boot script /boot.scr"), "{}", outcome.stdout);
}

#[test]
fn u_boot_starts_it_again_when_the_supervisor_dies() {
    let disk = Disk::new("app.toml");
    let outcome = disk.boot(&["--send", "crash supervisor", "--send", "uptime", "--until", "up "]);
    assert_eq!(outcome.stdout.matches("Starting kernel").count(), 2, "{}", outcome.stdout);
}

#[test]
fn what_died_before_the_reset_can_be_explained_after_it() {
    let disk = Disk::new("tests/system/demo-uboot.toml");
    let dump = disk.folder.path().join("core.elf").display().to_string();
    let crash = ["--send", "crash supervisor", "--send", "uptime", "--until", "up "];
    let outcome = disk.boot(&[&crash[..], &["--dump", &dump]].concat());
    assert_eq!(outcome.stdout.matches("Starting kernel").count(), 2, "{}", outcome.stdout);
    let reason = "[the machine was reset: the supervisor faulted: ";
    assert!(outcome.stderr.contains(reason), "{}", outcome.stderr);
    let archive = "target/demo-uboot/dist/demo-uboot.zip";
    let tasks = cargo(&["humility-lite", "-a", archive, "-d", &dump, "--retained", "tasks"]);
    let tasks = tasks.expect_success().stdout;
    assert!(tasks.contains("asked for this crash"), "{tasks}");
}

#[test]
fn what_was_written_is_told_to_programs() {
    let disk = Disk::new("app.toml");
    let outcome = disk.flash(&["--json"]).expect_success();
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(report["files"], serde_json::json!(["boot.scr", "image.bin"]));
    assert_eq!(report["load_address"], 0x4008_0000);
    let image = root().join("target/demo/dist/image.bin");
    let copy = disk.folder.path().join("image.bin");
    let copied = Command::new("mcopy")
        .args(["-i", &format!("{}@@1M", disk.path()), "::image.bin"])
        .arg(&copy)
        .status();
    assert!(copied.is_ok_and(|status| status.success()));
    let read = |path: &Path| std::fs::read(path).expect("an image");
    assert!(read(&copy) == read(&image));
}

#[test]
fn what_is_not_ours_is_not_overwritten() {
    let disk = Disk::new("app.toml");
    std::fs::write(disk.path(), "a letter").expect("a file");
    let outcome = disk.flash(&[]);
    assert!(!outcome.success);
    assert!(outcome.stderr.contains("it holds something else: --yes"), "{}", outcome.stderr);
    let outcome = disk.flash(&["--max-size", "much"]);
    assert!(outcome.stderr.contains("a size is a number and B, KiB"), "{}", outcome.stderr);
    assert_eq!(std::fs::read(disk.path()).expect("a file"), b"a letter");
}
