//! The cache beside plain memory: whatever is asked of it, it answers as memory does.

use drv_block::{Block, Error, Geometry};
use drv_block_cache::{Cache, Memory};
use proptest::prelude::*;

/// A device that can be told to fail, and notes what happens to it.
struct Device {
    bytes: Vec<u8>,
    size: usize,
    /// Requests until everything fails; none: never.
    patience: Option<u32>,
    log: Vec<Done>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Read(u64, usize),
    Write(u64, usize),
    Flush,
}

impl Device {
    fn new(size: usize, sectors: usize) -> Self {
        let bytes = (0..size * sectors).map(|at| (at / size * 7 + at % size) as u8).collect();
        Self { bytes, size, patience: None, log: Vec::new() }
    }

    fn tried(&mut self) -> Result<(), Error> {
        match &mut self.patience {
            Some(0) => Err(Error::Failed),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Block for Device {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        let sectors = (self.bytes.len() / self.size) as u64;
        let sector_size = self.size as u32;
        Ok(Geometry { sectors, sector_size, read_only: false, discard: true })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        self.geometry()?.sectors_of(first, into.len()).expect("inside the device");
        self.tried()?;
        self.log.push(Done::Read(first, into.len() / self.size));
        let from = first as usize * self.size;
        into.copy_from_slice(&self.bytes[from..from + into.len()]);
        Ok(())
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        self.geometry()?.sectors_of(first, data.len()).expect("inside the device");
        self.tried()?;
        self.log.push(Done::Write(first, data.len() / self.size));
        let to = first as usize * self.size;
        self.bytes[to..to + data.len()].copy_from_slice(data);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.tried()?;
        self.log.push(Done::Flush);
        Ok(())
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        self.tried()?;
        let (from, to) = (first as usize * self.size, (first + sectors) as usize * self.size);
        self.bytes[from..to].fill(0);
        Ok(())
    }
}

#[derive(Clone, Debug)]
enum Asked {
    Read(u64, usize),
    Write(u64, usize, u8),
    Flush,
    Discard(u64, u64),
    /// The device fails from so many requests on.
    Fail(u32),
    Repair,
}

const SECTORS: usize = 301;

fn asked() -> impl Strategy<Value = Asked> {
    let place = 0..SECTORS as u64;
    let length = prop_oneof![5 => 1..4usize, 2 => 1..20usize, 1 => 20..100usize];
    prop_oneof![
        8 => (place.clone(), length.clone()).prop_map(|(first, n)| Asked::Read(first, n)),
        8 => (place.clone(), length, any::<u8>())
            .prop_map(|(first, n, seed)| Asked::Write(first, n, seed)),
        1 => Just(Asked::Flush),
        1 => (place, 1..9u64).prop_map(|(first, n)| Asked::Discard(first, n)),
        1 => (0..4u32).prop_map(Asked::Fail),
        2 => Just(Asked::Repair),
    ]
}

/// Some bytes that tell where and when they were written.
fn data(first: u64, bytes: usize, seed: u8) -> Vec<u8> {
    (0..bytes).map(|at| seed ^ (first as u8).wrapping_add((at / 512) as u8)).collect()
}

/// Does it all to a cache and to memory. A sector that a failed write may have reached has no
/// certain content until it is written again.
fn compare<const LINES: usize, const LINE: usize>(size: usize, all: &[Asked]) {
    let mut device = Device::new(size, SECTORS);
    let (mut model, mut certain) = (device.bytes.clone(), vec![true; SECTORS]);
    let mut memory = Memory::<LINES, LINE>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    let fits = |first: u64, sectors: usize| first as usize + sectors <= SECTORS;
    let mut failing = false;
    for one in all {
        match *one {
            Asked::Read(first, sectors) => {
                let mut into = vec![0xa5; sectors * size];
                match cache.read(first, &mut into) {
                    Ok(()) => {
                        for (sector, bytes) in (first as usize..).zip(into.chunks(size)) {
                            let right = bytes == &model[sector * size..][..size];
                            assert!(right || !certain[sector], "sector {sector} after {one:?}");
                        }
                    }
                    Err(Error::OutOfRange) => assert!(!fits(first, sectors)),
                    Err(error) => assert!(failing, "{error}"),
                }
            }
            Asked::Write(first, sectors, seed) => {
                let bytes = data(first, sectors * size, seed);
                let places = first as usize..first as usize + sectors;
                match cache.write(first, &bytes) {
                    Ok(()) => {
                        model[first as usize * size..][..bytes.len()].copy_from_slice(&bytes);
                        certain[places].fill(true);
                    }
                    Err(Error::OutOfRange) => assert!(!fits(first, sectors)),
                    Err(error) => {
                        assert!(failing, "{error}");
                        certain[places].fill(false);
                    }
                }
            }
            Asked::Flush => match cache.flush() {
                Ok(()) => assert_eq!(cache.waiting(), 0),
                Err(error) => assert!(failing, "{error}"),
            },
            Asked::Discard(first, sectors) => {
                if cache.discard(first, sectors).is_ok() {
                    certain[first as usize..(first + sectors) as usize].fill(false);
                }
            }
            Asked::Fail(after) => (failing, cache.device_mut().patience) = (true, Some(after)),
            Asked::Repair => (failing, cache.device_mut().patience) = (false, None),
        }
    }
    cache.device_mut().patience = None;
    cache.flush().expect("the device is repaired");
    assert!(device.log.last().is_none_or(|last| !matches!(last, Done::Write(..))), "flushed last");
    for (sector, bytes) in device.bytes.chunks(size).enumerate() {
        let right = bytes == &model[sector * size..][..size];
        assert!(right || !certain[sector], "sector {sector} of the device");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn it_answers_as_memory_does(all in prop::collection::vec(asked(), 1..150)) {
        compare::<3, 4096>(512, &all);
        compare::<2, 32768>(512, &all);
        compare::<5, 8192>(1024, &all);
        compare::<4, 4096>(4096, &all);
        compare::<1, 16384>(4096, &all);
    }
}

#[test]
fn a_flush_writes_in_the_order_of_the_device_and_then_flushes_it() {
    let mut device = Device::new(512, SECTORS);
    let mut memory = Memory::<8, 4096>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    for first in [80, 8, 81, 200, 16] {
        cache.write(first, &[1; 512]).unwrap();
    }
    cache.flush().unwrap();
    cache.flush().unwrap();
    let wanted = [(8, 1), (16, 1), (80, 2), (200, 1)].map(|(first, n)| Done::Write(first, n));
    assert_eq!(device.log, [&wanted[..], &[Done::Flush]].concat());
}

#[test]
fn lines_that_lie_behind_each_other_are_written_together() {
    let mut device = Device::new(512, SECTORS);
    let mut memory = Memory::<4, 4096>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    for first in 12..52 {
        cache.write(first, &[first as u8; 512]).unwrap();
    }
    // The first four lines made room for the fifth and sixth.
    assert_eq!(cache.device_mut().log, [Done::Write(12, 28)]);
    cache.flush().unwrap();
    assert_eq!(device.log[1..], [Done::Write(40, 12), Done::Flush]);
    for sector in 12..52 {
        assert_eq!(device.bytes[sector * 512..][..512], [sector as u8; 512]);
    }
}

#[test]
fn who_writes_on_and_on_does_so_in_large_pieces_whatever_was_before() {
    let mut device = Device::new(512, SECTORS);
    let mut memory = Memory::<8, 4096>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    for line in [0, 1, 2, 3, 4, 5, 6, 7, 4, 1, 6, 3, 0, 7, 2, 5] {
        cache.read(160 + line * 8, &mut [0; 512]).unwrap();
    }
    for first in 0..160 {
        cache.write(first, &[first as u8; 512]).unwrap();
    }
    cache.flush().unwrap();
    let writes = device.log.iter().filter(|done| matches!(done, Done::Write(..))).count();
    assert!(writes <= 6, "{writes} for 20 lines: {:?}", device.log);
}

#[test]
fn what_is_written_again_and_again_is_written_once() {
    let mut device = Device::new(512, SECTORS);
    let mut memory = Memory::<2, 4096>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    for round in 0..100 {
        cache.write(3, &[round; 512]).unwrap();
    }
    cache.flush().unwrap();
    assert_eq!(device.log, [Done::Write(3, 1), Done::Flush]);
    assert_eq!(device.bytes[3 * 512], 99);
}

#[test]
fn who_reads_on_and_on_is_read_ahead_for() {
    let mut device = Device::new(512, SECTORS);
    let mut memory = Memory::<4, 16384>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    let mut sector = [0; 512];
    for first in 32..96 {
        cache.read(first, &mut sector).unwrap();
    }
    let statistics = cache.statistics();
    assert_eq!((statistics.hits, statistics.misses), (61, 3));
    assert_eq!(device.log, [Done::Read(32, 8), Done::Read(40, 24), Done::Read(64, 32)]);
}

#[test]
fn who_reads_here_and_there_is_not() {
    let mut device = Device::new(512, SECTORS);
    let mut memory = Memory::<4, 16384>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    let mut sector = [0; 512];
    for first in [5, 200, 70, 300] {
        cache.read(first, &mut sector).unwrap();
    }
    let units = [(0, 8), (200, 8), (64, 8), (296, 5)].map(|(first, n)| Done::Read(first, n));
    assert_eq!(device.log, units);
}

#[test]
fn what_was_used_longest_ago_makes_room() {
    let mut device = Device::new(512, SECTORS);
    let mut memory = Memory::<3, 4096>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    let mut sector = [0; 512];
    for first in [0, 8, 16, 0, 24, 0, 16, 8] {
        cache.read(first, &mut sector).unwrap();
    }
    let read = [0, 8, 16, 24, 8].map(|first| Done::Read(first, 8));
    assert_eq!(device.log, read);
}

#[test]
fn large_transfers_leave_the_lines_alone() {
    let mut device = Device::new(512, SECTORS);
    let mut memory = Memory::<2, 4096>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    cache.write(9, &[7; 512]).unwrap();
    let mut large = [0; 16 * 512];
    cache.read(0, &mut large).unwrap();
    assert_eq!((large[9 * 512], large[8 * 512]), (7, 8 * 7));
    assert_eq!(cache.statistics().past, 1);
    cache.write(0, &[1; 16 * 512]).unwrap();
    assert_eq!(cache.waiting(), 0);
    assert_eq!(device.log, [Done::Read(0, 16), Done::Write(0, 16)]);
}

#[test]
fn afresh_it_holds_only_what_waits() {
    let mut device = Device::new(512, SECTORS);
    let mut memory = Memory::<2, 4096>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    let mut sectors = [0; 1024];
    cache.read(0, &mut sectors).unwrap();
    cache.write(0, &[1; 512]).unwrap();
    cache.device_mut().bytes[..1024].fill(2);
    cache.read(0, &mut sectors).unwrap();
    assert_eq!((sectors[0], sectors[512]), (1, 7));
    cache.refresh();
    cache.read(0, &mut sectors).unwrap();
    assert_eq!((sectors[0], sectors[512]), (1, 2));
}

#[test]
fn what_the_device_does_not_take_waits_on() {
    let mut device = Device::new(512, SECTORS);
    let mut memory = Memory::<2, 4096>::new();
    let mut cache = Cache::new(&mut memory, &mut device);
    let mut sector = [0; 512];
    cache.write(0, &[1; 512]).unwrap();
    cache.read(8, &mut sector).unwrap();
    cache.device_mut().patience = Some(0);
    assert_eq!(cache.flush(), Err(Error::Failed));
    // Room is made at the cost of the line that the device has.
    assert_eq!(cache.read(16, &mut sector), Err(Error::Failed));
    cache.write(24, &[2; 512]).unwrap();
    assert_eq!(cache.write(32, &[3; 512]), Err(Error::Failed));
    cache.device_mut().patience = None;
    cache.flush().unwrap();
    assert_eq!((device.bytes[0], device.bytes[24 * 512]), (1, 2));
}
