//! Data that the device moves from and to the clients' own memory.

use super::*;
use crate::pieces::Pieces;

const PAGE: u64 = 4096;
/// More than any test has in one request.
const BYTES: u32 = 8 * SECTOR as u32;

/// Who shares memory, and where in it the data is.
fn sharer(number: u16, piece: Piece) -> Caller {
    Caller { piece: Some(piece), number: Some(number), ..Caller::default() }
}

impl Bench {
    fn moves(&mut self, kind: Kind, first: u64, number: u16, offset: u64, sectors: u64) -> Caller {
        let length = (sectors as usize * SECTOR) as u32;
        let caller = sharer(number, self.shared.piece(offset, length).expect("it is there"));
        let request = Request { kind, first, sectors };
        assert_eq!(self.engine.request(0, caller.clone(), request), Ok(()));
        caller
    }

    fn settles(&mut self, number: u16) -> Caller {
        let caller = Caller { number: Some(number), ..Caller::default() };
        let request = Request::of_all(Kind::Settle);
        assert_eq!(self.engine.request(0, caller.clone(), request), Ok(()));
        caller
    }

    /// What is in the shared memory.
    fn memory(&self, offset: u64, sectors: usize) -> Vec<u8> {
        let piece = self.shared.piece(offset, BYTES).expect("it is there");
        self.device.read(piece.address(), sectors * SECTOR)
    }

    fn fill(&self, offset: u64, sectors: usize, byte: u8) {
        let piece = self.shared.piece(offset, BYTES).expect("it is there");
        self.device.write(piece.address(), &vec![byte; sectors * SECTOR]);
    }

    /// Pieces of data in each request that the device has not begun, without doing it.
    fn shown(&self) -> Vec<usize> {
        let requests = std::iter::from_fn(|| self.device.next_request());
        requests.map(|request| request.parts.len() - 2).collect()
    }
}

#[test]
fn data_goes_to_its_place_and_nowhere_else() {
    let mut bench = bench(0);
    bench.fill(0, 8, 0xee);
    let read = bench.moves(Kind::Read, 7, 1, 512, 3);
    assert_eq!(bench.work_off(), [(IN, 7, 3)]);
    assert_eq!(read.answer.get(), Some(Ok(())));
    assert!(bench.memory(512, 3) == bench.image(7, 3));
    assert!(bench.memory(0, 1) == [0xee; SECTOR] && bench.memory(2048, 4) == [0xee; 4 * SECTOR]);
    bench.fill(PAGE, 2, 0x77);
    let write = bench.moves(Kind::Write, 20, 1, PAGE, 2);
    bench.work_off();
    assert_eq!(write.answer.get(), Some(Ok(())));
    assert!(bench.image(20, 2) == [0x77; 2 * SECTOR] && bench.image(22, 1) != [0x77; SECTOR]);
}

#[test]
fn neighbours_go_together_from_wherever_they_are() {
    let mut bench = bench(SEGMENTS);
    bench.read(100, 1);
    bench.read(200, 1);
    let places = [(12, 3 * PAGE), (10, PAGE), (11, 2 * PAGE + 512), (13, 3 * PAGE + 512)];
    let callers = places.map(|(first, offset)| bench.moves(Kind::Read, first, 1, offset, 1));
    // Neighbours on the disk, and not among them: its data comes by another way.
    let lent = bench.read(14, 1);
    assert_eq!(bench.work_off(), [(IN, 100, 1), (IN, 200, 1), (IN, 10, 4), (IN, 14, 1)]);
    for ((first, offset), caller) in places.into_iter().zip(&callers) {
        assert_eq!(caller.answer.get(), Some(Ok(())));
        assert!(bench.memory(offset, 1) == bench.image(first as usize, 1), "sector {first}");
    }
    assert_eq!(lent.answer.get(), Some(Ok(())));
    assert_eq!(bench.engine.statistics().coalesced, 3);
}

#[test]
fn a_device_gets_no_more_pieces_than_it_takes() {
    for (features, pieces) in [(SEGMENTS, vec![1, 1, 4]), (0, vec![1, 1, 1])] {
        let mut bench = bench(features);
        bench.read(100, 1);
        bench.read(200, 1);
        let callers: Vec<_> =
            (0..6).map(|at| bench.moves(Kind::Read, 10 + at, 1, (5 - at) * PAGE, 1)).collect();
        let mut shown = bench.shown();
        assert_eq!(shown.len(), 2);
        bench.device.ask_for_reset();
        bench.engine.interrupt(0);
        bench.work_off();
        assert!(callers.iter().all(|caller| caller.answer.get() == Some(Ok(()))));
        let again: Vec<_> =
            (0..6).map(|at| bench.moves(Kind::Read, 10 + at, 1, (5 - at) * PAGE, 1)).collect();
        shown.extend(bench.shown());
        assert!(shown.iter().all(|shown| pieces.contains(shown)), "{shown:?}");
        drop(again);
    }
}

