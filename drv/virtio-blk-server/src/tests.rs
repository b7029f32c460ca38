//! The engine between clients and a device that the test plays.

extern crate std;

mod shared;
mod trouble;

use crate::{Client, Engine, Event, Gone, Kind, Piece, Request};
use blk_api::{BlkError, SECTOR};
use core::cell::{Cell, RefCell};
use drv_dma::fake::{Device, FakeTransport, Memory};
use drv_dma::{SharedMemory, VERSION_1};
use drv_virtio_blk::Disk;
use std::rc::Rc;
use std::vec;
use std::vec::Vec;
use virtio_drivers::transport::DeviceType;

const PATIENCE: u64 = 100;
const SECTORS: usize = 256;
/// Pages of clients' memory that the device reaches.
const SHARED: usize = 16;

std::thread_local! {
    static EVENTS: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
}

fn events() -> Vec<Event> {
    EVENTS.take()
}

/// A client's view of its call.
#[derive(Clone, Default)]
struct Caller {
    buffer: Rc<RefCell<Vec<u8>>>,
    gone: Rc<Cell<bool>>,
    answer: Rc<Cell<Option<Result<(), BlkError>>>>,
    /// Its memory that the device reaches, and who it is.
    piece: Option<Piece>,
    number: Option<u16>,
}

impl Caller {
    fn with(buffer: Vec<u8>) -> Self {
        Self { buffer: Rc::new(RefCell::new(buffer)), ..Self::default() }
    }
}

impl Client for Caller {
    fn fetch(&self, offset: usize, into: &mut [u8]) -> Result<(), Gone> {
        into.copy_from_slice(&self.buffer.borrow()[offset..offset + into.len()]);
        if self.gone.get() { Err(Gone) } else { Ok(()) }
    }

    fn deliver(&self, offset: usize, from: &[u8]) -> Result<(), Gone> {
        if self.gone.get() {
            return Err(Gone);
        }
        self.buffer.borrow_mut()[offset..offset + from.len()].copy_from_slice(from);
        Ok(())
    }

    fn piece(&self) -> Option<Piece> {
        self.piece
    }

    fn number(&self) -> Option<u16> {
        self.number
    }

    fn answer(self, result: Result<(), BlkError>) {
        assert!(self.answer.replace(Some(result)).is_none(), "a call has one answer");
    }
}

struct Bench {
    device: Device,
    image: Vec<u8>,
    engine: Engine<FakeTransport, Caller, 2, 8>,
    /// Clients' memory that the device reaches.
    shared: SharedMemory,
    // Last: everything above is in it.
    _memory: Memory,
}

const SEGMENTS: u64 = 1 << 2;
const READ_ONLY: u64 = 1 << 5;
const FLUSH: u64 = 1 << 9;
const DISCARD: u64 = 1 << 13;
const WRITE_ZEROES: u64 = 1 << 14;

fn bench(features: u64) -> Bench {
    bench_with(features, 8)
}

fn bench_with(features: u64, pages: usize) -> Bench {
    let mut memory = Memory::new(pages + SHARED);
    let shared = memory.share(SHARED);
    let mut config = vec![0; 60];
    config[12] = 4;
    config[..8].copy_from_slice(&(SECTORS as u64).to_le_bytes());
    config[36] = 8;
    config[48] = 8;
    let device = memory.device(DeviceType::Block, VERSION_1 | features, &config);
    let disk = Disk::start(device.transport(), memory.start_of_life()).expect("the disk starts");
    let log = |event| EVENTS.with_borrow_mut(|events| events.push(event));
    let engine = Engine::new(disk, PATIENCE, log);
    let image = (0..SECTORS * SECTOR).map(|i| (i / SECTOR * 7 + i) as u8).collect();
    events();
    Bench { device, image, engine, shared, _memory: memory }
}

/// What the device did: kind, first sector and how many.
type Deed = (u8, u64, usize);

