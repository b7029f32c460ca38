//! How long the machine ran before the first task's first instruction.
//!
//! No event counter runs yet then, but under `-icount shift=0` the generic timer's counter, which
//! begins at zero with the machine, counts time of which every instruction takes one nanosecond.
//! What the supervisor itself has executed before it can read that counter is measured
//! afterwards: it starts once more, through the same instructions, with the event counters on.

use crate::{Board, Place, Stamp, counters};
use core::arch::asm;

/// On the board when the supervisor has started before.
const AGAIN: u64 = u64::from_le_bytes(*b"started!");
/// What QEMU's own boot code executes before it jumps to the kernel.
const LOADER: u32 = 6;
/// From the reading before the second start to `_start`: store, stack pointer, branch.
const LEAP: u32 = 3;

/// A start of the supervisor, as read by its first own instructions.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    time: u64,
    stamp: Stamp,
}

/// To be called first of all. At the first start the event counter says nothing.
#[inline(always)]
#[must_use]
pub fn read() -> Start {
    let time = userlib::time::now();
    Start { time, stamp: counters::after() }
}

/// The first time, starts the task again. The second time, says how many instructions the kernel
/// executed before the first task did. That is rounded up: the counter shows every sixteenth.
#[must_use]
pub fn instructions(board: &Board, start: Start) -> u32 {
    if board.get(Place::Boot) != AGAIN {
        board.put(Place::Boot, AGAIN);
        board.put(Place::BootTime, start.time);
        counters::program();
        start_again(board);
    }
    let before = board.stamp(Place::BootAgain);
    let own = start.stamp.since(before).total.wrapping_sub(LEAP);
    let step = 1_000_000_000 / userlib::time::frequency();
    let all = board.get(Place::BootTime).wrapping_add(1).wrapping_mul(step) as u32 - 1;
    all.wrapping_sub(own).wrapping_sub(LOADER)
}

fn start_again(board: &Board) -> ! {
    // SAFETY: `_start` makes a fresh stack and fresh variables of this task; nobody returns to
    // what was before.
    unsafe {
        asm!(
            "adrp x13, __stack_top",
            "add x13, x13, :lo12:__stack_top",
            "mrs x14, pmevcntr0_el0",
            "str w14, [{place}]",
            "mov sp, x13",
            "b _start",
            place = in(reg) board.address(Place::BootAgain),
            options(noreturn),
        )
    }
}
