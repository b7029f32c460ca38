//! Disks, judged by the formats' own tools.

mod common;

use common::{BOLD, CAREFUL, MIB, boot, idle, run, write};
use flash::{Plan, Step, boot_script, flash};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The partition, for tools that know no disks.
fn partition(disk: &Path) -> Vec<u8> {
    let mut file = std::fs::File::open(disk).expect("a disk");
    file.seek(SeekFrom::Start(MIB)).expect("a position");
    let mut bytes = vec![0; 64 << 20];
    file.read_exact(&mut bytes).expect("a partition");
    bytes
}

#[test]
fn the_partition_table_is_sound_at_both_ends() {
    let folder = folder();
    let disk = folder.path().join("disk.img");
    let _ = write(&disk, Some(200 * MIB), CAREFUL, &idle()).expect("a disk");
    let name = disk.display().to_string();
    let verified = run("sgdisk", &["-v", &name]);
    assert!(verified.contains("No problems found"), "{verified}");
    let listed = run("sgdisk", &["-i", "1", &name]);
    assert!(listed.contains("EFI system partition"), "{listed}");
    assert!(listed.contains("First sector: 2048"), "{listed}");
    assert!(listed.contains("Attribute flags: 0000000000000004"), "{listed}");
}

#[test]
fn the_file_system_is_clean_and_the_files_are_whole() {
    let folder = folder();
    let disk = folder.path().join("disk.img");
    let report = write(&disk, None, CAREFUL, &idle()).expect("a disk");
    assert_eq!(report.files, ["boot.scr", "image.bin", "docs/hello.txt"]);
    let alone = folder.path().join("partition");
    std::fs::write(&alone, partition(&disk)).expect("room");
    let checked = run("fsck.vfat", &["-n", "-v", &alone.display().to_string()]);
    assert!(checked.contains("32 bit entries") && checked.contains("2048 hidden"), "{checked}");
    let image = format!("{}@@1M", disk.display());
    assert_eq!(run("mtype", &["-i", &image, "::docs/hello.txt"]), "hello\n");
    for (name, meant) in [("image.bin", boot().image), ("boot.scr", boot_script(&boot()))] {
        let copy = folder.path().join(name);
        let _ = run("mcopy", &["-i", &image, &format!("::{name}"), &copy.display().to_string()]);
        assert!(std::fs::read(copy).expect("a copy") == meant, "{name} differs");
    }
}

#[test]
fn a_file_takes_little_room_whatever_its_size() {
    let folder = folder();
    let disk = folder.path().join("disk.img");
    let report = write(&disk, Some(8 << 30), CAREFUL, &idle()).expect("a disk");
    let metadata = std::fs::metadata(&disk).expect("a disk");
    assert_eq!(metadata.len(), 8 << 30);
    assert!(metadata.blocks() * 512 < 4 * MIB, "{} blocks", metadata.blocks());
    assert!(report.written < 2 * MIB && report.verified > 64 * MIB, "{report:?}");
}

#[test]
fn the_same_image_makes_the_same_disk() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let all = ["one", "two"].map(|name| write(&path(name), None, CAREFUL, &idle()).map(|_| ()));
    assert_eq!(all, [Ok(()), Ok(())]);
    let read = |name: &str| std::fs::read(path(name)).expect("a disk");
    assert!(read("one") == read("two"));
}

#[test]
fn a_file_keeps_the_room_it_was_given() {
    let folder = folder();
    let disk = folder.path().join("disk.img");
    std::fs::File::create(&disk).and_then(|file| file.set_len(100 * MIB)).expect("a file");
    assert_eq!(write(&disk, None, CAREFUL, &idle()).map(|report| report.size), Ok(100 * MIB));
    // Ours by now: again without a word.
    assert_eq!(write(&disk, None, CAREFUL, &idle()).map(|report| report.size), Ok(100 * MIB));
    std::fs::write(&disk, "short").expect("a file");
    assert_eq!(write(&disk, None, BOLD, &idle()).map(|report| report.size), Ok(66 * MIB));
}

#[test]
fn progress_ends_where_it_should() {
    let folder = folder();
    let mut told = Vec::new();
    let disk = folder.path().join("disk.img");
    let mut progress = |step, done, all| told.push((step, done, all));
    flash(&boot(), &disk, None, CAREFUL, &idle(), &mut progress).expect("a disk");
    let all = Plan::new(&boot(), None).expect("a plan").size;
    let of = |step| told.iter().filter(move |(told, ..)| *told == step).map(|(_, done, _)| *done);
    assert!(of(Step::Write).is_sorted() && of(Step::Check).is_sorted());
    assert_eq!((of(Step::Write).max(), of(Step::Check).max()), (Some(all), Some(all)));
    assert!(told.iter().all(|(_, _, of)| *of == all));
}

#[test]
fn a_large_image_gets_a_large_partition() {
    let mut boot = boot();
    boot.image = vec![1; 90 << 20];
    let plan = Plan::new(&boot, None).expect("a plan");
    assert!(plan.partition.bytes.len() as u64 > 98 * MIB);
    assert_eq!(plan.size, plan.partition.end() + MIB);
}
