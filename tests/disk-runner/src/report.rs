//! What happened, in lines.

use crate::{Runner, Scene};
use console_api::Text;
use core::fmt::Write;
use userlib::time;

/// What a worker said: the number of `test-disk-worker`.
pub struct Round {
    pub worker: u32,
    pub last: bool,
    wrong: u32,
    pub late: u32,
    failed: u32,
    other: u32,
}

impl From<u64> for Round {
    fn from(number: u64) -> Self {
        let part = |shift: u32, bits: u32| (number >> shift & ((1 << bits) - 1)) as u32;
        Self {
            worker: part(0, 8),
            last: part(8, 1) == 1,
            wrong: part(9, 7),
            late: part(16, 16),
            failed: part(32, 16),
            other: part(48, 16),
        }
    }
}

/// All workers together.
#[derive(Default)]
pub struct Totals {
    pub rounds: u32,
    pub ended: u32,
    pub wrong: u32,
    pub late: u32,
    pub failed: u32,
    pub other: u32,
    /// Lives of the task that shares memory, and those in which an earlier one's data arrived.
    pub lives: u32,
    pub haunted: u32,
}

impl Totals {
    pub const fn hear_of(&mut self, round: &Round) {
        self.lives += 1;
        self.haunted += round.wrong;
    }

    pub const fn add(&mut self, round: &Round) {
        self.ended += 1;
        self.wrong += round.wrong;
        self.late += round.late;
        self.failed += round.failed;
        self.other += round.other;
    }
}

/// One line. A console that is no more is noticed by whoever waits for the end.
pub fn line(out: &mut Text, line: &str) {
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

pub fn begin(out: &mut Text) {
    line(out, "suite: begin");
}

/// The outcome of a test.
pub fn test(out: &mut Text, name: &str, passed: bool) {
    let _ = writeln!(out, "test {name} ... {}", if passed { "ok" } else { "FAILED" });
    let _ = out.flush();
}

/// How the workers fared, and what the driver says of itself.
pub fn all(runner: &mut Runner) {
    let statistics = runner.disk.statistics();
    let Runner { scene, out, kills, wanted, recovery, totals, .. } = runner;
    let Totals { wrong, late, failed, other, rounds, lives, haunted, .. } = *totals;
    let _ = writeln!(out, "{rounds} rounds, {late} late, {failed} failed, {other} otherwise");
    test(out, "what was written and flushed is there", wrong == 0 && other == 0);
    let _ = writeln!(out, "{lives} lives of the task that shares memory, {haunted} haunted");
    test(
        out,
        "no read of a dead client arrives in its next life, and none outside of its region",
        lives > 0 && haunted == 0,
    );
    let [least, middle, most] = recovery.summary();
    match scene {
        Scene::Kill => {
            let _ = writeln!(
                out,
                "recovery of the killed driver, in us: {least} at least, {middle} in the middle, {most} at most"
            );
            test(
                out,
                "the driver was killed and nobody noticed",
                kills == wanted && late + failed == 0,
            );
        }
        Scene::Late => test(out, "who waited too long was told", late > 0 && failed == 0),
        Scene::Work | Scene::Bad => test(out, "no request failed", late + failed == 0),
        Scene::Vandal => test(out, "no request was late", late == 0),
    }
    if let Ok(cache) = runner.disk.cache_statistics() {
        let _ = writeln!(runner.out, "{cache:?}");
    }
    let Runner { scene, out, .. } = runner;
    let Ok(all) = statistics else { return test(out, "there are statistics", false) };
    let _ = writeln!(out, "{all:?}");
    match scene {
        Scene::Late | Scene::Vandal => test(out, "the device was started afresh", all.restarts > 0),
        Scene::Work | Scene::Bad => {
            test(out, "the device was not started afresh", all.restarts == 0);
            test(out, "several requests were under way", all.most_in_flight > 1);
            let asked = all.reads + all.writes + all.flushes + all.discards;
            let seen = all.requests + all.coalesced + all.flushes;
            test(out, "all requests are counted", seen >= asked);
        }
        Scene::Kill => {}
    }
    // Whoever counts on the host has the time to look.
    let later = time::after_ms(500);
    time::sleep_until(later, runner.timer.mask());
    line(&mut runner.out, "suite: end");
}
