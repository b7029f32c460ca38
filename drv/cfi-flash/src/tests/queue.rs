//! Several askers at once, while blocks are erased and not.

use super::{Bench, pattern};
use crate::fake::{BLOCK, Note, SIZE, Time, Wires};
use crate::query::both;
use crate::{Asker, Clock, Error, Gone, Kind, Queue, Request};
use std::cell::RefCell;
use std::rc::Rc;
use std::vec;
use std::vec::Vec;

/// What became of a request: its bytes, and its answers with their names.
#[derive(Default)]
struct Seen {
    read: Vec<u8>,
    answers: Vec<(u32, Result<(), Error>)>,
}

struct Who {
    name: u32,
    data: Vec<u8>,
    gone: bool,
    seen: Rc<RefCell<Seen>>,
}

impl Asker for Who {
    fn fetch(&self, at: usize, into: &mut [u8]) -> Result<(), Gone> {
        into.copy_from_slice(&self.data[at..at + into.len()]);
        if self.gone { Err(Gone) } else { Ok(()) }
    }

    fn deliver(&self, at: usize, from: &[u8]) -> Result<(), Gone> {
        let read = &mut self.seen.borrow_mut().read;
        read.resize(read.len().max(at + from.len()), 0);
        read[at..at + from.len()].copy_from_slice(from);
        if self.gone { Err(Gone) } else { Ok(()) }
    }

    fn answer(self, result: Result<(), Error>) {
        self.seen.borrow_mut().answers.push((self.name, result));
    }
}

type Line<'b> = Queue<Wires<'b>, Time, Note<'b>, Who, 4>;

/// A queue, what its askers see, and how to make them.
struct Test<'b> {
    queue: Line<'b>,
    seen: Rc<RefCell<Seen>>,
}

impl<'b> Test<'b> {
    fn new(bench: &'b Bench) -> Self {
        let mut chips = bench.start().unwrap();
        for block in 0..SIZE / BLOCK {
            chips.erase((block * BLOCK) as u64).unwrap();
        }
        chips.program(0, &pattern(3 * BLOCK)).unwrap();
        Self { queue: Queue::new(chips), seen: Rc::default() }
    }

    fn ask(&mut self, name: u32, kind: Kind, offset: usize) {
        let data = match kind {
            Kind::Program(bytes) => pattern(bytes),
            _ => Vec::new(),
        };
        let who = Who { name, data, gone: false, seen: self.seen.clone() };
        self.queue.request(who, Request { kind, offset: offset as u64 });
    }

    fn pass(&mut self, us: u64) {
        self.queue.chips.clock.pause_us(us);
        self.queue.look();
    }

    /// Until nothing goes on; says in which order they were answered.
    fn finish(&mut self) -> Vec<(u32, Result<(), Error>)> {
        for _ in 0..100_000 {
            if !self.queue.is_erasing() {
                break;
            }
            self.pass(1000);
        }
        assert!(!self.queue.is_erasing(), "it comes to an end");
        self.seen.take().answers
    }
}

#[test]
fn whoever_can_be_served_during_an_erase_is() {
    let bench = Bench::new(false);
    let mut test = Test::new(&bench);
    bench.chips.borrow_mut().slow = 100;
    test.ask(1, Kind::Erase, BLOCK);
    test.ask(2, Kind::Program(8), 4 * BLOCK);
    test.ask(3, Kind::Read(2 * BLOCK), 2 * BLOCK);
    assert!(test.seen.borrow().answers.is_empty());
    test.pass(6000);
    test.pass(6000);
    // Its two pieces took one suspension each.
    assert_eq!(test.seen.borrow().answers, [(3, Ok(()))]);
    assert!(test.seen.borrow().read[..BLOCK] == bench.bytes()[2 * BLOCK..3 * BLOCK]);
    test.ask(4, Kind::Read(4), BLOCK);
    test.ask(5, Kind::Read(4), SIZE);
    assert_eq!(
        test.finish(),
        [(3, Ok(())), (5, Err(Error::OutOfRange)), (1, Ok(())), (2, Ok(())), (4, Ok(()))]
    );
    let counts = test.queue.counts();
    assert_eq!((counts.reads, counts.programs, counts.erases), (2, 1, 1));
    assert_eq!((counts.errors, counts.delayed), (1, 3));
    assert_eq!((counts.bytes_read, counts.bytes_programmed), (2 * BLOCK as u64 + 4, 8));
    assert!(test.queue.has_room());
}

#[test]
fn erases_wait_for_each_other_in_turn() {
    let bench = Bench::new(false);
    bench.chips.borrow_mut().query[0x36] = both(0);
    let mut test = Test::new(&bench);
    bench.chips.borrow_mut().slow = 30;
    for name in 0..5 {
        test.ask(name, Kind::Erase, name as usize * BLOCK);
    }
    assert!(!test.queue.has_room());
    assert_eq!(test.finish(), [0, 1, 2, 3, 4].map(|name| (name, Ok(()))));
    assert!(bench.bytes().iter().all(|&byte| byte == 0xff));
}

#[test]
fn who_reads_all_the_time_does_not_keep_an_erase_from_its_end() {
    let bench = Bench::new(false);
    let mut test = Test::new(&bench);
    bench.chips.borrow_mut().slow = 500;
    test.ask(0, Kind::Erase, 0);
    let mut asked = 0;
    while test.queue.is_erasing() {
        if test.queue.has_room() {
            asked += 1;
            test.ask(asked, Kind::Read(BLOCK), BLOCK);
        }
        test.pass(1000);
        assert!(asked < 2000, "the erase gets somewhere");
    }
    assert!(asked > 10);
    let answers = test.finish();
    assert!(answers.contains(&(0, Ok(()))) && answers.len() == asked as usize + 1);
}

#[test]
fn what_fails_is_answered_and_those_who_are_gone_are_not() {
    let bench = Bench::new(false);
    let mut test = Test::new(&bench);
    bench.chips.borrow_mut().slow = 20;
    bench.chips.borrow_mut().trouble = 0x20;
    test.ask(1, Kind::Erase, 0);
    let gone = Who { name: 2, data: vec![0; 8], gone: true, seen: test.seen.clone() };
    test.queue.request(gone, Request { kind: Kind::Program(8), offset: 5 * BLOCK as u64 });
    test.ask(3, Kind::Program(8), 6 * BLOCK);
    test.ask(4, Kind::Program(6), 6 * BLOCK);
    test.ask(5, Kind::Program(0), 6 * BLOCK);
    assert_eq!(
        test.finish(),
        [
            (4, Err(Error::Unaligned)),
            (5, Err(Error::Unaligned)),
            (1, Err(Error::EraseFailed)),
            (3, Ok(()))
        ]
    );
    assert!(bench.bytes()[5 * BLOCK..][..8] == [0xff; 8]);
    assert_eq!(test.queue.counts().errors, 3);
}

#[test]
fn nothing_of_a_request_that_is_not_all_inside_is_done() {
    let bench = Bench::new(false);
    let mut test = Test::new(&bench);
    test.ask(1, Kind::Program(2 * BLOCK), SIZE - BLOCK);
    test.ask(2, Kind::Read(2 * BLOCK), SIZE - BLOCK);
    test.ask(3, Kind::Program(BLOCK + 2), SIZE - 2 * BLOCK);
    let refused = [Error::OutOfRange, Error::OutOfRange, Error::Unaligned];
    let expected: Vec<_> = (1..).zip(refused.map(Err)).collect();
    assert_eq!(test.finish(), expected);
    assert!(bench.bytes()[SIZE - 2 * BLOCK..].iter().all(|&byte| byte == 0xff));
}
