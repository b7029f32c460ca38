//! What the supervisor decides, without the hands that do it.
//!
//! [`Policy`] knows of every task what `app.toml` says and what has become of it, is told what
//! happens, and answers with what to do. [`DumpArea`] is the memory that keeps dead tasks' memory.
//! Both run on the host.

#![no_std]
#![forbid(unsafe_code)]

pub mod dumps;
pub mod policy;
mod record;
mod startup;

pub use dumps::DumpArea;
pub use policy::{Action, Policy};
pub use record::{Mode, Record};

/// A time or a span, in milliseconds of the machine's counter.
pub type Milliseconds = u64;