impl Bench {
    fn ask(&mut self, kind: Kind, first: u64, caller: &Caller) -> Result<(), BlkError> {
        let bytes = caller.buffer.borrow().len();
        let moves = matches!(kind, Kind::Read | Kind::Write);
        let sectors = if moves { self.engine.sectors(bytes)? } else { (bytes / SECTOR) as u64 };
        self.engine.request(0, caller.clone(), Request { kind, first, sectors })
    }

    fn read(&mut self, first: u64, sectors: usize) -> Caller {
        self.does(Kind::Read, first, sectors)
    }

    /// A write writes its first sector's number.
    fn does(&mut self, kind: Kind, first: u64, sectors: usize) -> Caller {
        let caller = Caller::with(vec![first as u8; sectors * SECTOR]);
        assert_eq!(self.ask(kind, first, &caller), Ok(()));
        caller
    }

    /// The device does one request; `None` if there is none.
    fn work(&mut self, status: u8) -> Option<Deed> {
        let request = self.device.next_request()?;
        let header = self.device.read(request.parts[0].0, 16);
        let mut first = u64::from_le_bytes(header[8..].try_into().expect("8 bytes"));
        let (last, data) = request.parts[1..].split_last().expect("a status");
        let (mut written, mut sectors) = (1, 0);
        for &(address, length, writable) in data {
            if matches!(header[0], 11 | 13) {
                let range = self.device.read(address, 16);
                first = u64::from_le_bytes(range[..8].try_into().expect("8 bytes"));
                sectors = usize::from(range[8]);
                self.image[first as usize * SECTOR..][..sectors * SECTOR].fill(0);
                continue;
            }
            let medium = &mut self.image[(first as usize + sectors) * SECTOR..][..length];
            sectors += length / SECTOR;
            if writable {
                self.device.write(address, medium);
                written += length as u32;
            } else if status == 0 {
                medium.copy_from_slice(&self.device.read(address, length));
            }
        }
        self.device.write(last.0, &[status]);
        self.device.answer(request.head.into(), written);
        Some((header[0], first, sectors))
    }

    /// The device does all there is, with an interrupt after each.
    fn work_off(&mut self) -> Vec<Deed> {
        let mut deeds = vec![];
        while let Some(deed) = self.work(0) {
            deeds.push(deed);
            self.engine.interrupt(0);
        }
        deeds
    }

    fn image(&self, first: usize, sectors: usize) -> &[u8] {
        &self.image[first * SECTOR..(first + sectors) * SECTOR]
    }
}

/// Kinds of deeds.
const IN: u8 = 0;
const OUT: u8 = 1;
const FLUSHED: u8 = 4;

#[test]
fn a_read_larger_than_a_slot_takes_several_turns() {
    let mut bench = bench(0);
    let caller = bench.read(3, 128);
    assert_eq!(caller.answer.get(), None);
    bench.work_off();
    assert_eq!(caller.answer.get(), Some(Ok(())));
    assert!(caller.buffer.borrow()[..] == *bench.image(3, 128));
    assert!(bench.device.doorbells() > 1);
    assert_eq!(bench.engine.deadline(), None);
}

#[test]
fn a_write_larger_than_a_slot_reaches_its_sectors_only() {
    let mut bench = bench(0);
    let mut wanted = bench.image.clone();
    wanted[9 * SECTOR..109 * SECTOR].fill(0x5a);
    let caller = Caller::with(vec![0x5a; 100 * SECTOR]);
    assert_eq!(bench.ask(Kind::Write, 9, &caller), Ok(()));
    bench.work_off();
    assert_eq!(caller.answer.get(), Some(Ok(())));
    assert!(bench.image == wanted);
}

#[test]
fn requests_are_done_in_the_order_they_came() {
    let mut bench = bench(0);
    let callers: Vec<_> = (0..8).map(|i| bench.read(i * 10, 1)).collect();
    assert!(!bench.engine.has_room());
    assert_eq!(bench.ask(Kind::Read, 0, &callers[0]), Err(BlkError::Busy));
    for (done, caller) in callers.iter().enumerate() {
        assert!(callers[done..].iter().all(|caller| caller.answer.get().is_none()));
        assert!(bench.work(0).is_some());
        bench.engine.interrupt(0);
        assert_eq!(caller.answer.get(), Some(Ok(())));
        assert!(caller.buffer.borrow()[..] == *bench.image(done * 10, 1));
    }
    let statistics = bench.engine.statistics();
    assert_eq!((statistics.reads, statistics.requests, statistics.coalesced), (8, 8, 0));
    assert_eq!((statistics.most_in_flight, statistics.most_waiting), (2, 6));
}

