//! The engine between clients and a device that the test plays.

extern crate std;

use crate::{Client, Engine, Event, Gone, Kind};
use blk_api::{BlkError, SECTOR};
use core::cell::{Cell, RefCell};
use drv_dma::VERSION_1;
use drv_dma::fake::{Device, FakeTransport, Memory};
use drv_virtio_blk::Disk;
use std::rc::Rc;
use std::vec;
use std::vec::Vec;
use virtio_drivers::transport::DeviceType;

const PATIENCE: u64 = 100;
const SECTORS: usize = 256;

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

    fn answer(self, result: Result<(), BlkError>) {
        assert!(self.answer.replace(Some(result)).is_none(), "a call has one answer");
    }
}

struct Bench {
    device: Device,
    image: Vec<u8>,
    engine: Engine<FakeTransport, Caller, 2, 4>,
    // Last: everything above is in it.
    _memory: Memory,
}

fn bench(features: u64) -> Bench {
    let mut memory = Memory::new(8);
    let capacity = (SECTORS as u64).to_le_bytes();
    let device = memory.device(DeviceType::Block, VERSION_1 | features, &capacity);
    let disk = Disk::start(device.transport(), memory.start_of_life()).expect("the disk starts");
    let log = |event| EVENTS.with_borrow_mut(|events| events.push(event));
    let engine = Engine::new(disk, PATIENCE, log);
    let image = (0..SECTORS * SECTOR).map(|i| (i / SECTOR * 7 + i) as u8).collect();
    events();
    Bench { device, image, engine, _memory: memory }
}

impl Bench {
    fn ask(&mut self, kind: Kind, first: u64, caller: &Caller) -> Result<(), BlkError> {
        let bytes = caller.buffer.borrow().len();
        self.engine.request(0, caller.clone(), kind, first, bytes)
    }

    fn read(&mut self, first: u64, sectors: usize) -> Caller {
        let caller = Caller::with(vec![0; sectors * SECTOR]);
        assert_eq!(self.ask(Kind::Read, first, &caller), Ok(()));
        caller
    }

    /// The device does one request; false if there is none.
    fn work(&mut self, status: u8) -> bool {
        let Some(request) = self.device.next_request() else { return false };
        let header = self.device.read(request.parts[0].0, 16);
        let start = u64::from_le_bytes(header[8..].try_into().expect("8 bytes")) as usize * SECTOR;
        let (last, data) = request.parts[1..].split_last().expect("a status");
        let mut written = 1;
        for &(address, length, writable) in data {
            let medium = &mut self.image[start..start + length];
            if writable {
                self.device.write(address, medium);
                written += length as u32;
            } else {
                medium.copy_from_slice(&self.device.read(address, length));
            }
        }
        self.device.write(last.0, &[status]);
        self.device.answer(request.head.into(), written);
        true
    }

    /// The device does all there is, with an interrupt after each.
    fn work_off(&mut self) {
        while self.work(0) {
            self.engine.interrupt(0);
        }
    }

    fn image(&self, first: usize, sectors: usize) -> &[u8] {
        &self.image[first * SECTOR..(first + sectors) * SECTOR]
    }
}

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
    let callers: Vec<_> = (0..4).map(|i| bench.read(i * 10, 1)).collect();
    assert_eq!(bench.ask(Kind::Read, 0, &callers[0]), Err(BlkError::Busy));
    for (done, caller) in callers.iter().enumerate() {
        assert!(callers[done..].iter().all(|caller| caller.answer.get().is_none()));
        assert!(bench.work(0));
        bench.engine.interrupt(0);
        assert_eq!(caller.answer.get(), Some(Ok(())));
        assert!(caller.buffer.borrow()[..] == *bench.image(done * 10, 1));
    }
}

#[test]
fn what_cannot_be_is_refused_at_once() {
    const READ_ONLY: u64 = 1 << 5;
    let mut bench = bench(READ_ONLY);
    let (empty, odd) = (Caller::default(), Caller::with(vec![0; 700]));
    let one = Caller::with(vec![0; SECTOR]);
    assert_eq!(bench.ask(Kind::Read, 0, &empty), Err(BlkError::BadLength));
    assert_eq!(bench.ask(Kind::Read, 0, &odd), Err(BlkError::BadLength));
    assert_eq!(bench.ask(Kind::Read, SECTORS as u64, &one), Err(BlkError::OutOfRange));
    assert_eq!(bench.ask(Kind::Read, u64::MAX, &one), Err(BlkError::OutOfRange));
    assert_eq!(bench.ask(Kind::Write, 0, &one), Err(BlkError::ReadOnly));
    assert!(!bench.work(0));
}

