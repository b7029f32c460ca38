//! Real file systems under power cuts: what was synced is there, and nothing else is damaged.

use anyhow::Result;
use drv_block::{Block, Error, Geometry};
use drv_fatfs::{Fat as FatVolume, Place};
use drv_fs_core::{Create, FileSystem, Open, Path};
use drv_littlefs::{Littlefs, Memory, Settings};
use std::cell::RefCell;
use std::rc::Rc;
use writelog::{
    Checker, Cut, Fat, Image, Log, Plan, Recorder, Tally, Tree, Verdict, Writer, replay, tree,
};

const ROUNDS: usize = 14;
const FILES: usize = 5;
const SUBSETS: usize = 150;

/// A disk that the file system and the test both have.
#[derive(Clone)]
struct Shared(Rc<RefCell<Recorder<Image>>>);

impl Block for Shared {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        self.0.borrow_mut().geometry()
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        self.0.borrow_mut().read(first, into)
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        self.0.borrow_mut().write(first, data)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.0.borrow_mut().flush()
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        self.0.borrow_mut().discard(first, sectors)
    }
}

/// The file of a round.
fn name(round: usize) -> String {
    format!("d/{}.bin", round % FILES)
}

/// Writes or removes one file a round, synced, with a mark. What was there after each.
fn work<F: FileSystem>(system: &mut F, disk: &Shared) -> Result<Vec<Tree>> {
    let mut trees = vec![tree(system)?];
    for round in 0..ROUNDS {
        let name = name(round);
        let path = Path::new(&name).expect("a plain path");
        if round % 7 == 6 {
            system.remove(path)?;
        } else {
            let how = Open { create: Create::IfMissing, truncate: true };
            let (file, _) = system.open(path, how)?;
            system.write(file, 0, &disk::pattern(500 + round * 731))?;
            system.close(file)?;
        }
        system.sync()?;
        disk.0.borrow_mut().mark(&format!("{}", round + 1))?;
        trees.push(tree(system)?);
    }
    Ok(trees)
}

/// The file of the round that was cut off is as before or as after it, or just made; all others are
/// as before.
struct Synced {
    trees: Vec<Tree>,
}

impl Checker for Synced {
    fn check(&mut self, image: &mut Image, cut: &Cut<'_>) -> Result<Verdict> {
        let done: usize = cut.mark.map_or(Ok(0), str::parse)?;
        let mut memory = Memory::<1>::new();
        let mut system = Littlefs::new(image, &mut memory, Settings::default());
        let found = match tree(&mut system) {
            Ok(found) => found,
            Err(error) => return Ok(Verdict::Damaged(format!("{error:#}"))),
        };
        let (before, after) = (&self.trees[done], &self.trees[(done + 1).min(ROUNDS)]);
        // The file that was being written, or removed.
        let name = name(done);
        let others = |tree: &Tree| {
            tree.iter().filter(|(path, _)| **path != name).map(|(p, c)| (p.clone(), *c)).collect()
        };
        let (found_others, others): (Tree, Tree) = (others(&found), others(before));
        let is = found.get(&name);
        let new_and_empty = !before.contains_key(&name) && is.is_some_and(|(size, _)| *size == 0);
        if found_others != others {
            return Ok(Verdict::Damaged(format!("{found_others:?} after round {done}")));
        }
        if is != before.get(&name) && is != after.get(&name) && !new_and_empty {
            return Ok(Verdict::Damaged(format!("{name} is {is:?} after round {done}")));
        }
        Ok(Verdict::Clean)
    }
}

/// The log of what `work` does to a disk.
struct Run {
    folder: tempfile::TempDir,
    disk: Shared,
}

impl Run {
    fn on(image: &Image) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = Writer::create(&folder.path().join("w.log"), 512).unwrap();
        let disk = Shared(Rc::new(RefCell::new(Recorder::new(image.copy().unwrap(), log))));
        Self { folder, disk }
    }

    fn replay(&self, mut before: Image, checker: &mut dyn Checker) -> (Tally, Vec<String>) {
        let log = Log::open(&self.folder.path().join("w.log")).unwrap();
        let plan = Plan { every_prefix: true, subsets: SUBSETS, seed: 1 };
        let mut damaged = Vec::new();
        let mut seen = |finding: &writelog::Finding<'_>| {
            if let Verdict::Damaged(words) = finding.verdict {
                damaged.push(format!("{}: {words}", finding.cut));
            }
            Ok(())
        };
        let tally = replay(&log, &mut before, &plan, checker, &mut seen).unwrap();
        (tally, damaged)
    }
}

#[test]
fn littlefs_has_what_was_synced_and_nothing_half_done() {
    let mut image = Image::blank(1 << 20, 512).unwrap();
    {
        let mut memory = Memory::<1>::new();
        let mut system = Littlefs::new(&mut image, &mut memory, Settings::default());
        system.format().unwrap();
        system.mount().unwrap();
        system.make_directory(Path::new("d").unwrap()).unwrap();
        system.sync().unwrap();
    }
    let run = Run::on(&image);
    let mut memory = Memory::<2>::new();
    let mut system = Littlefs::new(run.disk.clone(), &mut memory, Settings::default());
    let trees = work(&mut system, &run.disk).unwrap();
    let (tally, damaged) = run.replay(image, &mut Synced { trees });
    assert!(tally.prefixes > 2 * ROUNDS && tally.subsets == SUBSETS, "{tally:?}");
    assert_eq!(tally.clean, tally.prefixes + tally.subsets, "{tally:?}: {damaged:#?}");
}

#[test]
fn fat_is_repaired_and_keeps_the_files_that_nobody_touched() {
    let stays = disk::Content { path: "stays.bin".into(), bytes: disk::pattern(70_000) };
    let in_folder = disk::Content { path: "d/stays.txt".into(), bytes: b"here\n".into() };
    let volume = disk::Volume { size: 40 << 20, ..disk::Volume::default() };
    let bytes = disk::fat32(&volume, &[stays, in_folder]).unwrap();
    let mut image = Image::blank(bytes.len() as u64, 512).unwrap();
    image.put(0, &bytes).unwrap();
    let run = Run::on(&image);
    let mut place = Place::new();
    let mut system = FatVolume::new(&mut place, run.disk.clone());
    work(&mut system, &run.disk).unwrap();
    let keep = ["stays.bin", "d/stays.txt"].map(String::from);
    let mut checker = Fat::new(&mut image, &keep).unwrap();
    let (tally, damaged) = run.replay(image, &mut checker);
    assert!(tally.prefixes > 2 * ROUNDS && tally.subsets == SUBSETS, "{tally:?}");
    assert_eq!(tally.damaged, 0, "{tally:?}: {damaged:#?}");
    assert!(tally.repaired > 0 && tally.clean > 0, "{tally:?}");
}
