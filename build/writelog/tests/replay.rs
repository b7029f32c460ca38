//! The disks that power cuts could have left: which are made, and what is said of them.

use anyhow::Result;
use drv_block::Block;
use std::collections::BTreeSet;
use tempfile::TempDir;
use writelog::{Checker, Cut, Image, Log, Plan, Recorder, Tally, Verdict, Writer, replay};

const SECTOR: usize = 512;
const SIZE: u64 = 16 * SECTOR as u64;

/// Notes the first bytes of the first sectors, and lets everything pass.
#[derive(Default)]
struct Watch(Vec<(String, [u8; 4])>);

impl Checker for Watch {
    fn check(&mut self, image: &mut Image, cut: &Cut<'_>) -> Result<Verdict> {
        let mut firsts = [0; 4];
        for (sector, first) in (0..).zip(&mut firsts) {
            image.get(sector * SECTOR as u64, std::slice::from_mut(first))?;
        }
        // What a checker does to the disk is nobody else's business.
        image.put(0, &[0xee; 4 * SECTOR])?;
        self.0.push((cut.to_string(), firsts));
        Ok(Verdict::Clean)
    }
}

/// The log of what is done to an empty disk.
fn log_of(what: impl FnOnce(&mut Recorder<Image>)) -> (TempDir, Log) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.log");
    let disk = Image::blank(SIZE, SECTOR as u32).unwrap();
    what(&mut Recorder::new(disk, Writer::create(&path, SECTOR as u32).unwrap()));
    let log = Log::open(&path).unwrap();
    (folder, log)
}

fn run(log: &Log, plan: &Plan) -> (Tally, Watch) {
    let mut image = Image::blank(SIZE, SECTOR as u32).unwrap();
    let mut watch = Watch::default();
    let tally = replay(log, &mut image, plan, &mut watch, &mut |_| Ok(())).unwrap();
    (tally, watch)
}

fn fill(disk: &mut Recorder<Image>, first: u64, byte: u8) {
    disk.write(first, &[byte; SECTOR]).unwrap();
}

#[test]
fn each_prefix_has_one_write_more() {
    let (_folder, log) = log_of(|disk| {
        fill(disk, 0, 1);
        disk.flush().unwrap();
        disk.mark("safe").unwrap();
        fill(disk, 1, 2);
        disk.discard(0, 1).unwrap();
    });
    let (tally, watch) = run(&log, &Plan { every_prefix: true, ..Plan::default() });
    let expected = [
        ("after entry 0", [0, 0, 0, 0]),
        ("after entry 1", [1, 0, 0, 0]),
        ("after entry 4, after mark `safe`", [1, 2, 0, 0]),
        ("after entry 5, after mark `safe`", [0, 2, 0, 0]),
    ];
    assert_eq!(watch.0, expected.map(|(cut, firsts)| (cut.to_owned(), firsts)));
    assert_eq!(tally, Tally { prefixes: 4, clean: 4, ..Tally::default() });
}

/// Two writes, a flush, two to one sector and one to another.
fn two_epochs() -> (TempDir, Log) {
    log_of(|disk| {
        fill(disk, 0, 1);
        fill(disk, 1, 2);
        disk.flush().unwrap();
        fill(disk, 2, 3);
        fill(disk, 2, 4);
        fill(disk, 3, 5);
    })
}

#[test]
fn any_part_of_what_was_not_flushed_may_be_missing_and_nothing_else() {
    let (_folder, log) = two_epochs();
    let (tally, watch) = run(&log, &Plan { subsets: 500, seed: 1, ..Plan::default() });
    assert_eq!((tally.subsets, tally.clean), (500, 500));
    let seen: BTreeSet<_> = watch.0.into_iter().map(|(_, firsts)| firsts).collect();
    let before = [[0, 0, 0, 0], [1, 0, 0, 0], [0, 2, 0, 0], [1, 2, 0, 0]];
    let after = [[1, 2, 3, 0], [1, 2, 4, 0], [1, 2, 0, 5], [1, 2, 3, 5], [1, 2, 4, 5]];
    assert_eq!(seen, before.into_iter().chain(after).collect());
}

#[test]
fn the_same_seed_makes_the_same_disks() {
    let (_folder, log) = two_epochs();
    let disks = |seed| run(&log, &Plan { subsets: 50, seed, ..Plan::default() }).1.0;
    assert_eq!(disks(1), disks(1));
    assert_ne!(disks(1), disks(2));
}

#[test]
fn what_is_written_through_is_never_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.log");
    let mut writer = Writer::create(&path, SECTOR as u32).unwrap();
    writer.write(0, &[1; SECTOR]).unwrap();
    writer.write_through(1, &[2; SECTOR]).unwrap();
    let log = Log::open(&path).unwrap();
    let (_, watch) = run(&log, &Plan { subsets: 100, ..Plan::default() });
    let last: BTreeSet<_> =
        watch.0.into_iter().filter(|(cut, _)| cut.contains("entry 2,")).collect();
    let seen: BTreeSet<_> = last.into_iter().map(|(_, firsts)| firsts).collect();
    assert_eq!(seen, [[0, 2, 0, 0], [1, 2, 0, 0]].into());
}

#[test]
fn a_large_write_can_arrive_in_part() {
    let (_folder, log) = log_of(|disk| disk.write(0, &[7; 4 * SECTOR]).unwrap());
    let (_, watch) = run(&log, &Plan { subsets: 200, ..Plan::default() });
    let seen: BTreeSet<_> = watch.0.into_iter().map(|(_, firsts)| firsts).collect();
    assert!(seen.contains(&[0; 4]) && seen.contains(&[7; 4]));
    assert!(seen.contains(&[7, 0, 7, 0]), "{seen:?}");
}

#[test]
fn the_image_ends_as_the_disk_did() {
    let (_folder, log) = two_epochs();
    let mut image = Image::blank(SIZE, SECTOR as u32).unwrap();
    let plan = Plan { every_prefix: true, subsets: 50, seed: 3 };
    replay(&log, &mut image, &plan, &mut Watch::default(), &mut |_| Ok(())).unwrap();
    let mut sectors = vec![0; 4 * SECTOR];
    image.get(0, &mut sectors).unwrap();
    let firsts: Vec<u8> = sectors.chunks(SECTOR).map(|sector| sector[0]).collect();
    assert_eq!(firsts, [1, 2, 4, 5]);
}

#[test]
fn the_log_of_another_disk_is_refused() {
    let (_folder, log) = log_of(|disk| fill(disk, 15, 1));
    let mut image = Image::blank(SIZE / 2, SECTOR as u32).unwrap();
    let plan = Plan { every_prefix: true, ..Plan::default() };
    let result = replay(&log, &mut image, &plan, &mut Watch::default(), &mut |_| Ok(()));
    let words = format!("{:#}", result.expect_err("the sector is not there"));
    assert!(words.contains("entry 0") && words.contains("another disk's log"), "{words}");
}
