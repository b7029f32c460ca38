//! Counting checks, and telling the supervisor of them.

use abi::{NO_DEADLINE, TaskId};
use test_fuzz::{Checks, Oops, pattern, supervisor};
use userlib::sys;
use zerocopy::IntoBytes;

/// The supervisor hears of so many checks at once.
const BUNDLE: u32 = 64;

/// One canary's voice.
pub struct Reporter {
    supervisor: TaskId,
    checks: u32,
}

impl Reporter {
    /// Nothing checked yet.
    pub fn new(supervisor: TaskId) -> Self {
        Self { supervisor, checks: 0 }
    }

    /// These must be equal.
    pub fn check(&mut self, wrong: u64, found: u64, expected: u64) {
        self.checks += 1;
        if found != expected {
            let oops = Oops { wrong, found, expected };
            self.say(supervisor::OOPS, oops.as_bytes());
        }
    }

    /// This must be the pattern with this tag. Wrong: where, and what is there.
    pub fn check_pattern(&mut self, wrong: u64, tag: u32, bytes: &[u8]) {
        let first = pattern::first_wrong(tag, bytes).map_or(u64::MAX, |position| position as u64);
        self.check(wrong, first, u64::MAX);
    }

    /// Tells the supervisor, if there is enough to tell.
    pub fn tell_now_and_then(&mut self) {
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
