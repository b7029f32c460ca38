//! Kills drivers, cache, file systems and their clients at random, and says how it went.
//!
//! It is more important than all of them, so that they die at work, too. What is killed next and when,
//! a seed says; how long it takes until something succeeds that needs the killed task, is measured.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod victim;

use abi::kipc::state;
use console_api::Text;
use core::convert::Infallible;
use core::fmt::Write;
use pong_api::server::{self, Refuse};
use static_cell::ConstStaticCell;
use test_kill_runner::{Orders, WORKERS, Word};
use test_times::Times;
use userlib::ipc::{Bits, Caller, InOrder};
use userlib::{kipc, sys, time};
use victim::{CLASSES, Class, Victim};

userlib::resources! {
    struct Resources {
        console: Slot,
        task_table: Table,
        timer: Notification,
    }
}
userlib::config! {
    /// How long it goes on.
    struct Config {
        /// What the choices come from.
        seed: u32,
        /// How often each of driver, cache, file systems and clients is killed.
        kills: u32 where 1..=1000,
        /// Whether FAT's server dies in a mess in the end.
        mess: bool,
    }
}
userlib::task!(start);

/// The most between two killings, in microseconds.
const PAUSE: u64 = 25_000;
/// The most if the one before is not waited for.
const SHORT_PAUSE: u64 = 4_000;
/// The most before the end of the mess.
const MESS: u64 = 200_000;
/// How long the cache has for what it was given, in milliseconds.
const SETTLES: u64 = 500;
/// So often it is looked whether somebody waits for the victim, and so long in between at most, in
/// microseconds.
const LOOKS: u32 = 50;
const LOOK_PAUSE: u64 = 300;
/// So much may go wrong before it ends.
const ENOUGH: u32 = 30;
/// A worker that says nothing for so long is stuck, in seconds.
const STUCK: u64 = 30;
const KILLS: usize = 1000;

#[derive(Clone, Copy, Default)]
struct Worker {
    /// When it last said something.
    heard: u64,
    began: bool,
    ended: bool,
}

/// What has to happen next.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    /// The workers begin.
    Begin,
    /// The timer ends the pause before this one's death; so often it was looked for who waits for it.
    Kill(Victim, u32),
    /// This one, killed then, is needed by somebody and serves.
    Recovery(Victim, u64),
    /// The workers stop.
    End,
    /// They did; one of them makes a mess, in the middle of which its server dies for good.
    Mess(u32),
    /// What the cache answered is brought to the disk.
    Settle,
}

struct Runner {
    out: Text,
    tasks: [usize; victim::TASKS],
    timer: Bits,
    mess: bool,
    random: u64,
    workers: [Worker; WORKERS],
    next: Next,
    /// How many of each class are to be killed yet.
    left: [u32; CLASSES],
    killed: u32,
    /// Of these, with a request in flight.
    in_flight: u32,
    /// By class; and last, of a sync without a death.
    times: &'static mut [Times<KILLS>; CLASSES + 1],
    wrong: u32,
    lost: u32,
    failed: u32,
    died: u32,
    locked: u32,
    operations: u32,
    slowest: u32,
}

static TIMES: ConstStaticCell<[Times<KILLS>; CLASSES + 1]> =
    ConstStaticCell::new([const { Times::new() }; CLASSES + 1]);

fn start(resources: Resources) -> ! {
    let mut out = Text::new(resources.console);
    let Config { seed, kills, mess } = Config::get();
    let _ = writeln!(out, "suite: begin");
    let _ = writeln!(out, "seed {seed}, each is killed {kills} times");
    let _ = out.flush();
    let timer = Bits::from(resources.timer);
    let runner = Runner {
        out,
        tasks: victim::tasks(resources.task_table),
        timer,
        mess,
        random: u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        workers: [Worker { heard: time::now(), ..Worker::default() }; WORKERS],
        next: Next::Begin,
        left: [kills; CLASSES],
        killed: 0,
        in_flight: 0,
        times: TIMES.take(),
        wrong: 0,
        lost: 0,
        failed: 0,
        died: 0,
        locked: 0,
        operations: 0,
        slowest: 0,
    };
    runner.watch();
    server::serve(timer, runner)
}

