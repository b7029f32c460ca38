//! Power cuts, also while the volume is being repaired: what no unsynced operation named stays.

use crate::common::{Disk, Image, TestMemory, noise, path};
use crate::repair::{Tree, all, setting};
use drv_block::{Block, Error, Geometry};
use drv_block_cache::Cache;
use drv_fatfs::{Fat, Place, RepairMemory};
use drv_fs_core::{Create, FileSystem, Open};
use drv_fs_model::Random;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// KiB, sector size, arguments of mkfs.fat.
const KINDS: [(u32, usize, &[&str]); 5] = [
    (360, 512, &["-F", "12", "-s", "1"]),
    (3 << 10, 512, &["-F", "16", "-s", "1"]),
    (3 << 10, 512, &["-F", "32", "-s", "1"]),
    (24 << 10, 4096, &["-F", "16", "-s", "1"]),
    (1440, 512, &["-F", "12", "-s", "4"]),
];
const NAMES: [&str; 7] = ["a", "b", "long name with many letters", "ABC.TXT", "sub", "d", "Größe"];

/// What was done to a disk since it was last known whole.
#[derive(Clone, Debug)]
enum Done {
    Write(u64, Vec<u8>),
    Flush,
}

/// A disk that writes down what is done to it.
#[derive(Clone)]
struct Recorder {
    disk: Disk,
    log: Rc<RefCell<Vec<Done>>>,
}

impl Recorder {
    fn new(bytes: Vec<u8>, sector: usize) -> Self {
        Self { disk: Disk::new(bytes, sector), log: Rc::default() }
    }
}

impl Block for Recorder {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        self.disk.geometry()
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        self.disk.read(first, into)
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        self.log.borrow_mut().push(Done::Write(first, data.to_vec()));
        self.disk.write(first, data)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.log.borrow_mut().push(Done::Flush);
        self.disk.flush()
    }
}

/// A disk as a power cut leaves it: up to some moment what was flushed is there, of the rest any sectors.
fn cut(mut bytes: Vec<u8>, log: &[Done], sector: usize, random: &mut Random) -> Vec<u8> {
    let log = &log[..random.below(log.len() + 1)];
    let flushed = log.iter().rposition(|done| matches!(done, Done::Flush)).unwrap_or(0);
    // All in order, or some.
    let all = random.below(3) == 0;
    for (index, done) in log.iter().enumerate() {
        let Done::Write(first, data) = done else { continue };
        let whole = random.below(4) != 0;
        let arrives = random.below(2) == 0;
        for (at, piece) in (*first as usize..).zip(data.chunks(sector)) {
            if index < flushed || all || if whole { arrives } else { random.below(2) == 0 } {
                bytes[at * sector..][..sector].copy_from_slice(piece);
            }
        }
    }
    bytes
}

/// What is on a volume, and what is known to be.
struct Work {
    random: Random,
    tree: Tree,
    named: BTreeSet<String>,
}

fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Work {
    fn some_path(&mut self) -> String {
        let directories: Vec<&String> =
            self.tree.iter().filter(|one| one.1.is_none()).map(|one| one.0).collect();
        let mut name = NAMES[self.random.below(NAMES.len())].to_owned();
        // So that a directory needs more than one cluster.
        if self.random.below(2) == 0 {
            name += &format!(" {}", self.random.below(12));
        }
        if directories.is_empty() || self.random.below(3) == 0 {
            return name;
        }
        let parent = directories[self.random.below(directories.len())];
        if parent.matches('/').count() > 2 { name } else { format!("{parent}/{name}") }
    }

    /// Does something; it may be refused.
    fn step(&mut self, fs: &mut impl FileSystem) {
        let of = self.some_path();
        self.named.insert(of.clone());
        match self.random.below(11) {
            0 | 1 => {
                if fs.make_directory(path(&of)).is_ok() {
                    self.tree.insert(of, None);
                }
            }
            2 | 3 => {
                if fs.remove(path(&of)).or_else(|_| fs.remove_directory(path(&of))).is_ok() {
                    self.tree.retain(|key, _| !is_within(key, &of));
                }
            }
            4..=6 => self.rename(fs, &of),
            _ => self.put(fs, &of),
        }
    }

    fn rename(&mut self, fs: &mut impl FileSystem, of: &str) {
        let to = self.some_path();
        self.named.insert(to.clone());
        if of == to || fs.rename(path(of), path(&to)).is_err() {
            return;
        }
        self.tree.retain(|key, _| !is_within(key, &to));
        let moved: Vec<String> =
            self.tree.keys().filter(|key| is_within(key, of)).cloned().collect();
        for key in moved {
            let value = self.tree.remove(&key).expect("it was listed");
            self.tree.insert(format!("{to}{}", &key[of.len()..]), value);
        }
    }

    /// Writes a file anew, or lengthens or cuts it.
    fn put(&mut self, fs: &mut impl FileSystem, of: &str) {
        let how = Open { create: Create::IfMissing, truncate: self.random.below(2) == 0 };
        let Ok((file, info)) = fs.open(path(of), how) else { return };
        let length = [10, 600, 3000, 9000][self.random.below(4)] + self.random.below(500);
        let bytes = noise(length, self.random.below(1 << 30) as u64);
        let mut content = self.tree.get(of).cloned().flatten().unwrap_or_default();
        content.truncate(info.size as usize);
        if self.random.below(4) == 0 {
            let size = self.random.below(content.len() + 1);
            if fs.truncate(file, size as u64).is_ok() {
                content.truncate(size);
            }
        } else if fs.write(file, info.size, &bytes).is_ok() {
            content.extend(bytes);
        }
        // What did not fit is there in part.
        content.resize(fs.info(file).expect("it is open").size as usize, 0);
        fs.close(file).expect("it is open");
        self.tree.insert(of.to_owned(), Some(content));
    }

    /// Whether what nobody named since is as it was.
    fn compare(&self, synced: &Tree, there: &Tree) -> Result<(), String> {
        let is_named = |path: &str| self.named.iter().any(|named| is_within(path, named));
        for (path, content) in synced.iter().filter(|(path, _)| !is_named(path)) {
            match there.get(path) {
                Some(found) if found == content => {}
                found => {
                    let length = |content: &Option<Vec<u8>>| content.as_ref().map(Vec::len);
                    let (was, is) = (length(content), found.map(length));
                    return Err(format!("{path} is {is:?} instead of {was:?}"));
                }
            }
        }
        let new = |path: &&String| !synced.contains_key(*path) && !is_named(path);
        match there.keys().find(new) {
            Some(path) => Err(format!("there is a {path}")),
            None => Ok(()),
        }
    }
}

