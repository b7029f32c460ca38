//! Drivers, cache, file systems and clients die while files are written: what was synced stays.
//!
//! `tests/storage/kills.toml` is the image. After it, the host's own tools look at the volumes, and
//! every file is compared with what the clients say of it.

use disk::files::{self, Source};
use std::path::{Path, PathBuf};
use std::process::Command;
use test_system::{cargo, demo_disk, first_partition, root};

const APP: &str = "tests/storage/kills.toml";
const RECORD: usize = 512;
/// What `fsck.fat` may say.
const HARMLESS: [&str; 6] = [
    "fsck.fat ",
    "Dirty bit is set. Fs was not properly unmounted",
    " Automatically removing dirty bit.",
    "Free cluster summary uninitialized",
    "Leaving filesystem unchanged.",
    " files, ",
];

/// The app with another seed, and so many killings of each kind.
fn app() -> String {
    let set = |name: &str| std::env::var(name).ok();
    let (seed, kills) = (set("KILLS_SEED"), set("KILLS"));
    if seed.is_none() && kills.is_none() {
        return APP.into();
    }
    let (seed, kills) = (seed.unwrap_or("1".into()), kills.unwrap_or("20".into()));
    let folder = root().join("target/test-kills-long");
    let mut text = format!(
        "inherit = \"{}\"\nname = \"test-kills-long\"\n\
         [tasks.runner.config]\nseed = {seed}\nkills = {kills}\n",
        root().join(APP).display()
    );
    for worker in 0..4 {
        text += &format!("[tasks.worker{worker}.config]\nseed = {seed}\n");
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("app.toml");
    std::fs::write(&path, text).expect("room");
    path.display().to_string()
}

/// A record of a worker's file, as `tests/kill-worker` makes them.
fn record(worker: u64, place: u64, write: u64) -> Vec<u8> {
    let first = write | place << 32 | worker << 48;
    let word =
        |index: u64| (first.rotate_left(index as u32) ^ index).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let words = (0..RECORD as u64 / 8).map(|index| if index == 0 { first } else { word(index) });
    words.flat_map(u64::to_le_bytes).collect()
}

/// One of the disk's volumes.
fn volume<'d>(disk: &'d Path, label: &'d str) -> Source<'d> {
    Source { path: disk, sector_size: 512, partition: Some(label) }
}

/// Each file of a worker holds what the worker said, byte for byte; there are no others.
fn compare(volume: Source<'_>, worker: u64) -> usize {
    let get = |name: &str| files::get(volume, &format!("w{worker}/{name}")).expect("it is there");
    let sums = String::from_utf8(get("sums")).expect("text");
    let mut names = vec![format!("w{worker}/sums")];
    for line in sums.lines() {
        let numbers: Vec<u64> =
            line.split(' ').map(|word| word.parse().expect("a number")).collect();
        let form = if numbers[0].is_multiple_of(2) { "" } else { " with a rather long name" };
        let name = format!("f{}{form}", numbers[0]);
        let expected: Vec<u8> = (0..)
            .zip(&numbers[1..])
            .flat_map(|(place, &write)| record(worker, place, write))
            .collect();
        assert!(get(&name) == expected, "w{worker}/{name} is not as {line}");
        names.push(format!("w{worker}/{name}"));
    }
    let listed = files::list(volume, &format!("w{worker}"), false).expect("a folder");
    let mut listed: Vec<String> = listed.into_iter().map(|named| named.path).collect();
    listed.sort();
    names.sort();
    assert_eq!(listed, names);
    names.len()
}

/// A volume whose server died remembers that until it is checked. Nothing else may be wrong.
fn fat_is_sound(disk: &Path) {
    let partition = first_partition(disk);
    let name = partition.to_str().expect("a name in UTF-8");
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new("fsck.fat").args(["-n", name]).env("PATH", path).output();
    let said = String::from_utf8(output.expect("fsck.fat runs").stdout).expect("text");
    let wrong: Vec<&str> = said
        .lines()
        .filter(|line| !line.is_empty() && !HARMLESS.iter().any(|harmless| line.contains(harmless)))
        .collect();
    assert!(wrong.is_empty(), "{said}");
}

/// `KILLS=1000` kills each so often, `KILLS_SEED=7` at other moments.
#[test]
fn what_was_synced_outlives_driver_cache_file_system_and_client() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk: PathBuf = demo_disk(folder.path());
    let drive = format!(
        "if=none,id=disk,cache=unsafe,format=raw,file={},throttling.iops-total=2000",
        disk.display()
    );
    let app = app();
    let mut arguments = vec!["xtask", "qemu", &app, "--disk", "none", "--timeout", "3000"];
    arguments.extend(["--until", "suite: end", "--qemu-arg=-drive"]);
    let drive = format!("--qemu-arg={drive}");
    arguments.extend([&*drive, "--qemu-arg=-device"]);
    arguments.push("--qemu-arg=virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0");
    let said = cargo(&arguments).expect_success().stdout;
    println!("{said}");
    assert!(!said.contains("FAILED") && said.matches(" ... ok").count() == 3, "{said}");
    let volumes = ["label:files", "label:data"].map(|label| volume(&disk, label));
    fat_is_sound(&disk);
    for volume in volumes {
        files::check(volume).expect("it is sound");
    }
    let files: usize = (0..4).map(|worker| compare(volumes[worker / 2], worker as u64)).sum();
    assert!(files > 8, "only {files} files");
}