#[test]
fn neighbours_that_wait_go_together() {
    let mut bench = bench(0);
    let first: Vec<_> = [100, 200].map(|first| bench.read(first, 1)).into();
    // 30 to 41, in no order; 50 follows nothing, and 42 is written.
    let places = [(32, 4), (36, 2), (50, 1), (30, 2), (38, 4)];
    let readers: Vec<_> = places.iter().map(|&(at, count)| bench.read(at, count)).collect();
    let writer = bench.does(Kind::Write, 42, 1);
    assert_eq!(
        bench.work_off(),
        [(IN, 100, 1), (IN, 200, 1), (IN, 30, 12), (IN, 50, 1), (OUT, 42, 1)]
    );
    for (reader, (at, count)) in readers.iter().zip(places) {
        assert_eq!(reader.answer.get(), Some(Ok(())), "{at}");
        assert!(reader.buffer.borrow()[..] == *bench.image(at as usize, count), "{at}");
    }
    assert!(first.iter().chain([&writer]).all(|caller| caller.answer.get() == Some(Ok(()))));
    assert_eq!(bench.image(42, 1), [42; SECTOR]);
    assert_eq!(bench.engine.statistics().coalesced, 3);
}

#[test]
fn neighbours_writes_go_together_and_each_to_its_place() {
    let mut bench = bench(0);
    bench.read(100, 1);
    bench.read(200, 1);
    let writers: Vec<_> = [13, 10, 11].map(|first| bench.does(Kind::Write, first, 1)).into();
    let gone = bench.does(Kind::Write, 12, 1);
    gone.gone.set(true);
    let before = bench.image(12, 1).to_vec();
    let deeds = bench.work_off();
    assert_eq!(deeds[2..], [(OUT, 13, 1), (OUT, 10, 2)]);
    assert!(writers.iter().all(|writer| writer.answer.get() == Some(Ok(()))));
    for sector in [10, 11, 13] {
        assert_eq!(bench.image(sector, 1), [sector as u8; SECTOR]);
    }
    assert!(bench.image(12, 1) == before, "a dead client's write is not begun");
    assert_eq!(events(), [Event::ClientGone]);
}

#[test]
fn what_finds_no_room_together_goes_alone() {
    // Two pages for rings, two for data: 16 sectors.
    let mut bench = bench_with(0, 4);
    bench.read(100, 1);
    bench.read(200, 1);
    let callers = [bench.read(10, 10), bench.read(20, 12)];
    assert_eq!(bench.work_off()[2..], [(IN, 10, 8), (IN, 20, 8), (IN, 18, 2), (IN, 28, 4)]);
    for (caller, (at, count)) in callers.iter().zip([(10, 10), (20, 12)]) {
        assert_eq!(caller.answer.get(), Some(Ok(())));
        assert!(caller.buffer.borrow()[..] == *bench.image(at, count));
    }
}

