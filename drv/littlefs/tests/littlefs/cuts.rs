//! Power cuts: after every write, and with what lay between two flushes in any order and in part.

use crate::common::{Disk, Done, formatted, mounted, noise, setting};
use drv_fs_core::{Create, Error, FileSystem, Kind, Open, Path, Replace};
use drv_fs_model::Random;
use drv_littlefs::Settings;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;

/// What is in a file system: directories, files with their bytes, and attributes of both, whose paths
/// are theirs and a name behind a zero.
pub type Tree = BTreeMap<String, Option<Vec<u8>>>;

const NAMES: [&str; 6] = ["a", "b", "long name with many letters", "abc", "sub", "z"];
const READ: Open = Open { create: Create::Never, truncate: false };
const MAKE: Open = Open { create: Create::IfMissing, truncate: true };

/// Everything in a file system, as it says.
pub fn tree(fs: &mut impl FileSystem) -> Result<Tree, Error> {
    let mut all = Tree::new();
    let mut left = vec![String::new()];
    all.extend(attributes(fs, "")?);
    while let Some(of) = left.pop() {
        let mut names = Vec::new();
        fs.list(Path::new(&of).expect("a path"), 0, |entry| {
            names.push((entry.name.to_owned(), entry.info));
            ControlFlow::Continue(())
        })?;
        for (name, info) in names {
            let path = if of.is_empty() { name } else { format!("{of}/{name}") };
            all.extend(attributes(fs, &path)?);
            if info.kind == Kind::Directory {
                // Of a damaged one there may be no end.
                if path.matches('/').count() < 6 && all.len() < 500 {
                    left.push(path.clone());
                }
                all.insert(path, None);
                continue;
            }
            let (file, info) = fs.open(Path::new(&path).ok_or(Error::BadPath)?, READ)?;
            let mut bytes = vec![0; (info.size as usize).min(1 << 20)];
            let read = fs.read(file, 0, &mut bytes);
            fs.close(file)?;
            bytes.truncate(read?);
            all.insert(path, Some(bytes));
        }
    }
    Ok(all)
}

/// All attributes of one path.
fn attributes(fs: &mut impl FileSystem, of: &str) -> Result<Tree, Error> {
    let (path, mut names) = (Path::new(of).ok_or(Error::BadPath)?, Vec::new());
    fs.attributes(path, |name| {
        names.push(name.to_owned());
        ControlFlow::Continue(())
    })?;
    let mut value = |name: String| {
        let mut bytes = vec![0; 1022];
        let length = fs.attribute(path, &name, &mut bytes)?;
        bytes.truncate(length);
        Ok((format!("{of}\0{name}"), Some(bytes)))
    };
    names.into_iter().map(&mut value).collect()
}

/// One operation: what it does to a tree, and what may be seen of it half done.
pub struct Step {
    pub after: Tree,
    between: Option<Tree>,
}

fn some_path(random: &mut Random, tree: &Tree) -> String {
    let directories: Vec<&String> =
        tree.iter().filter(|one| one.1.is_none()).map(|one| one.0).collect();
    let name = NAMES[random.below(NAMES.len())];
    if directories.is_empty() || random.below(3) == 0 {
        return name.into();
    }
    let parent = directories[random.below(directories.len())];
    if parent.matches('/').count() > 1 { name.into() } else { format!("{parent}/{name}") }
}

/// Does something. If it is refused, nothing changes, but when the disk is full.
pub fn step(fs: &mut impl FileSystem, random: &mut Random, before: &Tree) -> Result<Step, Error> {
    let text = some_path(random, before);
    let path = Path::new(&text).expect("a path");
    let (mut after, mut between) = (before.clone(), None);
    let done = match random.below(13) {
        10.. => return change_attribute(fs, random, &text, before),
        0 | 1 => {
            after.insert(text.clone(), None);
            fs.make_directory(path)
        }
        2 => {
            after.retain(|key, _| !within(key, &text));
            fs.remove(path).or_else(|_| fs.remove_directory(path))
        }
        3..=5 => {
            let to = some_path(random, before);
            let moved: Vec<String> =
                before.keys().filter(|key| within(key, &text)).cloned().collect();
            if text != to {
                after.retain(|key, _| !within(key, &to));
            }
            for key in moved {
                // What it goes into is refused.
                let value = before[&key].clone();
                after.remove(&key);
                after.insert(format!("{to}{}", &key[text.len()..]), value);
            }
            fs.rename(path, Path::new(&to).expect("a path"))
        }
        _ => {
            let length = [10, 200, 600, 3000, 9000][random.below(5)] + random.below(50);
            let bytes = noise(length, random.below(1 << 30) as u64);
            after.insert(text.clone(), Some(bytes.clone()));
            if !before.contains_key(&text) {
                let mut made = before.clone();
                made.insert(text.clone(), Some(Vec::new()));
                between = Some(made);
            }
            put(fs, path, &bytes, random)
        }
    };
    done.map(|()| Step { after, between })
}