impl Runner {
    /// Marsaglia's xorshift.
    fn below(&mut self, end: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) % end.max(1)
    }

    fn wait(&mut self, most: u64) {
        let pause = self.below(most) * time::frequency() / 1_000_000;
        sys::set_timer(time::now() + pause, self.timer.mask());
    }

    /// Wakes up when the next worker could be stuck.
    fn watch(&self) {
        sys::set_timer(time::after_ms(1000), self.timer.mask());
    }

    /// Chooses who dies next, and when.
    fn choose(&mut self, most: u64) {
        let all: u32 = self.left.iter().sum();
        if all == 0 {
            self.next = Next::End;
            return self.watch();
        }
        let (mut place, mut class) = (self.below(all.into()) as u32, 0);
        while let Some(left) = self.left.get(class).filter(|left| place >= **left) {
            place -= left;
            class += 1;
        }
        let victim = Class::ALL[class.min(CLASSES - 1)].victim(self.below(64));
        self.next = Next::Kill(victim, 0);
        self.wait(most);
    }

    /// Whether somebody waits for it; a client, whether it waits for somebody.
    fn is_at_work(&self, victim: Victim) -> bool {
        let waits_for = |task: usize| {
            let status = kipc::read_status(task);
            let waits = matches!(status.state, state::IN_SEND | state::IN_REPLY);
            waits.then_some(status.peer as usize)
        };
        let it = self.tasks[victim.place()];
        if let Victim::Worker(_) = victim {
            return waits_for(it).is_some_and(|server| self.tasks.contains(&server));
        }
        self.tasks.iter().any(|&task| waits_for(task) == Some(it))
    }

    fn kill(&mut self, victim: Victim, looks: u32) {
        let at_work = self.is_at_work(victim);
        if !at_work && looks < LOOKS {
            self.next = Next::Kill(victim, looks + 1);
            return self.wait(LOOK_PAUSE);
        }
        self.in_flight += u32::from(at_work);
        self.left[victim.class() as usize] -= 1;
        self.killed += 1;
        let now = time::now();
        kipc::fault(self.tasks[victim.place()]);
        if self.below(4) == 0 {
            // The next dies while this one comes back, perhaps.
            return self.choose(SHORT_PAUSE);
        }
        self.next = Next::Recovery(victim, now);
        self.watch();
    }

    /// FAT's server dies for good while somebody waits for the cache, and the cache, so that its next
    /// life brings to the disk what it was given.
    fn end_mess(&mut self, looks: u32) {
        if !self.is_at_work(Victim::Cache) && looks < LOOKS {
            self.next = Next::Mess(looks + 1);
            return self.wait(LOOK_PAUSE);
        }
        kipc::stop(self.tasks[Victim::Fat.place()]);
        kipc::fault(self.tasks[Victim::Cache.place()]);
        self.next = Next::Settle;
        sys::set_timer(time::after_ms(SETTLES), self.timer.mask());
    }

    fn heard(&mut self, worker: usize, word: Word) {
        let now = time::now();
        if matches!(word, Word::Begins | Word::Done { .. } | Word::Ends) {
            self.workers[worker].heard = now;
        }
        match word {
            Word::Begins => {
                self.workers[worker].began = true;
                if self.next == Next::Begin && self.workers.iter().all(|worker| worker.began) {
                    self.choose(PAUSE);
                }
            }
            Word::Done { synced, micros } => self.done(worker, synced, micros, now),
            Word::Wrong { what, number } => {
                self.wrong += 1;
                let killed = self.killed;
                let _ = writeln!(
                    self.out,
                    "worker {worker}: {what:?} {number}, after {killed} killings"
                );
                let _ = self.out.flush();
                if self.wrong == ENOUGH {
                    self.report();
                }
            }
            Word::Lost => self.lost += 1,
            Word::Failed => self.failed += 1,
            Word::Died => self.died += 1,
            Word::Locked => self.locked += 1,
            Word::Ends => {
                self.workers[worker].ended = true;
                if self.workers.iter().all(|worker| worker.ended) {
                    if !self.mess {
                        return self.report();
                    }
                    self.next = Next::Mess(0);
                    self.wait(MESS);
                }
            }
        }
    }

    fn done(&mut self, worker: usize, synced: bool, micros: u32, now: u64) {
        self.operations += 1;
        self.slowest = self.slowest.max(micros);
        let took = u64::from(micros) * time::frequency() / 1_000_000;
        match self.next {
            Next::Recovery(victim, killed)
                if victim.is_needed(worker, synced) && now.saturating_sub(took) > killed =>
            {
                self.times[victim.class() as usize].add(now - killed);
                self.choose(PAUSE);
            }
            Next::Kill(..) if synced => self.times[CLASSES].add(took),
            _ => {}
        }
    }

    fn orders(&self) -> Orders {
        let stop = matches!(self.next, Next::End | Next::Mess(_) | Next::Settle);
        Orders { stop, mess: self.mess, kills: self.killed }
    }

    fn test(&mut self, name: &str, passed: bool) {
        let _ = writeln!(self.out, "test {name} ... {}", if passed { "ok" } else { "FAILED" });
    }

    fn report(&mut self) {
        let Self { operations, lost, failed, died, locked, slowest, .. } = *self;
        let slowest = slowest / 1000;
        let _ = writeln!(
            self.out,
            "{operations} operations, the longest {slowest} ms; {lost} were told of loss, {died} of \
             a death, {failed} of a failing disk, {locked} of a lock"
        );
        let Self { killed, in_flight, .. } = *self;
        let _ = writeln!(self.out, "{killed} killings, {in_flight} with a request in flight");
        let [_, middle, most] = self.times[CLASSES].summary();
        let _ =
            writeln!(self.out, "a sync without a death: {middle} us in the middle, {most} at most");
        for class in Class::ALL {
            let times = &self.times[class as usize];
            let ([_, middle, most], count) = (times.summary(), times.count());
            let _ = writeln!(
                self.out,
                "recovery of {class:?}: {middle} us in the middle, {most} at most ({count} measured)"
            );
        }
        self.test("what was synced is there", self.wrong == 0);
        self.test("nobody is told of a failing disk", failed == 0);
        let all = self.left == [0; CLASSES];
        let at_work = 2 * self.in_flight > self.killed;
        self.test("each was killed as often as wanted, at work", all && at_work);
        self.end();
    }

    fn end(&mut self) {
        let _ = writeln!(self.out, "suite: end");
        let _ = self.out.flush();
        // Nobody is waited for any more.
        self.workers = [Worker { ended: true, ..Worker::default() }; WORKERS];
        self.next = Next::End;
    }
}

impl server::Pong for Runner {
    type Order = InOrder;

    fn ping(&mut self, _: Caller, number: u64) -> Result<u64, Refuse<Infallible>> {
        if let Some((worker, word)) = Word::from_number(number).filter(|word| word.0 < WORKERS) {
            self.heard(worker, word);
        }
        Ok(self.orders().number())
    }

    fn answered(&mut self, _: Caller) -> Result<u64, Refuse<Infallible>> {
        Ok(self.operations.into())
    }

    fn notified(&mut self, _: Bits) {
        let limit = time::from_ms(STUCK * 1000);
        let now = time::now();
        let stuck = |worker: &Worker| !worker.ended && now - worker.heard > limit;
        if let Some(worker) = self.workers.iter().position(stuck) {
            let killed = self.killed;
            let _ = writeln!(self.out, "worker {worker} is stuck after {killed} killings");
            self.test("no client is stuck", false);
            return self.end();
        }
        match self.next {
            Next::Mess(looks) => self.end_mess(looks),
            Next::Settle => self.report(),
            Next::Kill(victim, looks) => self.kill(victim, looks),
            _ => self.watch(),
        }
    }
}
