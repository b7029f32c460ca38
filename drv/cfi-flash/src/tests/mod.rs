//! The driver against chips that do what they are told, and chips that do not.

mod queue;

use crate::fake::{self, BLOCK, BUFFER, Note, SIZE, Time, Wires};
use crate::query::both;
use crate::{Chips, Clock, Error, Program, Query};
use std::cell::{Cell, RefCell};
use std::vec;
use std::vec::Vec;

type Driver<'c> = Chips<Wires<'c>, Time, Note<'c>>;

struct Bench {
    chips: RefCell<fake::Chips>,
    note: Cell<Option<Program>>,
}

impl Bench {
    fn new(hasty: bool) -> Self {
        Self { chips: RefCell::new(fake::Chips::new(hasty)), note: Cell::new(None) }
    }

    fn start(&self) -> Result<Driver<'_>, Error> {
        let memo = Note(&self.note, &self.chips);
        Chips::start(Wires(&self.chips), SIZE, Time::default(), memo)
    }

    /// The bytes in memory.
    fn bytes(&self) -> Vec<u8> {
        self.chips.borrow().words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 7 + i / 256) as u8).collect()
}

/// What QEMU 7.2 says of the second bank of its `virt` machine, read there word by word.
#[test]
fn the_bank_of_qemu_is_known() {
    let bytes = [
        (0x10, 0x51),
        (0x11, 0x52),
        (0x12, 0x59),
        (0x13, 1),
        (0x15, 0x31),
        (0x31, b'P'),
        (0x32, b'R'),
        (0x33, b'I'),
        (0x34, b'1'),
        (0x35, b'0'),
        (0x1b, 0x45),
        (0x1c, 0x55),
        (0x1f, 7),
        (0x20, 7),
        (0x21, 10),
        (0x23, 4),
        (0x24, 4),
        (0x25, 4),
        (0x27, 0x19),
        (0x28, 2),
        (0x2a, 0x0b),
        (0x2c, 1),
        (0x2d, 0xff),
        (0x30, 2),
    ];
    let of = |place| bytes.iter().find(|(at, _)| *at == place).map_or(0, |(_, byte)| *byte);
    let word = |place| both(u16::from(of(place)));
    let expected = Query {
        size: 64 << 20,
        erase_size: 256 << 10,
        buffer_size: 4096,
        program_us: 128 * 16,
        erase_us: 1024 * 1000 * 16,
        suspends: false,
    };
    assert_eq!(Query::read(word), Ok(expected));
}

#[test]
fn what_is_erased_can_be_programmed_and_read_and_nothing_else_changes() {
    let bench = Bench::new(false);
    let mut flash = bench.start().unwrap();
    let mut expected = vec![0; SIZE];
    flash.erase(3 * BLOCK as u64).unwrap();
    flash.erase(4 * BLOCK as u64).unwrap();
    expected[3 * BLOCK..5 * BLOCK].fill(0xff);
    // Over buffers, and from block to block.
    let (at, data) = (4 * BLOCK - 1000, pattern(1500));
    flash.program(at as u64, &data).unwrap();
    expected[at..at + data.len()].copy_from_slice(&data);
    assert!(bench.bytes() == expected);
    let mut read = vec![0; 1003];
    flash.read(at as u64 + 1, &mut read).unwrap();
    assert!(read == data[1..1004]);
}

#[test]
fn a_zero_stays_until_it_is_erased() {
    let bench = Bench::new(false);
    let mut flash = bench.start().unwrap();
    flash.erase(0).unwrap();
    flash.program(8, &[0xf0; 4]).unwrap();
    assert_eq!(flash.program(0, &[0xff; 12]), Err(Error::NotErased));
    assert_eq!(flash.program(8, &[0x10, 0xf0, 0x0f, 0xf0]), Err(Error::NotErased));
    // Nothing of it was programmed; fewer ones can be.
    assert_eq!(bench.bytes()[..12], [[0xff; 8].as_slice(), &[0xf0; 4]].concat());
    flash.program(8, &[0x30; 4]).unwrap();
    assert_eq!(bench.bytes()[8..12], [0x30; 4]);
}

