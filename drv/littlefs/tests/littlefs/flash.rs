//! On flash memory that is strict, that loses its power, and that wears out.

use crate::common::{noise, setting};
use crate::cuts::{Step, Tree, allowed, step, tree};
use drv_block::{Error, Flash, FlashShape, OnFlash};
use drv_fs_core::{Create, Error as FsError, FileSystem, Open, Path};
use drv_fs_model::Random;
use drv_littlefs::{Littlefs, Memory, Settings};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Bytes in a sector: what is programmed at least.
const UNIT: u32 = 512;
const MAKE: Open = Open { create: Create::IfMissing, truncate: true };

/// What was done to flash memory.
enum Done {
    Program { at: usize, data: Vec<u8> },
    Erase { at: usize },
}

/// How a block is bad.
#[derive(Clone, Copy)]
enum Bad {
    /// It cannot be erased.
    Erase,
    /// After so many programs more it cannot be programmed.
    Program(u32),
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    block: usize,
    log: Vec<Done>,
    /// How often each block was erased.
    erases: Vec<u32>,
    bad: BTreeMap<usize, Bad>,
    failures: u32,
}

/// Flash memory that lets nobody make a one of a zero.
#[derive(Clone)]
struct Nor(Rc<RefCell<State>>);

impl Nor {
    fn new(bytes: Vec<u8>, block: usize) -> Self {
        let erases = vec![0; bytes.len() / block];
        Self(Rc::new(RefCell::new(State { bytes, block, erases, ..State::default() })))
    }

    /// Formatted, after it held something else.
    fn formatted(blocks: usize, block: usize, settings: Settings) -> Self {
        let nor = Self::new(noise(blocks * block, 7), block);
        let mut memory = Box::new(Memory::<1>::new());
        Littlefs::new(OnFlash::new(nor.clone(), UNIT), &mut memory, settings)
            .format()
            .expect("room");
        *nor.0.borrow_mut() = State { log: Vec::new(), ..nor.0.take() };
        nor
    }

    fn with<T>(&self, settings: Settings, with: impl FnOnce(&mut On<'_>) -> T) -> T {
        let mut memory = Box::new(Memory::new());
        let mut fs = Littlefs::new(OnFlash::new(self.clone(), UNIT), &mut memory, settings);
        fs.mount().expect("it can be mounted");
        with(&mut fs)
    }
}

type On<'m> = Littlefs<'m, OnFlash<Nor>, 8>;

impl Flash for Nor {
    fn shape(&mut self) -> Result<FlashShape, Error> {
        let state = self.0.borrow();
        let (size, erase_size) = (state.bytes.len() as u64, state.block as u32);
        Ok(FlashShape { size, erase_size, program_size: 4 })
    }

    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let offset = offset as usize;
        into.copy_from_slice(&self.0.borrow().bytes[offset..offset + into.len()]);
        Ok(())
    }

    fn program(&mut self, offset: u64, data: &[u8]) -> Result<(), Error> {
        self.shape()?.check(offset, data.len())?;
        let (at, state) = (offset as usize, &mut *self.0.borrow_mut());
        let bytes = &mut state.bytes[at..at + data.len()];
        if bytes.iter().zip(data).any(|(old, new)| old & new != *new) {
            return Err(Error::Worn);
        }
        if let Some(Bad::Program(left)) = state.bad.get_mut(&(at / state.block)) {
            if *left == 0 {
                // Some of it is there nevertheless.
                let half = data.len() / 2;
                bytes[..half].copy_from_slice(&data[..half]);
                state.failures += 1;
                return Err(Error::Worn);
            }
            *left -= 1;
        }
        bytes.copy_from_slice(data);
        state.log.push(Done::Program { at, data: data.to_vec() });
        Ok(())
    }