#[test]
fn pieces_that_follow_each_other_in_memory_are_one() {
    let bench = bench(0);
    let mut pieces = Pieces::default();
    for offset in [0, 512, 1536, 1024, 1536] {
        pieces.push(bench.shared.piece(offset, 512).expect("it is there"));
    }
    let lengths: Vec<_> = pieces.as_slice().iter().map(|piece| piece.length()).collect();
    assert_eq!(lengths, [1024, 512, 1024]);
}

#[test]
fn who_settles_waits_for_what_its_earlier_life_asked_for_and_nobody_else() {
    let mut bench = bench(0);
    let old = bench.moves(Kind::Read, 5, 1, 0, 1);
    let other = bench.moves(Kind::Read, 6, 2, PAGE, 1);
    let settled = bench.settles(1);
    let stranger = bench.settles(3);
    assert_eq!((settled.answer.get(), stranger.answer.get()), (None, Some(Ok(()))));
    assert!(bench.work(0).is_some());
    bench.engine.interrupt(0);
    assert_eq!((old.answer.get(), settled.answer.get()), (Some(Ok(())), Some(Ok(()))));
    assert_eq!(other.answer.get(), None);
    // What is asked for later is not waited for.
    bench.moves(Kind::Read, 5, 1, 0, 1);
    assert_eq!(bench.settles(2).answer.get(), None);
}

#[test]
fn memory_in_the_hands_of_a_late_device_is_given_back_after_its_reset_only() {
    let mut bench = bench(0);
    let late = bench.moves(Kind::Read, 5, 1, 0, 1);
    let waiting = bench.settles(1);
    bench.device.set_stuck(true);
    bench.engine.tick(PATIENCE);
    assert_eq!(late.answer.get(), Some(Err(BlkError::Held)));
    assert_eq!(waiting.answer.get(), Some(Err(BlkError::Held)));
    assert_eq!(bench.settles(1).answer.get(), Some(Err(BlkError::Held)));
    bench.device.set_stuck(false);
    assert_eq!(bench.settles(1).answer.get(), Some(Ok(())));
    assert_eq!(events().last(), Some(&Event::Restarted));
}

#[test]
fn who_was_late_hears_so_when_the_device_is_reset() {
    let mut bench = bench(0);
    let late = bench.moves(Kind::Read, 5, 1, 0, 1);
    bench.engine.tick(PATIENCE);
    assert_eq!(late.answer.get(), Some(Err(BlkError::TimedOut)));
    assert_eq!(events(), [Event::Stalled, Event::Restarted]);
    assert!(bench.device.next_request().is_none());
}

#[test]
fn after_a_reset_it_is_done_again_and_then_settled() {
    let mut bench = bench(0);
    bench.fill(0, 1, 0x31);
    let write = bench.moves(Kind::Write, 5, 1, 0, 1);
    let settled = bench.settles(1);
    bench.device.ask_for_reset();
    bench.engine.interrupt(0);
    assert_eq!((write.answer.get(), settled.answer.get()), (None, None));
    assert_eq!(bench.work_off(), [(OUT, 5, 1)]);
    assert_eq!((write.answer.get(), settled.answer.get()), (Some(Ok(())), Some(Ok(()))));
    assert!(bench.image(5, 1) == [0x31; SECTOR]);
}

#[test]
fn of_neighbours_that_fail_each_is_tried_alone() {
    let mut bench = bench(SEGMENTS);
    bench.read(100, 1);
    bench.read(200, 1);
    let callers = [10, 11].map(|at| bench.moves(Kind::Read, at, 1, (at - 10) * PAGE, 1));
    assert!(bench.work(0).is_some() && bench.work(0).is_some());
    bench.engine.interrupt(0);
    assert_eq!(bench.work(1), Some((IN, 10, 2)));
    bench.engine.interrupt(0);
    assert_eq!((bench.work(1), bench.work(0)), (Some((IN, 10, 1)), Some((IN, 11, 1))));
    bench.engine.interrupt(0);
    assert_eq!(callers[0].answer.get(), Some(Err(BlkError::DeviceError)));
    assert_eq!(callers[1].answer.get(), Some(Ok(())));
}
