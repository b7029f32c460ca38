//! What is remembered of names, directories and chains is what the disk says, whatever happens.

use crate::common::{Disk, FILES, TestFs, formatted, mounted, noise};
use drv_block::{Block, Error as Fault, Geometry};
use drv_fs_core::{Create, Error, FileSystem, Open, Path};
use drv_littlefs::{Littlefs, Memory, Settings};
use std::cell::Cell;
use std::rc::Rc;

fn path(text: &str) -> Path<'_> {
    Path::new(text).unwrap()
}

const MAKE: Open = Open { create: Create::IfMissing, truncate: false };

fn write<B: Block>(fs: &mut Littlefs<'_, B, FILES>, name: &str, bytes: &[u8]) {
    let how = Open { truncate: true, ..MAKE };
    let file = fs.open(path(name), how).unwrap().0;
    fs.write(file, 0, bytes).unwrap();
    fs.close(file).unwrap();
}

fn read<B: Block>(fs: &mut Littlefs<'_, B, FILES>, name: &str) -> Result<Vec<u8>, Error> {
    let (file, info) = fs.open(path(name), Open::default())?;
    let mut bytes = vec![0; info.size as usize + 1];
    let count = fs.read(file, 0, &mut bytes);
    fs.close(file)?;
    bytes.truncate(count?);
    Ok(bytes)
}

fn size(fs: &mut TestFs<'_>, name: &str) -> Result<u64, Error> {
    let first = fs.stat(path(name)).map(|info| info.size);
    // The second time it is remembered.
    assert_eq!(fs.stat(path(name)).map(|info| info.size), first, "{name}");
    first
}

#[test]
fn a_file_that_is_open_has_the_size_that_was_written() {
    let disk = formatted(200, 512, Settings::default());
    mounted(&disk, Settings::default(), |fs| {
        for (length, name) in [(10, "small"), (9000, "large")] {
            write(fs, name, &noise(length, 1));
            assert_eq!(size(fs, name), Ok(length as u64));
            let file = fs.open(path(name), Open::default()).unwrap().0;
            let again = fs.open(path(name), Open::default()).unwrap();
            assert_eq!((again.0, again.1.size), (file, length as u64));
            fs.write(file, length as u64, &[7; 5000]).unwrap();
            assert_eq!(size(fs, name), Ok(length as u64 + 5000), "before it is synced");
            fs.sync_file(file).unwrap();
            fs.truncate(again.0, 3).unwrap();
            assert_eq!(size(fs, name), Ok(3));
            fs.close(file).unwrap();
            assert_eq!(size(fs, name), Ok(3), "open once more");
            fs.close(again.0).unwrap();
            assert_eq!(size(fs, name), Ok(3), "closed");
            assert_eq!(read(fs, name).unwrap(), &noise(length, 1)[..3]);
        }
    });
}

#[test]
fn a_name_leads_where_it_was_moved() {
    let disk = formatted(200, 512, Settings::default());
    mounted(&disk, Settings::default(), |fs| {
        for directory in ["a", "a/in", "b"] {
            fs.make_directory(path(directory)).unwrap();
        }
        write(fs, "a/in/one", b"one");
        write(fs, "b/two", b"second");
        assert_eq!((size(fs, "a/in/one"), size(fs, "b/two")), (Ok(3), Ok(6)));
        fs.rename(path("a/in/one"), path("b/two")).unwrap();
        assert_eq!((size(fs, "a/in/one"), size(fs, "b/two")), (Err(Error::NotFound), Ok(3)));
        write(fs, "a/in/one", b"another");
        assert_eq!((size(fs, "a/in/one"), size(fs, "b/two")), (Ok(7), Ok(3)));
        // The directory above is another.
        fs.rename(path("a"), path("c")).unwrap();
        assert_eq!((size(fs, "a/in/one"), size(fs, "c/in/one")), (Err(Error::NotFound), Ok(7)));
        fs.make_directory(path("a")).unwrap();
        fs.make_directory(path("a/in")).unwrap();
        assert_eq!(size(fs, "a/in/one"), Err(Error::NotFound));
        write(fs, "a/in/one", b"x");
        assert_eq!((size(fs, "a/in/one"), size(fs, "c/in/one")), (Ok(1), Ok(7)));
        fs.remove(path("a/in/one")).unwrap();
        fs.remove_directory(path("a/in")).unwrap();
        assert_eq!(size(fs, "a/in/one"), Err(Error::NotFound));
        write(fs, "a/in", b"a file now");
        assert_eq!((size(fs, "a/in/one"), size(fs, "a/in")), (Err(Error::NotADirectory), Ok(10)));
        assert_eq!(read(fs, "c/in/one").unwrap(), b"another");
    });
}

