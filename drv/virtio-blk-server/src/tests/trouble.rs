//! Devices that fail, stall and lie, and clients that die.

use super::*;

#[test]
fn a_bad_sector_fails_one_request() {
    let mut bench = bench(0);
    let (bad, good) = (bench.read(5, 1), bench.read(6, 1));
    assert!(bench.work(1).is_some() && bench.work(0).is_some());
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
    assert_eq!(stalled.answer.get(), Some(Err(BlkError::TimedOut)));
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
    assert!(bench.work(0).is_some());
    bench.engine.tick(PATIENCE);
    assert_eq!(caller.answer.get(), Some(Ok(())));
    assert_eq!(events(), []);
}

#[test]
fn what_was_not_late_itself_is_tried_again() {
    let mut bench = bench(0);
    let stalled = bench.read(5, 1);
    let caller = Caller::with(vec![0; SECTOR]);
    let request = Request { kind: Kind::Read, first: 6, sectors: 1 };
    assert_eq!(bench.engine.request(1, caller.clone(), request), Ok(()));
    bench.engine.tick(PATIENCE);
    assert_eq!(stalled.answer.get(), Some(Err(BlkError::TimedOut)));
    assert_eq!(events(), [Event::Stalled, Event::Restarted]);
    assert_eq!(bench.work_off(), [(IN, 6, 1)]);
    assert_eq!(caller.answer.get(), Some(Ok(())));
    assert_eq!(bench.engine.statistics().retried, 1);
}

#[test]
fn after_a_lie_everything_is_tried_again() {
    let mut bench = bench(0);
    let callers = [bench.read(5, 1), bench.read(16, 1), bench.read(27, 1)];
    bench.device.answer(13, 513);
    bench.engine.interrupt(0);
    assert_eq!(events(), [Event::Misbehaved, Event::Restarted]);
    assert_eq!(bench.work_off(), [(IN, 5, 1), (IN, 16, 1), (IN, 27, 1)]);
    for (caller, at) in callers.iter().zip([5, 16, 27]) {
        assert_eq!(caller.answer.get(), Some(Ok(())));
        assert!(caller.buffer.borrow()[..] == *bench.image(at, 1));
    }
}

#[test]
fn a_device_that_lies_again_and_again_is_not_asked_for_ever() {
    let mut bench = bench(0);
    let caller = bench.read(5, 1);
    for _ in 0..3 {
        assert_eq!(caller.answer.get(), None);
        bench.device.answer(13, 513);
        bench.engine.interrupt(0);
    }
    assert_eq!(caller.answer.get(), Some(Err(BlkError::DeviceError)));
    let next = bench.read(6, 1);
    bench.work_off();
    assert_eq!(next.answer.get(), Some(Ok(())));
}

#[test]
fn a_device_that_asks_for_a_reset_gets_it_and_its_work_again() {
    let mut bench = bench(0);
    let caller = bench.read(5, 1);
    bench.device.ask_for_reset();
    bench.engine.interrupt(0);
    assert_eq!(events(), [Event::AskedForReset, Event::Restarted]);
    bench.work_off();
    assert_eq!(caller.answer.get(), Some(Ok(())));
    // With nothing to do it is left alone until there is.
    bench.device.ask_for_reset();
    bench.engine.interrupt(0);
    assert_eq!(events(), [Event::AskedForReset]);
    bench.read(5, 1);
    assert_eq!(events(), [Event::Restarted]);
}

#[test]
fn writes_in_flight_are_written_again_before_the_flush() {
    let mut bench = bench(FLUSH);
    let write = bench.does(Kind::Write, 1, 1);
    let flush = bench.does(Kind::Flush, 0, 0);
    bench.device.ask_for_reset();
    bench.engine.interrupt(0);
    assert_eq!(bench.work_off(), [(OUT, 1, 1), (FLUSHED, 0, 0)]);
    assert_eq!((write.answer.get(), flush.answer.get()), (Some(Ok(())), Some(Ok(()))));
}

#[test]
fn of_neighbours_only_the_one_with_the_bad_sector_fails() {
    let mut bench = bench(0);
    bench.read(100, 1);
    bench.read(200, 1);
    let callers = [bench.read(10, 1), bench.read(11, 1)];
    assert!(bench.work(0).is_some() && bench.work(0).is_some());
    bench.engine.interrupt(0);
    assert_eq!(bench.work(1), Some((IN, 10, 2)));
    bench.engine.interrupt(0);
    assert_eq!((bench.work(1), bench.work(0)), (Some((IN, 10, 1)), Some((IN, 11, 1))));
    bench.engine.interrupt(0);
    assert_eq!(callers[0].answer.get(), Some(Err(BlkError::DeviceError)));
    assert_eq!(callers[1].answer.get(), Some(Ok(())));
    assert_eq!(events(), [Event::Failed { first: 10 }]);
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
    let waiting = bench.does(Kind::Write, 7, 1);
    let before = bench.image.clone();
    dead.iter().chain([&waiting]).for_each(|caller| caller.gone.set(true));
    bench.work_off();
    assert!(dead.iter().zip([5, 6]).all(|(caller, at)| caller.buffer.borrow()[..] == [at; SECTOR]));
    assert_eq!(events(), [Event::ClientGone; 3]);
    assert!(bench.image == before, "a dead client's write is not begun");
    let alive = bench.read(8, 1);
    bench.work_off();
    assert_eq!(alive.answer.get(), Some(Ok(())));
}
