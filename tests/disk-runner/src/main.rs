//! Drives three disks and the tasks that work on the first, and reports.
//!
//! What is done to the first disk and its driver, its serial says: `work`, `kill` (the driver is
//! killed again and again), `late` (the device is too slow for the driver's patience), `bad` (some
//! sectors are), `vandal` (somebody writes into the driver's rings). Eight workers write and read
//! meanwhile. They say after each round how it went, by `idl/pong.idl`.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod checks;
mod report;

use blk_api::client::Blk;
use console_api::Text;
use core::convert::Infallible;
use pong_api::server::{self, Refuse};
use report::{Round, Totals};
use test_times::Times;
use userlib::ipc::{Bits, Caller, InOrder};
use userlib::{Slot, kipc, sys, time};

userlib::resources! {
    struct Resources {
        console: Slot,
        first: Slot,
        second: Slot,
        third: Slot,
        timer: Notification,
    }
}
userlib::config! {
    /// How long it goes on.
    struct Config {
        /// How often the driver is killed.
        kills: u32 where 1..=1000,
    }
}
userlib::task!(start);

/// Workers on the first disk.
const WORKERS: u32 = 8;
/// The task that shares memory, and dies.
const SHARER: u32 = 8;
/// Lives of it that have to be.
const LIVES: u32 = 10;
/// The most that the driver is killed.
const KILLS: usize = 1000;
/// The most between two killings, in microseconds.
const PAUSE: u64 = 20_000;

/// What is done to the first disk.
#[derive(Clone, Copy, PartialEq)]
enum Scene {
    Work,
    Kill,
    Late,
    Bad,
    Vandal,
}

impl Scene {
    fn of(serial: &[u8]) -> Option<Self> {
        match serial {
            b"work" => Some(Self::Work),
            b"kill" => Some(Self::Kill),
            b"late" => Some(Self::Late),
            b"bad" => Some(Self::Bad),
            b"vandal" => Some(Self::Vandal),
            _ => None,
        }
    }

    /// Rounds of all workers together before they stop.
    const fn rounds(self) -> u32 {
        match self {
            Self::Bad | Self::Late => 20 * WORKERS,
            Self::Work | Self::Kill => 40 * WORKERS,
            Self::Vandal => 100 * WORKERS,
        }
    }
}

struct Runner {
    scene: Scene,
    out: Text,
    driver: Slot,
    disk: Blk,
    timer: Bits,
    random: u64,
    kills: u32,
    /// How many there are to be.
    wanted: u32,
    recovery: Times<KILLS>,
    somebody_was_late: bool,
    totals: Totals,
}

fn start(resources: Resources) -> ! {
    let mut out = Text::new(resources.console);
    let disk = Blk::new(resources.first);
    let serial = disk.serial().unwrap_or_default();
    let timer = Bits::from(resources.timer);
    let Some(scene) = Scene::of(&serial) else {
        report::line(&mut out, "suite: the first disk has no serial that is known");
        sleep()
    };
    report::begin(&mut out);
    checks::others(&mut out, &Blk::new(resources.second), &Blk::new(resources.third));
    match scene {
        Scene::Work => checks::plain(&mut out, &disk),
        Scene::Bad => checks::bad(&mut out, &disk),
        Scene::Kill | Scene::Late | Scene::Vandal => {}
    }
    let random = time::now() | 1;
    let (recovery, totals) = (Times::new(), Totals::default());
    let driver = resources.first;
    let mut runner = Runner {
        scene,
        out,
        driver,
        disk,
        timer,
        random,
        kills: 0,
        wanted: Config::get().kills,
        recovery,
        somebody_was_late: false,
        totals,
    };
    runner.arm();
    server::serve(timer, runner)
}

fn sleep() -> ! {
    loop {
        sys::recv_notification(0);
    }
}

impl Runner {
    fn arm(&mut self) {
        if self.scene == Scene::Kill && self.kills < self.wanted {
            // Marsaglia's xorshift.
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            let pause = self.random % (PAUSE * time::frequency() / 1_000_000);
            sys::set_timer(time::now() + pause, self.timer.mask());
        }
    }

    /// Kills the driver and waits until it answers again.
    fn kill(&mut self) {
        let start = time::now();
        kipc::fault(self.driver.index());
        let back = self.disk.info().is_ok();
        self.recovery.add(time::now() - start);
        self.kills += 1;
        if !back {
            self.totals.other += 1;
        }
    }

    fn goes_on(&self) -> bool {
        let done = match self.scene {
            Scene::Kill => self.kills >= self.wanted,
            Scene::Late => self.somebody_was_late,
            Scene::Work | Scene::Bad | Scene::Vandal => true,
        };
        self.totals.rounds < self.scene.rounds() || self.totals.lives < LIVES || !done
    }
}

impl server::Pong for Runner {
    type Order = InOrder;

    /// One less than the answer: 1 to go on, 0 to stop.
    fn ping(&mut self, _: Caller, number: u64) -> Result<u64, Refuse<Infallible>> {
        let round = Round::from(number);
        if round.worker == SHARER {
            self.totals.hear_of(&round);
            return Ok(1);
        }
        self.totals.rounds += 1;
        self.somebody_was_late |= round.late > 0;
        if !round.last {
            return Ok(1 + u64::from(self.goes_on()));
        }
        self.totals.add(&round);
        if self.totals.ended == WORKERS {
            report::all(self);
        }
        Ok(1)
    }

    fn answered(&mut self, _: Caller) -> Result<u64, Refuse<Infallible>> {
        Ok(self.totals.rounds.into())
    }

    fn notified(&mut self, _: Bits) {
        if self.kills < self.wanted {
            self.kill();
        }
        self.arm();
    }
}