#[test]
fn what_is_not_there_or_not_whole_is_refused() {
    let bench = Bench::new(false);
    let mut flash = bench.start().unwrap();
    let size = SIZE as u64;
    for at in [size - 4, size, u64::MAX - 3] {
        assert_eq!(flash.read(at, &mut [0; 8]), Err(Error::OutOfRange), "{at}");
        assert_eq!(flash.program(at, &[0; 8]), Err(Error::OutOfRange), "{at}");
        assert_eq!(flash.erase(at), Err(Error::OutOfRange), "{at}");
    }
    for (at, bytes) in [(1, 4), (0, 0), (0, 3), (2, 4)] {
        assert_eq!(flash.program(at, &vec![0; bytes]), Err(Error::Unaligned), "{at}");
    }
    assert_eq!(flash.erase(4), Err(Error::Unaligned));
    assert_eq!(flash.read(7, &mut []), Ok(()));
}

#[test]
fn each_trouble_has_its_name_and_the_next_request_has_none() {
    let troubles = [
        (0x20, Error::EraseFailed),
        (0x10, Error::ProgramFailed),
        (0x02 | 0x20, Error::Locked),
        (0x08 | 0x10, Error::LowVoltage),
        (0x30, Error::BadSequence),
        (0x40, Error::Suspended),
        (0x04, Error::Suspended),
    ];
    let bench = Bench::new(false);
    let mut flash = bench.start().unwrap();
    flash.erase(0).unwrap();
    for (status, error) in troubles {
        bench.chips.borrow_mut().trouble = status;
        assert_eq!(flash.erase(0), Err(error));
        bench.chips.borrow_mut().trouble = status;
        assert_eq!(flash.program(0, &[0; 4]), Err(error));
        assert_eq!(flash.erase(0), Ok(()));
        assert_eq!(flash.program(4, &[0; 4]), Ok(()));
        assert_eq!(flash.erase(0), Ok(()));
    }
}

#[test]
fn a_chip_that_is_never_ready_is_given_up() {
    let bench = Bench::new(false);
    let mut flash = bench.start().unwrap();
    bench.chips.borrow_mut().slow = usize::MAX;
    assert_eq!(flash.erase(0), Err(Error::TimedOut));
    // Its status is not taken for memory.
    let mut bytes = [0; 4];
    assert_eq!(flash.read(0, &mut bytes), Err(Error::TimedOut));
    assert_eq!(flash.program(0, &bytes), Err(Error::TimedOut));
    assert_eq!(flash.erase(0), Err(Error::TimedOut));
    bench.chips.borrow_mut().busy = 0;
    flash.read(0, &mut bytes).unwrap();
    assert_eq!(bytes, [0xff; 4]);
    assert_eq!(flash.program(0, &[0; 4]), Err(Error::TimedOut));
}

#[test]
fn where_no_chips_are_there_are_none() {
    for word in [0, 1, both(0x51), u32::MAX] {
        assert_eq!(Query::read(|_| word), Err(Error::NoDevice));
    }
    let bench = Bench::new(false);
    bench.chips.borrow_mut().query.fill(u32::MAX);
    assert_eq!(bench.start().err(), Some(Error::NoDevice));
    // Larger than their window.
    let bench = Bench::new(false);
    let memo = Note(&bench.note, &bench.chips);
    let started = Chips::start(Wires(&bench.chips), SIZE / 2, Time::default(), memo);
    assert_eq!(started.err(), Some(Error::OddShape));
}

#[test]
fn no_query_leads_astray() {
    let good = fake::query();
    let read = |query: &[u32]| Query::read(|place| query.get(place).copied().unwrap_or(0));
    let known = read(&good).unwrap();
    for place in 0..good.len() {
        for byte in 0..=255 {
            let mut query = good.clone();
            query[place] = both(byte);
            let Ok(found) = read(&query) else { continue };
            assert!(found.size == known.size && found.erase_size == known.erase_size, "{place:#x}");
            assert!(found.buffer_size.is_power_of_two() && found.buffer_size <= found.erase_size);
            assert!(found.program_us > 0 && found.erase_us <= 20_000_000);
        }
    }
}