#[test]
fn names_stay_right_while_their_directory_is_compacted_and_divided() {
    let disk = formatted(600, 512, Settings::default());
    mounted(&disk, Settings::default(), |fs| {
        fs.make_directory(path("d")).unwrap();
        let name = |number: usize| format!("d/{:03}", number * 37 % 300);
        let content = |number: usize, turn: usize| noise(number % 50 + turn * 20, number as u64);
        let check = |fs: &mut TestFs<'_>, count: usize, turn: usize| {
            for number in (0..count).rev().step_by(7) {
                assert_eq!(size(fs, &name(number)), Ok((number % 50 + turn * 20) as u64));
                assert_eq!(read(fs, &name(number)).unwrap(), content(number, turn));
            }
            assert_eq!(size(fs, "d/none"), Err(Error::NotFound));
        };
        for number in 0..300 {
            write(fs, &name(number), &content(number, 0));
            if number % 20 == 19 {
                check(fs, number + 1, 0);
            }
        }
        for number in 0..300 {
            write(fs, &name(number), &content(number, 1));
        }
        check(fs, 300, 1);
        for number in 150..300 {
            fs.remove(path(&name(number))).unwrap();
            assert_eq!(size(fs, &name(number)), Err(Error::NotFound));
        }
        check(fs, 150, 1);
    });
    mounted(&disk, Settings::default(), |fs| assert!(read(fs, "d/000").is_ok()));
}

/// A disk that takes no more writes when told to. What it took, it has.
#[derive(Clone)]
struct Failing {
    disk: Disk,
    writes_left: Rc<Cell<u32>>,
    /// A sector that cannot be read.
    bad: Option<u64>,
}