/// Mounts a disk, and says what was done to it and what is there.
fn mount(bytes: Vec<u8>, sector: usize) -> (Vec<Done>, Vec<u8>, u32, Tree) {
    let recorder = Recorder::new(bytes, sector);
    let (mut place, mut memory) = (Box::new(Place::new()), Box::new(TestMemory::new()));
    let mut repair = Box::new(RepairMemory::new());
    let mut fat =
        Fat::new(&mut place, Cache::new(&mut memory, recorder.clone())).repairing(&mut repair);
    fat.mount().expect("it can be repaired");
    let log = recorder.log.borrow().clone();
    let repairs = fat.repairs();
    let there = all(&mut fat).expect("all can be read");
    (log, recorder.disk.bytes.take(), repairs, there)
}

/// What a walk saw.
#[derive(Debug, Default)]
struct Tally {
    cuts: u32,
    repaired: u32,
    again: u32,
}

fn walk(kind: usize, seed: u64, rounds: u64, tally: &mut Tally) {
    let (kib, sector, arguments) = KINDS[kind];
    let mut random = Random::new(seed);
    let recorder = Recorder::new(Image::new(kib, sector, arguments).bytes(), sector);
    let mut work = Work { random: random.clone(), tree: Tree::new(), named: BTreeSet::new() };
    let (mut place, mut memory) = (Box::new(Place::new()), Box::new(TestMemory::new()));
    let mut repair = Box::new(RepairMemory::new());
    let mut fs =
        Fat::new(&mut place, Cache::new(&mut memory, recorder.clone())).repairing(&mut repair);
    fs.mount().expect("a new volume");
    for round in 0..rounds {
        fs.sync().expect("a sync");
        recorder.log.borrow_mut().clear();
        work.named.clear();
        let (before, synced) = (recorder.disk.bytes.borrow().clone(), work.tree.clone());
        for _ in 0..1 + work.random.below(6) {
            work.step(&mut fs);
        }
        if random.below(2) == 0 {
            fs.sync().expect("a sync");
        }
        let log = recorder.log.borrow().clone();
        for number in 0..4 {
            let words = format!("kind {kind}, seed {seed}, round {round}, cut {number}");
            let left = cut(before.clone(), &log, sector, &mut random);
            let (repair, after, repairs, there) = mount(left.clone(), sector);
            tally.cuts += 1;
            tally.repaired += u32::from(repairs > 0);
            judge(&words, &work, &synced, &left, &after, sector, &there);
            // The power fails again while that is repaired.
            if repairs > 0 {
                let left = cut(left, &repair, sector, &mut random);
                let (_, after, repairs, there) = mount(left.clone(), sector);
                tally.again += u32::from(repairs > 0);
                judge(&format!("{words}, again"), &work, &synced, &left, &after, sector, &there);
            }
        }
    }
}

fn judge(
    words: &str,
    work: &Work,
    synced: &Tree,
    left: &[u8],
    after: &[u8],
    sector: usize,
    there: &Tree,
) {
    let wrong = match work.compare(synced, there) {
        Err(wrong) => Some(wrong),
        Ok(()) => Image::of(after, sector).complaint(),
    };
    if let Some(wrong) = wrong {
        let kept = tempfile::tempdir().expect("a temporary folder can be made").keep();
        std::fs::write(kept.join("left.img"), left).expect("the folder takes a file");
        std::fs::write(kept.join("after.img"), after).expect("the folder takes a file");
        panic!("{words}: {wrong}; {:?} was named; see {}", work.named, kept.display());
    }
}

/// `FAT_CUT_ROUNDS` for more, `FAT_CUT_SEED` for others.
#[test]
fn what_nobody_named_survives_power_cuts_and_cuts_of_the_repair() {
    let (rounds, seed) = (setting("FAT_CUT_ROUNDS", 12), setting("FAT_CUT_SEED", 1));
    let mut tally = Tally::default();
    for kind in 0..KINDS.len() {
        walk(kind, seed + kind as u64, rounds, &mut tally);
    }
    println!("{tally:?}");
    assert!(tally.repaired > tally.cuts / 20 && tally.again > 0, "{tally:?}");
}
