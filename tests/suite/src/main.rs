//! The kernel's on-target test cases.
//!
//! The runner restarts this task for each case and says which one. A case fails by panicking, or
//! by faulting in any other way. What must be fatal is done by the assistant.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod assistant;
mod budgets;
mod bystander;
mod calls;
mod deadlines;
mod deaths;
mod example;
mod faults;
mod floats;
mod given;
mod interrupts;
mod ipc;
mod kernel;
mod leases;
mod lending;
mod memory;
mod notifications;
mod peers;
mod preemption;
mod receiving;
mod replies;
mod restarts;
mod rights;
mod slices;
mod tables;
mod timers;
mod usage;

use assistant::Assistant;
use bystander::Bystander;
use core::cell::RefCell;
use interrupts::Alarm;
use tables::Regions;
use test_protocol::runner;
use userlib::{Notification, Region, Sender, Slot, Table, sys, time};

/// What a case has to work with.
struct Resources {
    runner: Slot,
    assist: Slot,
    driver: Slot,
    sleeper: Slot,
    example: Slot,
    worker: Slot,
    from_a: Sender,
    alarm: RefCell<Alarm>,
    timer: Notification,
    spare: Notification,
    rtc_irq: Notification,
    example_changed: Notification,
    watch: RefCell<Region>,
    region_table: Table,
}

/// Task indices, as in `tests/apps/kernel.toml`.
mod task {
    pub const RUNNER: usize = 0;
    pub const SUITE: usize = 1;
    pub const ASSIST: usize = 2;
    pub const LOW: usize = 3;
    pub const PEER_A: usize = 4;
    pub const PEER_B: usize = 5;
    pub const PEER_C: usize = 6;
    pub const DRIVER: usize = 7;
    pub const SLEEPER: usize = 8;
    pub const FLOAT_A: usize = 10;
    pub const FLOAT_B: usize = 11;
    pub const SPENDER: usize = 12;
    pub const WORKER: usize = 13;
    pub const BYSTANDER: usize = 14;
    pub const COUNT: usize = 16;
}

/// A case: its name and what it does.
type Case = (&'static str, fn(&Resources, &Assistant));

const GROUPS: &[&[Case]] = &[
    ipc::CASES,
    receiving::CASES,
    replies::CASES,
    deadlines::CASES,
    deaths::CASES,
    leases::CASES,
    lending::CASES,
    notifications::CASES,
    timers::CASES,
    interrupts::CASES,
    preemption::CASES,
    budgets::CASES,
    floats::CASES,
    faults::CASES,
    usage::CASES,
    slices::CASES,
    restarts::CASES,
    rights::CASES,
    kernel::CASES,
    memory::CASES,
    example::CASES,
];

fn run(resources: &Resources) -> ! {
    let count: usize = GROUPS.iter().map(|group| group.len()).sum();
    let mut answer = [0; 4];
    tell(resources, runner::NEXT, &(count as u32).to_le_bytes(), &mut answer);
    let number = u32::from_le_bytes(answer) as usize;
    let Some((name, case)) = GROUPS.iter().copied().flatten().nth(number) else {
        panic!("there is no case {number}");
    };
    tell(resources, runner::BEGIN, name.as_bytes(), &mut []);
    let bystander = Bystander::begin(resources);
    case(resources, &resources.assistant(resources.assist));
    bystander.end(resources);
    tell(resources, runner::DONE, &[], &mut []);
    panic!("the runner answered DONE");
}

/// Something for the runner, which always answers.
fn tell(resources: &Resources, operation: u16, message: &[u8], answer: &mut [u8]) {
    let runner = resources.runner.task_id();
    let reply = sys::send(runner, operation, message, answer, &[], abi::NO_DEADLINE);
    assert!(reply.is_ok(), "the runner does not answer: {reply:?}");
}

impl Resources {
    /// A task that serves what the assistant does.
    fn assistant(&self, slot: Slot) -> Assistant {
        Assistant::new(slot, self.regions())
    }

    fn regions(&self) -> Regions {
        Regions::of(self.region_table)
    }

    /// Lets everyone less important run until this is so.
    fn until(&self, mut done: impl FnMut() -> bool) {
        while !done() {
            self.rest();
        }
    }

    /// Lets everyone less important run for a moment.
    fn rest(&self) {
        time::sleep_until(time::after_ms(1), self.timer.bits());
    }
}