#[test]
fn a_new_life_waits_for_what_an_earlier_one_began() {
    let bench = Bench::new(false);
    bench.chips.borrow_mut().slow = 50;
    bench.chips.borrow_mut().suspend();
    let mut flash = bench.start().unwrap();
    flash.erase(0).unwrap();
    // Dead after the confirmation.
    bench.chips.borrow_mut().dies = Some(2);
    let _ = bench.start().is_err();
    for (left, hasty) in (0..12).zip([false; 12]).chain((0..12).zip([true; 12])) {
        let bench = Bench::new(hasty);
        let mut flash = bench.start().unwrap();
        bench.chips.borrow_mut().slow = 50;
        bench.chips.borrow_mut().dies = Some(left);
        let _ = flash.erase(BLOCK as u64);
        bench.chips.borrow_mut().dies = None;
        let mut flash = bench.start().unwrap();
        flash.erase(BLOCK as u64).unwrap();
        let bytes = bench.bytes();
        assert!(bytes[BLOCK..2 * BLOCK].iter().all(|&byte| byte == 0xff), "{left}");
        assert!(bytes[..BLOCK].iter().chain(&bytes[2 * BLOCK..]).all(|&byte| byte == 0));
    }
}

#[test]
fn wherever_a_driver_dies_the_next_one_programs_what_it_could_not() {
    let (at, data) = (BLOCK + BUFFER - 40, pattern(60));
    for hasty in [false, true] {
        for left in 0..40 {
            let bench = Bench::new(hasty);
            let mut flash = bench.start().unwrap();
            for block in 0..3 {
                flash.erase((block * BLOCK) as u64).unwrap();
            }
            flash.program(0, &pattern(BLOCK)).unwrap();
            let mut expected = bench.bytes();
            expected[at..at + data.len()].copy_from_slice(&data);
            bench.chips.borrow_mut().dies = Some(left);
            let _ = flash.program(at as u64, &data);
            bench.chips.borrow_mut().dies = None;
            let mut flash = bench.start().unwrap();
            flash.program(at as u64, &data).unwrap();
            assert!(bench.bytes() == expected, "hasty: {hasty}, after {left} writes");
            assert_eq!(bench.note.get(), None);
        }
    }
}

#[test]
fn only_a_note_is_taken_for_one() {
    let program = Program { at: 0x1234, words: 77 };
    let bytes = program.to_bytes();
    assert_eq!(Program::from_bytes(&bytes), Some(program));
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes;
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Program::from_bytes(&damaged), None, "bit {bit}");
    }
    for program in [(2, 1), (SIZE, 1), (SIZE - 4, 2), (0, 0), (usize::MAX - 3, 1)] {
        let bench = Bench::new(false);
        bench.note.set(Some(Program { at: program.0, words: program.1 }));
        assert!(bench.start().is_ok());
    }
}

/// A driver whose chips take so many looks to erase a block, which it has begun.
fn erasing(bench: &Bench, slow: usize) -> Driver<'_> {
    let mut flash = bench.start().unwrap();
    for block in 0..4 {
        flash.erase((block * BLOCK) as u64).unwrap();
    }
    flash.program(0, &pattern(BLOCK)).unwrap();
    flash.program(BLOCK as u64, &pattern(BLOCK)).unwrap();
    bench.chips.borrow_mut().slow = slow;
    flash.begin_erase(BLOCK as u64).unwrap();
    flash
}

/// Waits, looking on, until an erase is done.
fn finish(flash: &mut Driver<'_>) -> Result<(), Error> {
    loop {
        flash.clock.pause_us(1000);
        if let Some(done) = flash.erased() {
            return done;
        }
    }
}

#[test]
fn another_block_is_read_while_one_is_erased() {
    for uneven in [false, true] {
        let bench = Bench::new(false);
        let mut flash = erasing(&bench, 60);
        bench.chips.borrow_mut().uneven = uneven;
        let mut bytes = vec![0; BLOCK];
        // It has to have got somewhere first.
        assert_eq!(flash.read(0, &mut bytes), Err(Error::Busy));
        let mut reads = 0;
        while flash.is_erasing() {
            bytes.fill(0);
            match flash.read(0, &mut bytes) {
                Ok(()) => {
                    reads += 1;
                    assert!(bytes == pattern(BLOCK));
                }
                error => assert_eq!(error, Err(Error::Busy)),
            }
            // Neither the block itself nor one that reaches into it, nor may anything be written.
            assert_eq!(flash.read(BLOCK as u64, &mut bytes[..4]), Err(Error::Busy));
            assert_eq!(flash.read(BLOCK as u64 - 4, &mut bytes[..8]), Err(Error::Busy));
            assert_eq!(flash.program(2 * BLOCK as u64, &[0; 4]), Err(Error::Busy));
            assert_eq!(flash.begin_erase(2 * BLOCK as u64), Err(Error::Busy));
            flash.clock.pause_us(1000);
            assert!(flash.erased().is_none_or(|done| done == Ok(())));
        }
        let expected = if uneven { 1.. } else { 5.. };
        assert!(expected.contains(&reads), "{reads} reads");
        // The last may have come when there was nothing to suspend any more.
        let suspensions = bench.chips.borrow().suspensions;
        assert!(
            [reads, reads - 1].contains(&suspensions) && flash.suspensions() >= suspensions as u64
        );
        flash.read(BLOCK as u64, &mut bytes).unwrap();
        assert!(bytes.iter().all(|&byte| byte == 0xff));
        assert_eq!(flash.program(BLOCK as u64, &pattern(BLOCK)), Ok(()));
    }
}

