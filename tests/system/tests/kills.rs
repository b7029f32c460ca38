//! Drivers, cache, file systems and clients die while files are written: what was synced stays.
//!
//! `tests/storage/kills.toml` is the image. After it, the host's own tools look at the volumes, and
//! every file is compared with what the clients say of it.

use disk::files::{self, Source};
use std::path::Path;
use std::process::Command;
use test_system::{cargo, demo_disk, first_partition, root};

const APP: &str = "tests/storage/kills.toml";
const RECORD: usize = 512;
/// The first worker's files before this one may be in a mess.
const APART: u64 = 4;
/// What `fsck.fat` may say.
const HARMLESS: [&str; 6] = [
    "fsck.fat ",
    "Dirty bit is set. Fs was not properly unmounted",
    " Automatically removing dirty bit.",
    "Free cluster summary uninitialized",
    "Leaving filesystem unchanged.",
    " files, ",
];

/// The app, killing so many of each kind.
fn app(seed: u32, kills: u32, mess: bool) -> String {
    let name = if mess { "test-kills-mess" } else { "test-kills-long" };
    let folder = root().join("target").join(name);
    let mut text = format!(
        "inherit = \"{}\"\nname = \"{name}\"\n\
         [tasks.runner.config]\nseed = {seed}\nkills = {kills}\nmess = {mess}\n",
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
    Source { partition: Some(label), ..Source::whole(disk) }
}

/// Each file of a worker holds what the worker said, byte for byte; there are no others. Of a
/// worker that made a mess that is so of the files from `APART` on.
fn compare(volume: Source<'_>, worker: u64, mess: bool) -> usize {
    let get = |name: &str| files::get(volume, &format!("w{worker}/{name}")).expect("it is there");
    let sums = String::from_utf8(get("sums")).expect("text");
    let mut names = vec![format!("w{worker}/sums")];
    for line in sums.lines() {
        let numbers: Vec<u64> =
            line.split(' ').map(|word| word.parse().expect("a number")).collect();
        if mess && worker == 0 && numbers[0] < APART {
            continue;
        }
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
    let in_it = |path: &String| {
        let number = path.strip_prefix("w0/f").and_then(|rest| rest.get(..1)?.parse().ok());
        mess && number.is_some_and(|number: u64| number < APART)
    };
    listed.retain(|path| !in_it(path));
    assert_eq!(listed, names);
    names.len()
}

/// What `fsck.fat` says, but for what a death explains.
fn fsck(partition: &Path) -> Vec<String> {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new("fsck.fat").arg("-n").arg(partition).env("PATH", path).output();
    let said = String::from_utf8(output.expect("fsck.fat runs").stdout).expect("text");
    let harmless = |line: &&str| line.is_empty() || HARMLESS.iter().any(|one| line.contains(one));
    said.lines().filter(|line| !harmless(line)).map(str::to_owned).collect()
}

/// Runs an app until its end. The disk is slow, so that requests are in flight.
fn run(app: &str, disk: &Path) {
    let drive = format!(
        "--qemu-arg=if=none,id=disk,cache=unsafe,format=raw,file={},throttling.iops-total=2000",
        disk.display()
    );
    let mut arguments = vec!["xtask", "qemu", app, "--disk", "none", "--timeout", "3000"];
    arguments.extend(["--until", "suite: end", "--qemu-arg=-drive", &drive]);
    arguments.push("--qemu-arg=-device");
    arguments.push("--qemu-arg=virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0");
    let said = cargo(&arguments).expect_success().stdout;
    println!("{said}");
    assert!(!said.contains("FAILED") && said.matches(" ... ok").count() == 3, "{said}");
}

/// Both volumes hold what the workers said.
fn compare_all(fat: Source<'_>, littlefs: Source<'_>, mess: bool) {
    for volume in [fat, littlefs] {
        files::check(volume).expect("it is sound");
    }
    let volumes = [fat, fat, littlefs, littlefs];
    let files: usize =
        (0..).zip(volumes).map(|(worker, volume)| compare(volume, worker, mess)).sum();
    assert!(files > 8, "only {files} files");
}

/// `KILLS=1000` kills each so often, `KILLS_SEED=7` at other moments.
#[test]
fn what_was_synced_outlives_driver_cache_file_system_and_client() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = demo_disk(folder.path());
    let set = |name: &str| std::env::var(name).ok()?.parse().ok();
    match (set("KILLS_SEED"), set("KILLS")) {
        (None, None) => run(APP, &disk),
        (seed, kills) => run(&app(seed.unwrap_or(1), kills.unwrap_or(20), false), &disk),
    }
    assert_eq!(fsck(&first_partition(&disk)), Vec::<String>::new());
    compare_all(volume(&disk, "label:files"), volume(&disk, "label:data"), false);
}

/// Its server dies while names and sizes change and nothing is synced, and is not started again: the host
/// repairs what it left.
#[test]
fn fat_has_what_nobody_touched_after_a_death_in_the_middle() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = demo_disk(folder.path());
    let seed = std::process::id();
    println!("seed {seed}");
    run(&app(seed, 1, true), &disk);
    let fat = first_partition(&disk);
    println!("{:?}", fsck(&fat));
    let repaired = files::repair(Source::whole(&fat)).expect("it can be repaired");
    println!("{} repairs", repaired.repairs);
    assert_eq!(fsck(&fat), Vec::<String>::new());
    compare_all(Source::whole(&fat), volume(&disk, "label:data"), true);
}
