//! Calls the hostile task, with deadlines and leases, and checks what that may touch.
//!
//! The hostile task may fault it, restart it, stop it, answer nonsense or never. It may change
//! what was lent to it for writing and the reply buffer, and nothing else.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use abi::{Generation, NO_DEADLINE, TaskId};
use test_fuzz::scene::{NEVER, POKE, TIMER};
use test_fuzz::{Chance, Checks, Oops, pattern, supervisor, wrong};
use userlib::sys::{self, Lease, Reply, SendError};
use userlib::{Slot, time};
use zerocopy::IntoBytes;

userlib::resources! {
    struct Resources {
        supervisor: Slot,
        hostile: Slot,
        timer: Notification,
        poke: Notification,
        never: Notification,
    }
}
userlib::task!(start);

/// The longest that a call may take, and the longest pause, in steps of the counter.
const PATIENCE: u64 = 12_000;
const PAUSE: u64 = 4_000;
/// The supervisor hears of so many checks at once.
const BUNDLE: u32 = 32;
const EDGE: usize = 32;

struct Caller {
    supervisor: TaskId,
    hostile: Slot,
    generation: Generation,
    chance: Chance,
    checks: u32,
}

fn start(resources: Resources) -> ! {
    let hostile = resources.hostile;
    let mut caller = Caller {
        supervisor: resources.supervisor.task_id(),
        hostile,
        generation: hostile.task_id().generation(),
        chance: Chance::new(0, 0),
        checks: 0,
    };
    assert_eq!((resources.timer.bits(), resources.never.bits()), (TIMER, NEVER));
    assert_eq!(resources.poke.bits(), POKE);
    loop {
        caller.call();
        caller.tell_now_and_then();
        caller.pause();
    }
}

impl Caller {
    fn call(&mut self) {
        let tag = self.chance.bits() as u32;
        let length = self.chance.below(257) as usize;
        let capacity = self.chance.below(257) as usize;
        let mut message = [0; abi::MAX_MESSAGE];
        pattern::fill(tag, &mut message);
        let mut lent = [0; 512];
        pattern::fill(!tag, &mut lent);
        let mut written = [0xee; 128 + 2 * EDGE];
        let mut reply = [0xee; abi::MAX_MESSAGE + EDGE];
        let id = self.hostile.task_id();
        let deadline = time::now() + self.chance.below(PATIENCE);
        let result = {
            let leases = [Lease::read(&lent), Lease::write(&mut written[EDGE..EDGE + 128])];
            let operation = self.chance.bits() as u16;
            let reply = &mut reply[..capacity];
            sys::send(id, operation, &message[..length], reply, &leases, deadline)
        };
        self.check_result(id, result, capacity, deadline);
        self.check_pattern(wrong::MESSAGE, tag, &message);
        self.check_pattern(wrong::LEASE, !tag, &lent);
        let spilt = changed(&written[..EDGE]) + changed(&written[EDGE + 128..]);
        self.check(wrong::LEASE, spilt, 0);
        self.check(wrong::REPLY, changed(&reply[capacity..]), 0);
    }

    fn check_result(
        &mut self,
        id: TaskId,
        result: Result<Reply, SendError>,
        capacity: usize,
        deadline: u64,
    ) {
        match result {
            Ok(reply) => self.check(wrong::RESULT, u64::from(reply.length > capacity), 0),
            Err(SendError::TimedOut) => {
                self.check(wrong::TIMER, deadline.saturating_sub(time::now()), 0);
            }
            // The supervisor stops nobody for good while this runs.
            Err(SendError::Gone) => self.check(wrong::RESULT, 2, 0),
            Err(SendError::Dead(generation)) => {
                self.check(wrong::GENERATION, u64::from(generation <= id.generation()), 0);
            }
        }
        let present = self.hostile.task_id().generation();
        self.check(wrong::GENERATION, u64::from(present < self.generation), 0);
        self.generation = present;
    }

    fn pause(&mut self) {
        let deadline = time::now() + self.chance.below(PAUSE);
        sys::set_timer(deadline, TIMER);
        let bits = sys::recv_notification(TIMER | POKE | NEVER);
        self.check(wrong::NOTIFICATION, bits.into(), TIMER.into());
        self.check(wrong::TIMER, deadline.saturating_sub(time::now()), 0);
    }

    fn check_pattern(&mut self, wrong: u64, tag: u32, bytes: &[u8]) {
        let first = pattern::first_wrong(tag, bytes).map_or(u64::MAX, |position| position as u64);
        self.check(wrong, first, u64::MAX);
    }

    fn check(&mut self, wrong: u64, found: u64, expected: u64) {
        self.checks += 1;
        if found != expected {
            let oops = Oops { wrong, found, expected };
            self.say(supervisor::OOPS, oops.as_bytes());
        }
    }

    fn tell_now_and_then(&mut self) {
        if self.checks >= BUNDLE {
            let checks = Checks { checks: core::mem::take(&mut self.checks), interrupts: 0 };
            self.say(supervisor::CHECKS, checks.as_bytes());
        }
    }

    fn say(&self, operation: u16, message: &[u8]) {
        let answer = sys::send(self.supervisor, operation, message, &mut [], &[], NO_DEADLINE);
        assert!(answer.is_ok(), "the supervisor does not answer: {answer:?}");
    }
}

/// How many of these bytes are no longer what they were filled with.
fn changed(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte != 0xee).count() as u64
}
