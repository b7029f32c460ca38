//! Tests of the kernel's decisions, by subject. [`world`] is the language they are written in.

mod fault;
mod ipc;
mod irq;
mod kipc;
mod lease;
mod notify;
mod sched;
mod tables;
mod time;
mod walk;
mod words;
mod world;
