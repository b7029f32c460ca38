//! Tests of the kernel's decisions, by subject. [`world`] is the language they are written in.

mod fault;
mod fp;
mod ipc;
mod irq;
mod kipc;
mod lease;
mod notify;
mod pace;
mod sched;
mod tables;
mod time;
mod trace;
mod walk;
mod words;
mod world;