/// Sets or removes an attribute of a path or of the root.
fn change_attribute(
    fs: &mut impl FileSystem,
    random: &mut Random,
    text: &str,
    before: &Tree,
) -> Result<Step, Error> {
    let text = if random.below(4) == 0 { "" } else { text };
    let name = format!("user.lfs.{:02x}", 0x40 + random.below(3));
    let (path, key) = (Path::new(text).expect("a path"), format!("{text}\0{name}"));
    let mut after = before.clone();
    let done = if random.below(3) == 0 {
        after.remove(&key);
        fs.remove_attribute(path, &name)
    } else {
        let bytes = noise([0, 1, 8, 20, 40][random.below(5)], random.below(1 << 30) as u64);
        after.insert(key, Some(bytes.clone()));
        fs.set_attribute(path, &name, &bytes, Replace::Any)
    };
    done.map(|()| Step { after, between: None })
}

/// Writes a file in one go or in pieces, and syncs it.
fn put(
    fs: &mut impl FileSystem,
    path: Path<'_>,
    bytes: &[u8],
    random: &mut Random,
) -> Result<(), Error> {
    let (file, _) = fs.open(path, MAKE)?;
    let piece = 1 + random.below(bytes.len());
    let mut written = Ok(());
    for (number, data) in bytes.chunks(piece).enumerate() {
        written = written.and(fs.write(file, (number * piece) as u64, data));
    }
    written.and(fs.close(file))
}

fn within(path: &str, outer: &str) -> bool {
    let rest = path.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\0']))
}

/// What may be found after `safe` entries of a log are on the medium and at most `seen` are begun;
/// with each step it is said how many there were when it was done.
pub fn allowed(steps: &[(usize, Step)], safe: usize, seen: usize) -> Vec<&Tree> {
    static EMPTY: Tree = Tree::new();
    let count = steps.iter().take_while(|(end, _)| *end <= safe).count();
    let last = count.checked_sub(1).map_or(&EMPTY, |last| &steps[last].1.after);
    let mut allowed = vec![last];
    let mut begun = safe;
    for (end, step) in &steps[count..] {
        if begun < seen {
            allowed.extend(step.between.iter().chain([&step.after]));
        }
        begun = *end;
    }
    allowed
}

/// A disk's history: how it began, what was done to it, and what had to be there from when on.
struct History {
    begin: Vec<u8>,
    sector: usize,
    settings: Settings,
    log: Vec<Done>,
    /// Entries of the log until each step was done.
    steps: Vec<(usize, Step)>,
}

fn history(seed: u64, blocks: usize, sector: usize, settings: Settings, steps: usize) -> History {
    let mut disk = formatted(blocks, sector, settings);
    let begin = disk.bytes.borrow().clone();
    let log = Rc::new(RefCell::new(Vec::new()));
    disk.log = Some(log.clone());
    let mut random = Random::new(seed);
    let mut done = Vec::new();
    let mut now = Tree::new();
    mounted(&disk, settings, |fs| {
        for _ in 0..steps {
            let step = step(fs, &mut random, &now);
            assert!(!matches!(step, Err(Error::NoSpace)), "there is room");
            if let Ok(step) = step {
                now = step.after.clone();
                done.push((log.borrow().len(), step));
            }
        }
        assert!(tree(fs) == Ok(now.clone()), "without any cut it is as it should be");
    });
    let log = log.take();
    History { begin, sector, settings, log, steps: done }
}

impl History {
    fn apply(&self, bytes: &mut [u8], done: &Done, mut keep: impl FnMut() -> bool) {
        match done {
            Done::Write { first, data } => {
                let mut at = *first as usize * self.sector;
                for piece in data.chunks(self.sector) {
                    if keep() {
                        bytes[at..at + piece.len()].copy_from_slice(piece);
                    }
                    at += piece.len();
                }
            }
            Done::Discard { first, sectors } => {
                if keep() {
                    let (from, to) = (*first as usize, (*first + *sectors) as usize);
                    bytes[from * self.sector..to * self.sector].fill(0xff);
                }
            }
            Done::Flush => {}
        }
    }