    fn erase(&mut self, offset: u64) -> Result<(), Error> {
        let (at, state) = (offset as usize, &mut *self.0.borrow_mut());
        assert!(at.is_multiple_of(state.block));
        if let Some(Bad::Erase) = state.bad.get(&(at / state.block)) {
            state.failures += 1;
            return Err(Error::Worn);
        }
        state.bytes[at..at + state.block].fill(0xff);
        state.erases[at / state.block] += 1;
        state.log.push(Done::Erase { at });
        Ok(())
    }
}

/// How an operation is cut off.
#[derive(Clone, Copy, Debug)]
enum Torn {
    /// It was not begun.
    Not,
    /// Words up to some are programmed, and some bits of the next; of an erase everything is zero, as
    /// chips have it first.
    Front,
    /// Some bits of all of it.
    Anywhere,
    /// Nearly all of it.
    Nearly,
}

const TORN: [Torn; 4] = [Torn::Not, Torn::Front, Torn::Anywhere, Torn::Nearly];

/// Bits of a byte, each there by a coin, or nearly all.
fn coins(random: &mut Random, torn: Torn) -> u8 {
    match torn {
        Torn::Nearly if random.below(200) == 0 => !(1 << random.below(8)),
        Torn::Nearly => 0xff,
        _ => random.below(256) as u8,
    }
}

fn cut(bytes: &mut [u8], block: usize, done: &Done, torn: Torn, random: &mut Random) {
    match (done, torn) {
        (_, Torn::Not) => {}
        (Done::Program { at, data }, Torn::Front) => {
            let whole = random.below(data.len() / 4) * 4;
            bytes[*at..*at + whole].copy_from_slice(&data[..whole]);
            for i in whole..whole + 4 {
                bytes[at + i] &= data[i] | coins(random, torn);
            }
        }
        (Done::Program { at, data }, _) => {
            for (i, byte) in data.iter().enumerate() {
                bytes[at + i] &= byte | !coins(random, torn);
            }
        }
        (Done::Erase { at }, Torn::Front) => bytes[*at..*at + block].fill(0),
        (Done::Erase { at }, _) => {
            bytes[*at..*at + block].iter_mut().for_each(|byte| *byte |= coins(random, torn));
        }
    }
}

fn apply(bytes: &mut [u8], block: usize, done: &Done) {
    match done {
        Done::Program { at, data } => bytes[*at..*at + data.len()].copy_from_slice(data),
        Done::Erase { at } => bytes[*at..*at + block].fill(0xff),
    }
}

/// Some steps, and the operations done until each was over.
fn steps(nor: &Nor, settings: Settings, random: &mut Random, count: usize) -> Vec<(usize, Step)> {
    let mut now = Tree::new();
    let mut done = Vec::new();
    nor.with(settings, |fs| {
        for _ in 0..count {
            let step = step(fs, random, &now);
            assert!(!matches!(
                step,
                Err(FsError::NoSpace | FsError::DeviceError | FsError::Corrupt)
            ));
            if let Ok(step) = step {
                now = step.after.clone();
                done.push((nor.0.borrow().log.len(), step));
            }
        }
        assert!(tree(fs) == Ok(now.clone()), "without any cut it is as it should be");
    });
    done
}

/// That memory which lost its power holds one of these trees, and takes data; and again.
fn check(bytes: &[u8], block: usize, settings: Settings, allowed: &[&Tree], what: &str) {
    let nor = Nor::new(bytes.to_vec(), block);
    for again in ["", ", mounted again"] {
        nor.with(settings, |fs| {
            let found = tree(fs).unwrap_or_else(|error| panic!("{what}{again}: {error}"));
            assert!(allowed.contains(&&found), "{what}{again}: {:?}", found.keys());
            if again.is_empty() {
                let path = Path::new("after the cut").expect("a path");
                let (file, _) = fs.open(path, MAKE).expect("it takes files");
                fs.write(file, 0, &[1; 2000]).expect("it takes data");
                fs.close(file).expect("it takes data");
                fs.remove(path).expect("it can go");
            }
        });
    }
}