impl Block for Failing {
    fn geometry(&mut self) -> Result<Geometry, Fault> {
        self.disk.geometry()
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Fault> {
        let end = first + (into.len() / self.disk.sector) as u64;
        if self.bad.is_some_and(|bad| (first..end).contains(&bad)) {
            return Err(Fault::Failed);
        }
        self.disk.read(first, into)
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Fault> {
        let left = self.writes_left.get().checked_sub(1).ok_or(Fault::Failed)?;
        self.writes_left.set(left);
        self.disk.write(first, data)
    }

    fn flush(&mut self) -> Result<(), Fault> {
        self.disk.flush()
    }
}

/// What a name leads to and what is there, or that nothing is.
type Seen = Vec<Result<Vec<u8>, Error>>;

#[test]
fn after_a_write_that_failed_it_is_as_the_disk_says() {
    const NAMES: [&str; 5] = ["d/a", "d/b", "d/c", "e/a", "e/b"];
    for fails in 1..40 {
        let disk = formatted(100, 512, Settings::default());
        let writes_left = Rc::new(Cell::new(u32::MAX));
        let failing = Failing { disk: disk.clone(), writes_left: writes_left.clone(), bad: None };
        let mut memory = Box::new(Memory::new());
        let mut fs = Littlefs::<_, FILES>::new(failing, &mut memory, Settings::default());
        fs.mount().unwrap();
        fs.make_directory(path("d")).unwrap();
        fs.make_directory(path("e")).unwrap();
        for name in ["d/a", "d/b", "e/b"] {
            write(&mut fs, name, name.as_bytes());
        }
        let seen = |fs: &mut Littlefs<'_, Failing, FILES>| -> Seen {
            NAMES.iter().map(|name| read(fs, name)).collect()
        };
        let before = seen(&mut fs);
        writes_left.set(fails);
        let _ = fs.rename(path("d/a"), path("d/c"));
        let _ = fs.rename(path("d/b"), path("e/a"));
        let _ = fs.remove(path("e/b"));
        let after = seen(&mut fs);
        writes_left.set(u32::MAX);
        // What was found without a mount, a mount finds, or what was there before.
        let mounted = mounted_names(&disk, &NAMES);
        for (number, name) in NAMES.iter().enumerate() {
            let one = &after[number];
            let other = &mounted[number];
            assert!(
                one == other || *other == before[number] || one.is_err(),
                "{name} after {fails} writes: {one:?}, then {other:?}"
            );
        }
        // It goes on, and everything is what a mount finds.
        write(&mut fs, "d/new", b"new");
        let now = seen(&mut fs);
        assert_eq!(now, mounted_names(&disk, &NAMES), "after {fails} writes");
    }
}

fn mounted_names(disk: &Disk, names: &[&str]) -> Seen {
    let copy = Disk::new(disk.bytes.borrow().clone(), disk.sector);
    mounted(&copy, Settings::default(), |fs| names.iter().map(|name| read(fs, name)).collect())
}

#[test]
fn what_cannot_be_read_hides_nothing_before_and_behind_it() {
    let disk = formatted(100, 512, Settings::default());
    let truth = noise(100_000, 5);
    mounted(&disk, Settings::default(), |fs| write(fs, "f", &truth));
    // Block 19 of the chain; the way to no other leads through it.
    let place = disk.bytes.borrow().windows(16).position(|some| *some == truth[80_000..80_016]);
    let bad = Some(place.unwrap() as u64 / 512);
    let failing = Failing { disk, writes_left: Rc::new(Cell::new(u32::MAX)), bad };
    let (mut memory, mut room) = (Box::new(Memory::new()), vec![0; 64 << 10]);
    let mut fs = Littlefs::<_, FILES>::new(failing, &mut memory, Settings::default());
    fs.take_room(&mut room);
    fs.mount().unwrap();
    let file = fs.open(path("f"), Open::default()).unwrap().0;
    let mut failed = 0;
    for at in (0..truth.len()).step_by(1000) {
        let mut some = [0; 1000];
        match fs.read(file, at as u64, &mut some) {
            Ok(count) => assert!(count == 1000 && some == truth[at..at + 1000], "at {at}"),
            Err(error) => {
                assert_eq!(error, Error::DeviceError);
                failed += 1;
            }
        }
    }
    assert!((1..=6).contains(&failed), "{failed}");
}

#[test]
fn a_chain_that_changed_is_not_read_as_it_was() {
    for settings in [Settings::default(), Settings { block_size: Some(512), ..Settings::default() }]
    {
        let disk = formatted(1200, 512, settings);
        mounted(&disk, settings, |fs| {
            let mut truth = noise(200_000, 3);
            write(fs, "f", &truth);
            // Another in between, so that blocks of the first are not all in one piece.
            let (one, two) =
                (fs.open(path("f"), MAKE).unwrap().0, fs.open(path("g"), MAKE).unwrap().0);
            for turn in 0..12_usize {
                let more = noise(3000 + turn * 100, turn as u64 + 9);
                fs.write(one, truth.len() as u64, &more).unwrap();
                truth.extend_from_slice(&more);
                fs.write(two, turn as u64 * 3000, &more[..3000]).unwrap();
                if turn % 3 == 0 {
                    fs.sync().unwrap();
                }
                let cut = truth.len() - turn * 777;
                if turn % 4 == 1 {
                    fs.truncate(one, cut as u64).unwrap();
                    truth.truncate(cut);
                }
                if turn % 5 == 2 {
                    let at = truth.len() / 3;
                    fs.write(one, at as u64, &more[..1000]).unwrap();
                    truth[at..at + 1000].copy_from_slice(&more[..1000]);
                }
                // In pieces of several sizes, from several places, on and on.
                for (begin, step) in
                    [(0, 16384), (5, 4096), (truth.len() - 9000, 700), (70_000, 65536)]
                {
                    let mut at = begin;
                    while at < truth.len() {
                        let mut some = vec![0; step];
                        let count = fs.read(one, at as u64, &mut some).unwrap();
                        assert_eq!(count, step.min(truth.len() - at));
                        assert!(some[..count] == truth[at..at + count], "turn {turn}, at {at}");
                        at += count;
                    }
                }
            }
        });
    }
}