#[test]
fn an_erase_that_fails_says_so_however_often_it_was_suspended() {
    for slow in [1, 8, 30] {
        let bench = Bench::new(false);
        let mut flash = bench.start().unwrap();
        (bench.chips.borrow_mut().trouble, bench.chips.borrow_mut().slow) = (0x20, slow);
        flash.begin_erase(0).unwrap();
        let mut done = None;
        while done.is_none() {
            flash.clock.pause_us(3000);
            let _ = flash.read(2 * BLOCK as u64, &mut [0; 40]);
            done = flash.erased();
        }
        assert_eq!(done, Some(Err(Error::EraseFailed)), "{slow}");
    }
}

#[test]
fn chips_that_suspend_late_or_never_are_not_waited_for() {
    // A look is 10 microseconds, so that they are given up, and then they suspend; or that is never.
    for (slow, sluggish) in [(6000, 3000), (6000, 6000)] {
        let bench = Bench::new(false);
        let mut flash = erasing(&bench, slow);
        bench.chips.borrow_mut().sluggish = sluggish;
        flash.clock.pause_us(10_000);
        assert_eq!(flash.read(0, &mut [0; 4]), Err(Error::Busy));
        assert_eq!(flash.read(0, &mut [0; 4]), Err(Error::Busy));
        assert_eq!(finish(&mut flash), Ok(()), "{sluggish}");
        let mut bytes = [0; 4];
        flash.read(BLOCK as u64, &mut bytes).unwrap();
        assert_eq!(bytes, [0xff; 4]);
    }
}

#[test]
fn chips_that_cannot_suspend_are_not_asked_to() {
    let bench = Bench::new(false);
    bench.chips.borrow_mut().query[0x36] = both(0);
    let mut flash = erasing(&bench, 60);
    while flash.erased().is_none() {
        flash.clock.pause_us(5000);
        if flash.is_erasing() {
            assert_eq!(flash.read(0, &mut [0; 4]), Err(Error::Busy));
        }
    }
    assert_eq!(bench.chips.borrow().suspensions, 0);
}

/// The chips refuse to make a one of a zero, so the file system erases where it must.
#[test]
fn littlefs_lives_on_strict_chips() {
    use drv_block::OnFlash;
    use drv_fs_core::{Create, FileSystem, Open, Path};
    use drv_littlefs::{Littlefs, Memory, Settings};
    let bench = Bench::new(false);
    let settings = Settings::flash(BLOCK as u32);
    let device = || OnFlash::new(bench.start().unwrap(), 512);
    let path = Path::new("a.bin").unwrap();
    let how = Open { create: Create::IfMissing, truncate: true };
    let mut memory = Memory::<1>::new();
    Littlefs::new(device(), &mut memory, settings).format().unwrap();
    for round in 1..30 {
        let data = pattern(round * 500);
        let mut memory = Memory::<1>::new();
        let mut system = Littlefs::new(device(), &mut memory, settings);
        system.mount().unwrap();
        let (file, _) = system.open(path, how).unwrap();
        system.write(file, 0, &data).unwrap();
        system.close(file).unwrap();
        system.sync().unwrap();
        // Another life finds it.
        let mut memory = Memory::<1>::new();
        let mut system = Littlefs::new(device(), &mut memory, settings);
        system.mount().unwrap();
        let (file, info) = system.open(path, Open::default()).unwrap();
        let mut read = vec![0; data.len()];
        assert_eq!(system.read(file, 0, &mut read), Ok(data.len()), "round {round}");
        assert!(info.size == data.len() as u64 && read == data, "round {round}");
    }
}
