//! Cache maintenance by address (Arm ARM D7.5.9).

use core::arch::asm;

/// Writes dirty lines of `length` bytes at `address` back to memory, so that they survive a reset.
pub fn clean(address: u64, length: u64) {
    let line = data_line();
    let mut at = address & !(line - 1);
    while at < address + length {
        // SAFETY: cleaning by address changes no value. The range is mapped: callers pass
        // kernel addresses from the image's own layout.
        unsafe { asm!("dc cvac, {}", in(reg) at, options(nostack, preserves_flags)) }
        at += line;
    }
    // SAFETY: a barrier.
    unsafe { asm!("dsb sy", options(nostack, preserves_flags)) }
}

/// Bytes in the smallest data cache line: CTR_EL0.DminLine.
fn data_line() -> u64 {
    let ctr: u64;
    // SAFETY: reads an identification register.
    unsafe { asm!("mrs {}, ctr_el0", out(reg) ctr, options(nomem, nostack, preserves_flags)) }
    4 << (ctr >> 16 & 0xf)
}
