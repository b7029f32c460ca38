//! How long interrupts were masked at most, in instructions; only in kernels built to measure it.
//!
//! Event counter 5 counts instructions retired at EL1 (Arm ARM D13.11). Every way out of the
//! kernel passes [`note`], so the difference of two readings is one way through the kernel: the
//! last instructions of one and the first of the other are the same in all.

use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};

/// Debuggers and the benchmark know them by these names.
pub static METER_WORST: AtomicU64 = AtomicU64::new(0);
/// ESR_EL1 at its end; an interrupt leaves the one before.
pub static METER_CAUSE: AtomicU64 = AtomicU64::new(0);
/// x8 of the task that ran after it.
pub static METER_CALL: AtomicU64 = AtomicU64::new(0);
static LAST: AtomicU64 = AtomicU64::new(0);

/// INST_RETIRED, not at EL0.
const EVENT: u64 = 0x08 | 1 << 30;
const COUNTER: u64 = 1 << 5;

/// Begins to count.
pub fn start() {
    // SAFETY: no one else uses this counter, and nothing relies on it.
    unsafe {
        asm!(
            "msr pmevtyper5_el0, {event}",
            "mrs {old}, pmcr_el0",
            "orr {old}, {old}, #1",
            "msr pmcr_el0, {old}",
            "msr pmcntenset_el0, {counter}",
            "isb",
            event = in(reg) EVENT,
            counter = in(reg) COUNTER,
            old = out(reg) _,
            options(nomem, nostack),
        );
    }
}

fn read() -> u32 {
    let now: u64;
    // SAFETY: reads a counter.
    unsafe { asm!("mrs {}, pmevcntr5_el0", out(reg) now, options(nomem, nostack)) }
    now as u32
}

/// A new path begins here.
pub fn restart() {
    LAST.store(read().into(), Ordering::Relaxed);
}

/// The kernel is about to be left; `cause` and `call` say what it had entered for.
pub fn note(cause: u64, call: u64) {
    let (now, last) = (read(), LAST.load(Ordering::Relaxed));
    let length = u64::from(now.wrapping_sub(last as u32));
    // The first way out is the boot's.
    if last != 0 && length > METER_WORST.load(Ordering::Relaxed) {
        METER_WORST.store(length, Ordering::Relaxed);
        METER_CAUSE.store(cause, Ordering::Relaxed);
        METER_CALL.store(call, Ordering::Relaxed);
    }
    LAST.store(now.into(), Ordering::Relaxed);
}
