//! The kernel's on-target test cases.
//!
//! The runner restarts this task for each case and says which one. A case fails by panicking, or
//! by faulting in any other way. What must be fatal is done by the assistant.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod assistant;
mod faults;
mod interrupts;
mod ipc;
mod leases;
mod notifications;
mod restarts;
mod rights;
mod timers;

use assistant::Assistant;
use test_protocol::runner;
use userlib::sys;

userlib::resources! {
    /// What a case has to work with.
    struct Resources {
        runner: Slot,
        assist: Slot,
        rtc: Device,
        timer: Notification,
        spare: Notification,
        rtc_irq: Notification,
    }
}
userlib::task!(start);

/// A case: its name and what it does.
type Case = (&'static str, fn(&Resources, &Assistant));

const GROUPS: [&[Case]; 8] = [
    ipc::CASES,
    leases::CASES,
    notifications::CASES,
    timers::CASES,
    interrupts::CASES,
    faults::CASES,
    restarts::CASES,
    rights::CASES,
];

fn start(resources: Resources) -> ! {
    let count: usize = GROUPS.iter().map(|group| group.len()).sum();
    let mut answer = [0; 4];
    tell(&resources, runner::NEXT, &(count as u32).to_le_bytes(), &mut answer);
    let number = u32::from_le_bytes(answer) as usize;
    let Some((name, case)) = GROUPS.iter().copied().flatten().nth(number) else {
        panic!("there is no case {number}");
    };
    tell(&resources, runner::BEGIN, name.as_bytes(), &mut []);
    case(&resources, &Assistant::new(resources.assist));
    tell(&resources, runner::DONE, &[], &mut []);
    panic!("the runner answered DONE");
}

/// Something for the runner, which always answers.
fn tell(resources: &Resources, operation: u16, message: &[u8], answer: &mut [u8]) {
    let runner = resources.runner.task_id();
    let reply = sys::send(runner, operation, message, answer, &[], abi::NO_DEADLINE);
    assert!(reply.is_ok(), "the runner does not answer: {reply:?}");
}
