//! Calls to the server canary, every byte of which is known.

use crate::report::Reporter;
use abi::{NO_DEADLINE, TaskId};
use test_fuzz::{echo, pattern, wrong};
use userlib::sys::{self, Lease};

/// Beside what is lent; stays as it is.
const EDGE: usize = 16;
/// The most that is lent.
const LENT: usize = 600;

/// One canary's conversation.
pub struct Talk {
    echo: TaskId,
}

impl Talk {
    /// With this server.
    pub fn new(echo: TaskId) -> Self {
        Self { echo }
    }

    /// A message, and now and then leases.
    pub fn round(&self, round: u32, reporter: &mut Reporter) {
        let lengths = [0, 4, 8, 31, 32, 33, 64, 255, 256];
        let length = lengths[round as usize % lengths.len()];
        self.message(round, length, reporter);
        if round.is_multiple_of(4) {
            self.leases(round, 1 + round as usize * 37 % (LENT - 1), reporter);
        }
    }

    fn message(&self, tag: u32, length: usize, reporter: &mut Reporter) {
        let mut message = [0; abi::MAX_MESSAGE];
        let mut reply = [0; abi::MAX_MESSAGE];
        let message = &mut message[..length];
        pattern::fill(tag, message);
        let answer = sys::send(self.echo, echo::TURN, message, &mut reply, &[], NO_DEADLINE);
        match answer {
            Ok(answer) => {
                reporter.check(wrong::REPLY, answer.length as u64, length as u64);
                let turned = message.iter().map(|&byte| pattern::turned(byte));
                let differ = turned.zip(&reply).filter(|(sent, back)| sent != *back).count();
                reporter.check(wrong::REPLY, differ as u64, 0);
            }
            Err(_) => reporter.check(wrong::RESULT, 1, 0),
        }
    }

    fn leases(&self, tag: u32, length: usize, reporter: &mut Reporter) {
        let mut from = [0; LENT];
        let mut to = [0; LENT + 2 * EDGE];
        pattern::fill(tag, &mut from);
        let leases = [Lease::read(&from[..length]), Lease::write(&mut to[EDGE..EDGE + length])];
        let mut reply = [0; 4];
        let answer = sys::send(self.echo, echo::COPY, &[], &mut reply, &leases, NO_DEADLINE);
        reporter.check(wrong::RESULT, u64::from(answer.is_err()), 0);
        reporter.check(wrong::LEASE, u32::from_le_bytes(reply).into(), length as u64);
        reporter.check_pattern(wrong::LEASE, tag, &from);
        let (before, rest) = to.split_at(EDGE);
        let (middle, after) = rest.split_at(length);
        let turned = from.iter().map(|&byte| pattern::turned(byte));
        let differ = turned.zip(middle).filter(|(sent, back)| sent != *back).count();
        let spilt = before.iter().chain(after).filter(|&&byte| byte != 0).count();
        reporter.check(wrong::LEASE, (differ + spilt) as u64, 0);
    }
}
