//! Every decision of the kernel, without hardware.
//!
//! [`Kernel`] owns one record per task and answers three questions: what a system call does, what
//! an interrupt does, what a fault does; and after each, who runs next. It reaches hardware only
//! through [`Machine`], so all of it runs on a host, where the tests are.
//!
//! Every call first checks everything and then changes everything. Nothing here loops over more
//! than the constants of `abi` allow: tasks (256), leases (16), a task's own regions, interrupts
//! and rights.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod call;
#[cfg(test)]
mod fake;
mod fast;
mod fault;
#[cfg(test)]
mod invariants;
mod ipc;
mod irq;
mod kernel;
mod kipc;
mod lease;
pub mod machine;
mod notify;
mod pace;
pub mod region;
mod sched;
pub mod task;
#[cfg(test)]
mod tests;
mod time;
mod timer_queue;
mod trace;

pub use fault::Exception;
pub use kernel::{Image, Kernel};
pub use machine::{End, Frame, Machine};
pub use task::{Task, TaskIndex};
pub use timer_queue::{TIMERS_PER_TASK, TimerEntry};

/// Cannot be. In one place: a panic that knew its caller would be code at each of them.
#[cold]
#[inline(never)]
fn lost() -> ! {
    panic!("an index from another table")
}