    /// That a disk which lost its power after `safe` entries, at most `seen` of them begun, holds
    /// what it must.
    fn check(&self, bytes: Vec<u8>, safe: usize, seen: usize, what: &str) {
        let allowed = allowed(&self.steps, safe, seen);
        let disk = Disk::new(bytes, self.sector);
        for again in ["", ", mounted again"] {
            mounted(&disk, self.settings, |fs| {
                let found = tree(fs).unwrap_or_else(|error| panic!("{what}{again}: {error}"));
                // What is there must be what was there at one moment since the last sync.
                assert!(allowed.contains(&&found), "{what}{again}: {:?}", found.keys());
                if again.is_empty() {
                    let file = fs.open(Path::new("after the cut").expect("a path"), MAKE);
                    let (file, _) = file.expect("it takes files");
                    fs.write(file, 0, &[1; 2000]).expect("it takes data");
                    fs.close(file).expect("it takes data");
                    fs.remove(Path::new("after the cut").expect("a path")).expect("it can go");
                }
            });
        }
    }

    fn every_prefix(&self) -> usize {
        let mut bytes = self.begin.clone();
        for (index, done) in self.log.iter().enumerate() {
            self.apply(&mut bytes, done, || true);
            self.check(bytes.clone(), index + 1, index + 2, &format!("after entry {index}"));
        }
        self.log.len()
    }

    /// What lies between two flushes, in part: each sector by chance.
    fn reordered(&self, random: &mut Random, samples: usize) -> usize {
        let mut bytes = self.begin.clone();
        let (mut from, mut made) = (0, 0);
        for (index, done) in self.log.iter().enumerate() {
            if !matches!(done, Done::Flush) {
                continue;
            }
            for sample in 0..samples {
                let mut torn = bytes.clone();
                let share = 1 + random.below(3);
                for done in &self.log[from..index] {
                    self.apply(&mut torn, done, || random.below(4) >= share);
                }
                let what = format!("sample {sample} between entries {from} and {index}");
                self.check(torn, from, index + 1, &what);
                made += 1;
            }
            for done in &self.log[from..index] {
                self.apply(&mut bytes, done, || true);
            }
            from = index + 1;
        }
        made
    }
}

/// Kinds of disks: blocks, sector size, settings.
fn kinds() -> Vec<(usize, usize, Settings)> {
    let of = |block_size| Settings { block_size: Some(block_size), ..Settings::default() };
    vec![
        (96, 512, of(4096)),
        (96, 4096, of(4096)),
        (500, 512, of(512)),
        (96, 512, Settings { cycles: Some(2), ..of(4096) }),
        (300, 512, Settings { cycles: Some(2), ..of(512) }),
        (64, 512, Settings { erase: true, cycles: Some(5), ..of(8192) }),
    ]
}

/// `LITTLEFS_CUT_STEPS`, `LITTLEFS_CUT_SAMPLES` and `LITTLEFS_CUT_SEEDS` for a long one,
/// `LITTLEFS_CUT_SEED` for another.
#[test]
fn after_a_power_cut_everything_is_as_it_was_at_one_moment_since_the_last_sync() {
    let steps = setting("LITTLEFS_CUT_STEPS", 40) as usize;
    let samples = setting("LITTLEFS_CUT_SAMPLES", 2) as usize;
    let first = setting("LITTLEFS_CUT_SEED", 1);
    let (mut prefixes, mut subsets) = (0, 0);
    for seed in first..first + setting("LITTLEFS_CUT_SEEDS", 1) {
        for (kind, (blocks, sector, settings)) in kinds().into_iter().enumerate() {
            println!("seed {seed}, kind {kind}: {settings:?}");
            let history = history(seed * 100 + kind as u64, blocks, sector, settings, steps);
            prefixes += history.every_prefix();
            subsets += history.reordered(&mut Random::new(seed), samples);
        }
    }
    println!("{prefixes} prefixes, {subsets} reorderings");
    assert!(prefixes > 500 && subsets > 500);
}

/// Some operations on whatever is there.
pub fn some_steps(fs: &mut impl FileSystem, seed: u64, steps: usize) {
    let mut random = Random::new(seed);
    for _ in 0..steps {
        let now = tree(fs).expect("it can be read");
        let _ = step(fs, &mut random, &now);
    }
}