/// Blocks, bytes in each, settings, and steps in hundredths.
fn kinds() -> [(usize, usize, Settings, usize); 4] {
    let of = |block, cycles| Settings { cycles, ..Settings::flash(block as u32) };
    [
        (64, 4096, of(4096, Some(500)), 100),
        (64, 4096, of(4096, Some(3)), 100),
        (64, 16384, of(16384, Some(20)), 60),
        (48, 262_144, of(262_144, Some(500)), 10),
    ]
}

/// `LITTLEFS_FLASH_STEPS` and `LITTLEFS_FLASH_SEEDS` for a long one.
#[test]
fn power_may_fail_in_the_middle_of_a_program_or_an_erase() {
    let (mut cases, mut operations) = (0, 0);
    let count = setting("LITTLEFS_FLASH_STEPS", 150) as usize;
    for seed in 1..=setting("LITTLEFS_FLASH_SEEDS", 1) {
        for (kind, (blocks, block, settings, share)) in kinds().into_iter().enumerate() {
            println!("seed {seed}, kind {kind}: {blocks} blocks, {settings:?}");
            let mut random = Random::new(seed * 100 + kind as u64);
            let nor = Nor::formatted(blocks, block, settings);
            let mut bytes = nor.0.borrow().bytes.clone();
            let steps = steps(&nor, settings, &mut random, count * share / 100);
            let log = std::mem::take(&mut nor.0.borrow_mut().log);
            for (index, done) in log.iter().enumerate() {
                for torn in TORN {
                    let mut torn_bytes = bytes.clone();
                    cut(&mut torn_bytes, block, done, torn, &mut random);
                    let allowed = allowed(&steps, index, index + 1);
                    let what = format!("operation {index}, {torn:?}");
                    check(&torn_bytes, block, settings, &allowed, &what);
                    cases += 1;
                }
                apply(&mut bytes, block, done);
            }
            operations += log.len();
        }
    }
    println!("{cases} power cuts in {operations} programs and erases");
    assert!(cases > 2000);
}

/// How often each block was erased when a small file was written so many times.
fn worn(cycles: Option<u32>) -> Vec<u32> {
    let settings = Settings { cycles, ..Settings::flash(4096) };
    let nor = Nor::formatted(32, 4096, settings);
    let path = Path::new("counter").expect("a path");
    nor.with(settings, |fs| {
        for round in 0..3000_u32 {
            let (file, _) = fs.open(path, MAKE).expect("it opens");
            fs.write(file, 0, &round.to_le_bytes()).expect("there is room");
            fs.close(file).expect("it is written");
        }
    });
    let state = nor.0.borrow();
    state.erases.clone()
}

#[test]
fn what_is_written_often_moves_over_all_blocks() {
    let (fixed, moving) = (worn(None), worn(Some(10)));
    let most = |erases: &[u32]| erases.iter().copied().max().unwrap_or(0);
    let used = |erases: &[u32]| erases.iter().filter(|&&count| count > 1).count();
    println!("without moving: {fixed:?}");
    println!("moved after 10: {moving:?}");
    assert!(used(&fixed) <= 4 && used(&moving) > 28, "{} and {}", used(&fixed), used(&moving));
    assert!(most(&moving) * 5 < most(&fixed), "{} and {}", most(&moving), most(&fixed));
}

#[test]
fn bad_blocks_are_gone_round() {
    let mut failures = 0;
    for seed in 1..=60 {
        let mut random = Random::new(seed);
        let settings = Settings { cycles: Some(5), ..Settings::flash(4096) };
        let nor = Nor::formatted(128, 4096, settings);
        // The first two cannot be done without: there the superblock is.
        for block in 2..128 {
            if random.below(6) == 0 {
                let left = random.below(6) as u32;
                let bad = if random.below(2) == 0 { Bad::Erase } else { Bad::Program(left) };
                nor.0.borrow_mut().bad.insert(block, bad);
            }
        }
        let done = steps(&nor, settings, &mut random, 60);
        let last = &done.last().expect("some were done").1.after;
        nor.with(settings, |fs| assert!(tree(fs).as_ref() == Ok(last), "seed {seed}"));
        failures += nor.0.borrow().failures;
    }
    println!("{failures} programs and erases failed");
    assert!(failures > 100);
}