#[test]
fn a_flush_is_answered_by_the_device_if_it_has_a_cache() {
    for (features, asks) in [(0, false), (1 << 9, true)] {
        let mut bench = bench(features);
        assert_eq!(bench.engine.info().cached, asks);
        let caller = Caller::default();
        assert_eq!(bench.ask(Kind::Flush, 0, &caller), Ok(()));
        assert_eq!(caller.answer.get().is_none(), asks);
        bench.work_off();
        assert_eq!(caller.answer.get(), Some(Ok(())));
    }
}

#[test]
fn a_bad_sector_fails_one_request() {
    let mut bench = bench(0);
    let (bad, good) = (bench.read(5, 1), bench.read(6, 1));
    assert!(bench.work(1) && bench.work(0));
    bench.engine.interrupt(0);
    assert_eq!(bad.answer.get(), Some(Err(BlkError::DeviceError)));
    assert_eq!(good.answer.get(), Some(Ok(())));
    assert_eq!(events(), [Event::Failed { first: 5 }]);
}

#[test]
fn a_device_that_stalls_is_started_afresh_for_the_next_request() {
    let mut bench = bench(0);
    let stalled = bench.read(5, 1);
    assert_eq!(bench.engine.deadline(), Some(PATIENCE));
    bench.engine.tick(PATIENCE - 1);
    assert_eq!(stalled.answer.get(), None);
    bench.engine.tick(PATIENCE);
    assert_eq!(stalled.answer.get(), Some(Err(BlkError::DeviceError)));
    assert_eq!((events(), bench.engine.deadline()), (vec![Event::Stalled], None));

    let next = bench.read(6, 1);
    assert_eq!(events(), [Event::Restarted]);
    bench.work_off();
    assert_eq!(next.answer.get(), Some(Ok(())));
    assert!(next.buffer.borrow()[..] == *bench.image(6, 1));
}

#[test]
fn an_answer_that_came_with_the_deadline_counts() {
    let mut bench = bench(0);
    let caller = bench.read(5, 1);
    assert!(bench.work(0));
    bench.engine.tick(PATIENCE);
    assert_eq!(caller.answer.get(), Some(Ok(())));
    assert_eq!(events(), []);
}

#[test]
fn lies_end_in_errors_and_a_fresh_start() {
    let mut bench = bench(0);
    let callers = [bench.read(5, 1), bench.read(6, 1), bench.read(7, 1)];
    bench.device.answer(13, 513);
    bench.engine.interrupt(0);
    let failed = Some(Err(BlkError::DeviceError));
    assert_eq!([0, 1].map(|i: usize| callers[i].answer.get()), [failed, failed]);
    assert_eq!(events(), [Event::Misbehaved, Event::Restarted]);
    // The third had not been sent yet; the device restarted for its sake.
    bench.work_off();
    assert_eq!(callers[2].answer.get(), Some(Ok(())));
}

#[test]
fn a_device_that_never_comes_back_gives_errors_and_no_more() {
    let mut bench = bench(0);
    bench.read(5, 1);
    bench.device.set_stuck(true);
    bench.engine.tick(PATIENCE);
    for _ in 0..3 {
        let caller = bench.read(6, 1);
        assert_eq!(caller.answer.get(), Some(Err(BlkError::DeviceError)));
        assert_eq!(bench.engine.deadline(), None);
    }
    bench.device.set_stuck(false);
    let caller = bench.read(6, 1);
    bench.work_off();
    assert_eq!(caller.answer.get(), Some(Ok(())));
}

#[test]
fn a_client_that_dies_frees_its_place_and_nothing_is_written_to_it() {
    let mut bench = bench(0);
    let dead = [bench.read(5, 1), bench.read(6, 1)];
    let waiting = Caller::with(vec![1; SECTOR]);
    assert_eq!(bench.ask(Kind::Write, 7, &waiting), Ok(()));
    let before = bench.image.clone();
    dead.iter().chain([&waiting]).for_each(|caller| caller.gone.set(true));
    bench.work_off();
    assert!(dead.iter().all(|caller| caller.buffer.borrow()[..] == [0; SECTOR]));
    assert_eq!(events(), [Event::ClientGone; 3]);
    assert!(bench.image == before, "a dead client's write is not begun");
    let alive = bench.read(8, 1);
    bench.work_off();
    assert_eq!(alive.answer.get(), Some(Ok(())));
}
