//! Running an image in QEMU: start, converse, dump.
//!
//! [`Machine`] is one running guest: its console as a stream of bytes, and QEMU's own control
//! channel (QMP). [`converse`] drives it from a script, [`interactive`] from a terminal,
//! and [`listen`] gives its lines to a test runner.

#![forbid(unsafe_code)]

mod converse;
mod end;
mod epitaph;
mod interactive;
mod listen;
mod machine;
mod options;
mod qmp;
mod script;
mod signals;

pub use converse::{Script, converse};
pub use end::End;
pub use epitaph::describe;
pub use interactive::interactive;
pub use listen::listen;
pub use machine::{Event, Machine};
pub use options::Options;

/// The program.
pub const PROGRAM: &str = "qemu-system-aarch64";