#[test]
fn large_files_leave_a_block_that_turns_bad_half_way() {
    for left in 0..32 {
        let settings = Settings::flash(32768);
        let nor = Nor::formatted(40, 32768, settings);
        for block in (2..40).filter(|block| block % 3 != 0) {
            nor.0.borrow_mut().bad.insert(block, Bad::Program(left % 8));
        }
        let bytes = noise(150_000, left.into());
        let path = Path::new("large").expect("a path");
        nor.with(settings, |fs| {
            let (file, _) = fs.open(path, MAKE).expect("it opens");
            for (number, piece) in bytes.chunks(1000 + left as usize * 300).enumerate() {
                let at = number * (1000 + left as usize * 300);
                fs.write(file, at as u64, piece).expect("it is written elsewhere");
            }
            fs.close(file).expect("it is written");
        });
        let found = nor.with(settings, |fs| tree(fs).expect("it can be read"));
        assert!(found["large"].as_ref() == Some(&bytes), "{left}");
        assert!(nor.0.borrow().failures > 0);
    }
}

#[test]
fn memory_that_is_all_worn_says_so_and_can_be_read() {
    for bad in [Bad::Erase, Bad::Program(0)] {
        let settings = Settings::flash(4096);
        let nor = Nor::formatted(32, 4096, settings);
        let mut random = Random::new(5);
        let done = steps(&nor, settings, &mut random, 20);
        (0..32).for_each(|block| _ = nor.0.borrow_mut().bad.insert(block, bad));
        nor.with(settings, |fs| {
            let path = Path::new("one more").expect("a path");
            let mut refused = Ok(());
            for round in 0..200 {
                refused = fs.open(path, MAKE).and_then(|(file, _)| {
                    let written = fs.write(file, 0, &noise(9000, round));
                    written.and(fs.close(file))
                });
                if refused.is_err() {
                    break;
                }
            }
            assert_eq!(refused, Err(FsError::DeviceError));
        });
        let mut last = done.last().expect("some were done").1.after.clone();
        let mut found = nor.with(settings, |fs| tree(fs).expect("it can be read"));
        let _ = last.remove("one more");
        let _ = found.remove("one more");
        assert!(found == last);
    }
}

/// What `doc/storage.md` says of the cost.
#[test]
fn a_byte_in_the_middle_of_a_file_costs_what_lies_behind_it() {
    let (block, size) = (65536, 600_000);
    let settings = Settings::flash(block as u32);
    let nor = Nor::formatted(40, block, settings);
    let path = Path::new("large").expect("a path");
    let (begin, end) = nor.with(settings, |fs| {
        let (file, _) = fs.open(path, MAKE).expect("it opens");
        fs.write(file, 0, &noise(size, 3)).expect("there is room");
        fs.sync().expect("it is written");
        let mut cost = |at: usize| {
            nor.0.borrow_mut().log.clear();
            fs.write(file, at as u64, &[7]).expect("there is room");
            fs.sync().expect("it is written");
            let programmed = |done: &Done| match done {
                Done::Program { data, .. } => data.len(),
                Done::Erase { .. } => 0,
            };
            nor.0.borrow().log.iter().map(programmed).sum::<usize>()
        };
        (cost(1000), cost(size))
    });
    println!("a byte at the beginning: {begin} bytes programmed; one more at the end: {end}");
    assert!((size - 1000..size + 2 * block).contains(&begin), "{begin}");
    assert!(end < block + 4096, "{end}");
}
