//! Logs of what was written to a disk, and the disks that power cuts could have left of it.
//!
//! A log is in the format of Linux' dm-log-writes, which QEMU's `blklogwrites` filter writes, too.
//! [`Log`] reads it; [`Recorder`] makes one of what a program on the host does to a
//! [`Block`](drv_block::Block). [`replay`] puts the writes upon a copy of the disk as it was before
//! ([`Image`]), and has each state that a power cut could have left judged by a [`Checker`].

#![forbid(unsafe_code)]

mod check;
mod fat;
mod format;
mod image;
mod littlefs;
mod log;
mod part;
mod recorder;
mod replay;
mod rng;
mod tree;
mod writer;

pub use check::{Checker, FORMATS, Format, Make, Verdict, format_of};
pub use fat::Fat;
pub use image::Image;
pub use littlefs::Littlefs;
pub use log::{Action, Entry, Log};
pub use part::part;
pub use recorder::Recorder;
pub use replay::{Cut, Finding, Plan, Tally, replay};
pub use tree::{Tree, tree};
pub use writer::Writer;
