//! Running an image in QEMU: start, converse, dump.
//!
//! [`Machine`] is one running guest: its console as a stream of bytes, and QEMU's own control
//! channel (QMP). [`converse`] drives it from a script, [`interactive`] from a terminal.

#![forbid(unsafe_code)]

mod converse;
mod epitaph;
mod interactive;
mod machine;
mod qmp;
mod script;

pub use converse::{End, Script, converse};
pub use epitaph::describe;
pub use interactive::interactive;
pub use machine::{Event, Machine, Options};

/// The program.
pub const PROGRAM: &str = "qemu-system-aarch64";
