//! Intel's commands (JEP137, command set 1), for one chip, and what two say when they are done.

use crate::Error;
use crate::error::READY;
use crate::query::both;

pub const READ_ARRAY: u16 = 0xff;
pub const QUERY: u16 = 0x98;
pub const READ_STATUS: u16 = 0x70;
pub const CLEAR_STATUS: u16 = 0x50;
pub const ERASE: u16 = 0x20;
pub const SUSPEND: u16 = 0xb0;
pub const BUFFER: u16 = 0xe8;
/// Begins what was asked for, and goes on with what is suspended.
pub const CONFIRM: u16 = 0xd0;

/// Between looks at a chip that erases, and at one that programs, in microseconds.
pub const ERASE_LOOK_US: u64 = 1000;
pub const PROGRAM_LOOK_US: u64 = 10;

/// How it went, as both chips say; `None` as long as one is at work.
pub fn outcome(status: u32) -> Option<Result<(), Error>> {
    let chips = [status as u16, (status >> 16) as u16];
    let ready = status & both(READY) == both(READY);
    ready.then(|| chips.into_iter().find_map(Error::of_status).map_or(Ok(()), Err))
}
