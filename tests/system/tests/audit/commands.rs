//! The command, as a user calls it.

use crate::specimen::{READ_ONLY, demo};
use archive::{Archive, Entry};
use serde_json::Value;
use std::path::{Path, PathBuf};
use test_system::{cargo, files, root};

#[test]
fn every_app_of_this_project_keeps_every_rule() {
    let mut apps = files(&root().join("tests/apps"), ".toml");
    apps.extend(["app.toml", "tests/bench/app.toml"].map(|app| root().join(app)));
    for app in apps {
        let app = app.to_str().expect("a path in UTF-8");
        let outcome = cargo(&["xtask", "audit", app]).expect_success();
        assert!(outcome.stdout.contains("No rule is broken."), "{app}: {}", outcome.stdout);
        assert!(!outcome.stdout.contains("BROKEN"), "{app}: {}", outcome.stdout);
    }
}

#[test]
fn memory_for_dma_that_is_not_cached_is_cached_nowhere() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let read = |path: &str| std::fs::read_to_string(root().join(path)).expect("a file");
    let board = read("build/boards/qemu-virt.toml");
    put("board.toml", board.replace("dma-coherent = true", "dma-coherent = false"));
    let app = read("app.toml").replace("name = \"demo\"", "name = \"demo-uncached\"");
    let app = put("app.toml", app.replace("\"qemu-virt\"", "\"board.toml\""));
    let outcome = cargo(&["xtask", "audit", app.to_str().expect("UTF-8")]).expect_success();
    assert!(outcome.stdout.contains("\ndemo-uncached, image "), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("No rule is broken."), "{}", outcome.stdout);
}

#[test]
fn whom_no_table_confines_is_listed() {
    let outcome = cargo(&["xtask", "audit", "app.toml"]).expect_success();
    let trusted = "Trusted, for no table confines what they tell their devices to do:\n    \
                   blk: virtio0 can reach all memory, there is no SMMU\n\n";
    assert!(outcome.stdout.contains(trusted), "{}", outcome.stdout);
}

#[test]
fn programs_can_read_it() {
    let outcome = cargo(&["xtask", "audit", "app.toml", "--json"]).expect_success();
    let report: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(report["app"], "demo");
    assert_eq!(report["counts"]["spaces"], 13, "boot, kernel and eleven tasks");
    assert_eq!(report["violations"], Value::Array(Vec::new()));
    assert_eq!(report["trusted"][0]["task"], "blk");
    assert_eq!(report["trusted"][0]["devices"][0], "virtio0");
}