#[test]
fn a_flush_waits_for_older_writes_and_later_ones_for_it() {
    // Four pages for data: the write takes several turns.
    let mut bench = bench_with(FLUSH, 6);
    let reader = bench.read(7, 1);
    let older = bench.does(Kind::Write, 1, 100);
    let flush = bench.does(Kind::Flush, 0, 0);
    let again = bench.does(Kind::Flush, 0, 0);
    let later = bench.does(Kind::Write, 101, 1);
    let last = bench.does(Kind::Flush, 0, 0);
    let passing = bench.read(8, 1);
    let pending = |callers: &[&Caller]| callers.iter().all(|caller| caller.answer.get().is_none());
    while older.answer.get().is_none() {
        assert!(pending(&[&flush, &again, &later, &last]));
        assert!(matches!(bench.work(0), Some((OUT | IN, ..))));
        bench.engine.interrupt(0);
    }
    assert!(reader.answer.get().is_some());
    assert!(passing.answer.get().is_some(), "reads wait for nothing");
    // Two flushes are one.
    assert_eq!(bench.work(0), Some((FLUSHED, 0, 0)));
    assert!(bench.device.next_request().is_none() && pending(&[&flush, &again, &later, &last]));
    bench.engine.interrupt(0);
    assert_eq!((flush.answer.get(), again.answer.get()), (Some(Ok(())), Some(Ok(()))));
    assert!(pending(&[&later, &last]));
    assert_eq!(bench.work_off(), [(OUT, 101, 1), (FLUSHED, 0, 0)]);
    assert!(later.answer.get().is_some() && last.answer.get().is_some());
    assert_eq!(bench.engine.statistics().flushes, 3);
}

#[test]
fn a_flush_that_fails_fails_all_who_asked() {
    let mut bench = bench(FLUSH);
    let write = bench.does(Kind::Write, 1, 1);
    let flushes = [bench.does(Kind::Flush, 0, 0), bench.does(Kind::Flush, 0, 0)];
    assert!(bench.work(0).is_some());
    bench.engine.interrupt(0);
    assert_eq!((write.answer.get(), bench.work(1)), (Some(Ok(())), Some((FLUSHED, 0, 0))));
    bench.engine.interrupt(0);
    assert!(flushes.iter().all(|flush| flush.answer.get() == Some(Err(BlkError::DeviceError))));
    assert!(bench.work(0).is_none(), "it is not tried again");
}

#[test]
fn sectors_are_discarded_and_zeroed_in_pieces_the_device_takes() {
    let mut bench = bench(DISCARD | WRITE_ZEROES);
    let info = bench.engine.info();
    assert!(info.discard && info.write_zeroes);
    let callers = [bench.does(Kind::Discard, 10, 20), bench.does(Kind::WriteZeroes, 50, 8)];
    let deeds = [(11, 10, 8), (13, 50, 8), (11, 18, 8), (11, 26, 4)];
    assert_eq!(bench.work_off(), deeds);
    assert!(callers.iter().all(|caller| caller.answer.get() == Some(Ok(()))));
    assert_eq!(bench.engine.statistics().discards, 2);
    let none = Caller::default();
    assert_eq!(bench.ask(Kind::Discard, 0, &none), Err(BlkError::BadLength));
}

#[test]
fn what_cannot_be_is_refused_at_once() {
    let mut bench = bench(READ_ONLY);
    let (empty, odd) = (Caller::default(), Caller::with(vec![0; 700]));
    let one = Caller::with(vec![0; SECTOR]);
    assert_eq!(bench.ask(Kind::Read, 0, &empty), Err(BlkError::BadLength));
    assert_eq!(bench.ask(Kind::Read, 0, &odd), Err(BlkError::BadLength));
    assert_eq!(bench.ask(Kind::Read, SECTORS as u64, &one), Err(BlkError::OutOfRange));
    assert_eq!(bench.ask(Kind::Read, u64::MAX, &one), Err(BlkError::OutOfRange));
    for kind in [Kind::Write, Kind::Discard, Kind::WriteZeroes] {
        assert_eq!(bench.ask(kind, 0, &one), Err(BlkError::ReadOnly));
    }
    assert!(bench.work(0).is_none());
}

#[test]
fn a_flush_is_answered_by_the_device_if_it_has_a_cache() {
    for (features, asks) in [(0, false), (FLUSH, true)] {
        let mut bench = bench(features);
        assert_eq!(bench.engine.info().cached, asks);
        let caller = Caller::default();
        assert_eq!(bench.ask(Kind::Flush, 0, &caller), Ok(()));
        assert_eq!(caller.answer.get().is_none(), asks);
        bench.work_off();
        assert_eq!(caller.answer.get(), Some(Ok(())));
    }
}
