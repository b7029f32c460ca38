//! FAT volumes after a power cut: whole, repaired, beyond repair.

use disk::{Content, Volume, fat32};
use std::path::PathBuf;
use tempfile::TempDir;
use writelog::{Fat, Image, Log, Plan, Tally, Verdict, Writer, format_of, replay};

const SECTOR: usize = 512;

fn content(path: &str, bytes: &[u8]) -> Content {
    Content { path: path.into(), bytes: bytes.into() }
}

/// A volume in use: it says that it is not synced.
fn volume(contents: &[Content]) -> Vec<u8> {
    let volume = Volume { size: 40 << 20, ..Volume::default() };
    let mut bytes = fat32(&volume, contents).unwrap();
    let word = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let (table, size) = (word(14) * SECTOR, word(36) * SECTOR);
    for table in [table, table + size] {
        bytes[table + 7] &= 0xf7;
    }
    bytes
}

/// A disk with one file, and the log that makes it another.
struct Case {
    folder: TempDir,
    disk: PathBuf,
}

impl Case {
    fn new(before: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().join("disk.img");
        std::fs::write(&disk, before).unwrap();
        Self { folder, disk }
    }

    /// The log of the sectors that differ, each written by itself.
    fn log(&self, after: &[u8]) -> Log {
        let path = self.folder.path().join("w.log");
        let before = std::fs::read(&self.disk).unwrap();
        let mut log = Writer::create(&path, SECTOR as u32).unwrap();
        let pairs = before.chunks(SECTOR).zip(after.chunks(SECTOR));
        for (sector, (_, now)) in (0..).zip(pairs).filter(|(_, (was, now))| was != now) {
            log.write(sector, now).unwrap();
        }
        log.flush().unwrap();
        Log::open(&path).unwrap()
    }

    fn judge(&self, log: &Log, plan: &Plan, keep: &[&str]) -> (Tally, Vec<Verdict>) {
        let mut image = Image::of(&self.disk, SECTOR as u32).unwrap();
        let keep: Vec<String> = keep.iter().map(|&path| path.into()).collect();
        let mut fat = Fat::new(&mut image, &keep).unwrap();
        let mut verdicts = Vec::new();
        let mut seen = |finding: &writelog::Finding<'_>| {
            verdicts.push(finding.verdict.clone());
            Ok(())
        };
        let tally = replay(log, &mut image, plan, &mut fat, &mut seen).unwrap();
        (tally, verdicts)
    }
}

const ALL: Plan = Plan { every_prefix: true, subsets: 20, seed: 1 };

#[test]
fn a_file_that_arrives_in_pieces_is_repaired_and_its_neighbour_untouched() {
    let neighbour = content("stays.txt", b"still here\n");
    let case = Case::new(&volume(std::slice::from_ref(&neighbour)));
    let new = content("new.bin", &disk::pattern(20_000));
    let log = case.log(&volume(&[neighbour, new]));
    let (tally, verdicts) = case.judge(&log, &ALL, &["stays.txt"]);
    let writes = log.entries().len() - 1;
    assert_eq!((tally.prefixes, tally.subsets), (writes + 1, 20));
    assert_eq!(tally.damaged, 0, "{verdicts:?}");
    assert!(tally.repaired > 0, "{tally:?}");
    assert_eq!(verdicts[0], Verdict::Clean);
    assert_eq!(verdicts.len(), tally.clean + tally.repaired);
}

/// What `fsck.fat` needs two runs for.
#[test]
fn a_folder_of_which_only_the_entry_arrived_is_repaired() {
    let neighbour = content("stays.txt", b"still here\n");
    let before = volume(std::slice::from_ref(&neighbour));
    let after = volume(&[neighbour, content("folder/new.txt", b"new\n")]);
    let names = |sector: &[u8]| sector.windows(11).any(|name| name == b"FOLDER     ");
    let entry = after.chunks(SECTOR).position(names).expect("an entry");
    let mut arrived = before.clone();
    let sector = entry * SECTOR..(entry + 1) * SECTOR;
    arrived[sector.clone()].copy_from_slice(&after[sector]);
    let case = Case::new(&before);
    let plan = Plan { every_prefix: true, ..Plan::default() };
    let (tally, verdicts) = case.judge(&case.log(&arrived), &plan, &["stays.txt"]);
    assert_eq!((tally.clean, tally.repaired), (1, 1), "{verdicts:?}");
}

#[test]
fn a_file_that_must_stay_and_changes_is_damage() {
    let case = Case::new(&volume(&[content("stays.txt", b"one\n")]));
    let log = case.log(&volume(&[content("stays.txt", b"two\n")]));
    let (tally, verdicts) = case.judge(&log, &Plan { every_prefix: true, ..Plan::default() }, &[]);
    assert_eq!((tally.clean, tally.damaged), (2, 0), "{verdicts:?}");
    let plan = Plan { every_prefix: true, ..Plan::default() };
    let (tally, verdicts) = case.judge(&log, &plan, &["stays.txt"]);
    assert_eq!((tally.clean, tally.damaged), (1, 1), "{verdicts:?}");
    let Verdict::Damaged(words) = &verdicts[1] else { panic!("{verdicts:?}") };
    assert!(words.contains("stays.txt is not what it was"), "{words}");
}

#[test]
fn a_volume_without_its_beginning_is_beyond_repair() {
    let before = volume(&[content("a.txt", b"a")]);
    let mut after = before.clone();
    // The boot sector, its copy, and all between.
    after[..32 * SECTOR].fill(0);
    let case = Case::new(&before);
    let log = case.log(&after);
    let (tally, verdicts) = case.judge(&log, &Plan { every_prefix: true, ..Plan::default() }, &[]);
    assert!(matches!(verdicts.last(), Some(Verdict::Damaged(_))), "{verdicts:?}");
    assert!(tally.damaged > 0);
}

#[test]
fn a_volume_is_known_by_its_first_sector() {
    let case = Case::new(&volume(&[]));
    let mut image = Image::of(&case.disk, SECTOR as u32).unwrap();
    assert_eq!(format_of(&mut image).map(|format| format.name), Some("fat"));
    image.put(510, &[0]).unwrap();
    assert!(format_of(&mut image).is_none());
    assert!(Fat::new(&mut Image::of(&case.disk, 512).unwrap(), &["no.txt".into()]).is_err());
}
