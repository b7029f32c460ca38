//! Task 0: restarts what dies, starts things in order, answers what became of whom.
//!
//! It calls nobody but the kernel, so no other task can keep it waiting. When it dies itself, the
//! kernel resets or stops the machine, as `app.toml` says.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod hands;
mod server;

use abi::MAX_TASKS;
use hands::Hands;
use static_cell::ConstStaticCell;
use task_supervisor::{Policy, Record};

userlib::resources! {
    /// What the supervisor has.
    struct Resources {
        fault: Notification,
        timer: Notification,
        task_table: Table,
        dumps: Region,
    }
}
userlib::task!(start);

static RECORDS: ConstStaticCell<[Record; MAX_TASKS]> =
    ConstStaticCell::new([Record::NEW; MAX_TASKS]);

fn start(resources: Resources) -> ! {
    let Resources { fault, timer, task_table, dumps } = resources;
    let (tasks, told) = task_table.tasks();
    let policy = Policy::new(tasks, RECORDS.take(), hands::now());
    let mut hands = Hands::new(policy, told, dumps, timer);
    // Someone may have died before the supervisor ran.
    hands.see_faults();
    hands.settle();
    supervisor_api::server::serve(fault | timer, server::Server(hands))
}