/// An archive of the demo with another image in it.
fn archive_with(name: &str, change: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>)) -> PathBuf {
    let image = demo();
    let path = root().join("target/demo/dist/demo.zip");
    let mut elf = Archive::open(&path).and_then(|mut zip| zip.read("image.elf")).expect("an ELF");
    let mut bin = image.image;
    change(&mut bin, &mut elf);
    let entries = [("image.bin", bin), ("image.elf", elf)]
        .map(|(name, bytes)| Entry { name: name.into(), bytes });
    let bytes = archive::write(&image.manifest, &entries).expect("an archive");
    let path = root().join("target").join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

fn audit_archive(path: &Path) -> test_system::Outcome {
    let path = path.to_str().expect("UTF-8");
    cargo(&["xtask", "audit", "--archive", path])
}

#[test]
fn an_archive_is_examined_like_any_image() {
    let good = archive_with("audit-good.zip", |_, _| ());
    assert!(audit_archive(&good).expect_success().stdout.contains("No rule is broken."));
}

#[test]
fn an_image_that_breaks_a_rule_is_an_error() {
    let mut image = demo();
    image.change(image.page_of("ping", "text"), READ_ONLY, 0);
    let damaged = image.image;
    let path = archive_with("audit-damaged.zip", |bin, elf| {
        let start = elf.len() - bin.len();
        elf[start..].copy_from_slice(&damaged);
        bin.copy_from_slice(&damaged);
    });
    let outcome = audit_archive(&path);
    assert!(!outcome.success);
    assert!(outcome.stdout.contains("\nBROKEN  write-execute "), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("written by ping at 0x"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("BROKEN  image "), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("No rule is broken."), "{}", outcome.stdout);
}

#[test]
fn an_elf_with_other_bytes_than_the_binary_is_an_error() {
    let path = archive_with("audit-elf.zip", |_, elf| {
        let last = elf.len() - 1;
        elf[last] ^= 1;
    });
    let outcome = audit_archive(&path);
    assert!(!outcome.success);
    let words = "image.elf does not load the bytes of image.bin, and nothing else, at its address";
    assert!(outcome.stdout.contains(words), "{}", outcome.stdout);
    let path = archive_with("audit-no-elf.zip", |_, elf| elf.truncate(100));
    assert!(audit_archive(&path).stdout.contains("image.elf is no ELF that can be read"));
}

#[test]
fn without_an_image_there_is_nothing_to_examine() {
    assert!(!cargo(&["xtask", "audit"]).success);
    let outcome = cargo(&["xtask", "audit", "--archive", "app.toml"]);
    assert!(!outcome.success);
    assert!(outcome.stderr.contains("is not a zip archive"), "{}", outcome.stderr);
}

#[test]
fn every_task_says_what_it_may_do() {
    let text = cargo(&["xtask", "audit", "app.toml"]).expect_success().stdout;
    let expected = "\
    device      uart0 0x9000000..0x9001000
    interrupt   uart0.irq (33)
    region      log rw
    sends to    supervisor (supervisor)
    posts       printed to logger
  if it is compromised
";
    assert!(text.contains("console (drv-pl011-server), priority 2, no budget\n"), "{text}");
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("    everything  virtio0 can reach all memory, there is no SMMU\n"));
    assert!(text.contains("\n                blk through fs: device virtio0"), "{text}");
}

/// The demo with some text replaced, under another name.
fn variant(folder: &Path, name: &str, changes: &[(&str, &str)]) -> PathBuf {
    let mut app = std::fs::read_to_string(root().join("app.toml")).expect("a demo");
    for (from, to) in
        [("name = \"demo\"", format!("name = \"{name}\"").as_str())].iter().chain(changes)
    {
        assert!(app.contains(from), "the demo has no `{from}`");
        app = app.replacen(from, to, 1);
    }
    let path = folder.join(format!("{name}.toml"));
    std::fs::write(&path, app).expect("a file");
    path
}

#[test]
fn a_change_shows_the_rights_that_it_adds_and_removes() {
    let _ = demo();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let changes = [
        ("task-slots = [\"pong\"]", "task-slots = [\"pong\"]\nrights = { restart = [\"pong\"] }"),
        ("restart = [\"*\"]\nfault = [\"*\"]", "restart = [\"ping\", \"pong\"]\nfault = [\"*\"]"),
    ];
    let more = variant(folder.path(), "demo-more", &changes);
    let (more, old) = (more.to_str().expect("UTF-8"), "target/demo/dist/demo.zip");
    let outcome = cargo(&["xtask", "audit", more, "--diff", old]).expect_success();
    let expected = "\
ping
  + restarts pong
shell
  - restarts blk
  - restarts clock
  - restarts console
  - restarts data
  - restarts fs
  - restarts idle
  - restarts logger
  - restarts shell
  - restarts supervisor

1 added, 9 removed.
";
    assert_eq!(outcome.stdout, expected);
    let strict = cargo(&["xtask", "audit", more, "--diff", old, "--fail-on-added"]);
    assert!(!strict.success);
    assert_eq!(strict.stdout, expected);
    assert!(strict.stderr.ends_with("error: rights are added: 1\n"), "{}", strict.stderr);
    let json = cargo(&["xtask", "audit", more, "--diff", old, "--json"]).expect_success().stdout;
    let diff: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(diff["added"][0]["task"], "ping");
    assert_eq!(diff["added"][0]["right"]["right"], "restart");
    assert_eq!(diff["removed"].as_array().map(Vec::len), Some(9));
    // The other way round nine rights come back.
    let back =
        cargo(&["xtask", "audit", "app.toml", "--diff", "target/demo-more/dist/demo-more.zip"]);
    assert!(back.expect_success().stdout.ends_with("9 added, 1 removed.\n"));
}

#[test]
fn a_change_without_rights_is_no_change() {
    let _ = demo();
    let old = "target/demo/dist/demo.zip";
    let outcome = cargo(&["xtask", "audit", "app.toml", "--diff", old, "--fail-on-added"]);
    assert_eq!(outcome.expect_success().stdout, "No right is added or removed.\n");
}
