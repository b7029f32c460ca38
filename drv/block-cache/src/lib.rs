//! A bounded write-back cache over a block device, itself a block device.
//!
//! A file system reads and writes the same few sectors of its tables and directories again and
//! again, one at a time, while file data comes in long runs. So short requests are answered from
//! lines of memory, and those as long as a line go past it. A line is filled where it is asked for,
//! and to its end when somebody reads on and on.
//!
//! What was written stays in its line until the line is needed for others, or until a flush. A
//! flush writes what waits in the order of the device, and returns when it is on the medium. Lines that
//! lie behind each other in memory as on the device, as they do when somebody writes on and on, are
//! written together. A write that the device refused waits on; the next flush tries it again.

#![no_std]
#![forbid(unsafe_code)]

mod back;
mod cache;
mod line;
mod room;

pub use cache::{Cache, Statistics};
pub use line::{Memory, Tags};
