//! The performance monitors (Arm ARM D13): for tasks of benchmark images only.

use core::arch::asm;

/// PMUSERENR_EL0: EN, SW, CR and ER, everything open to EL0.
const ALL: u64 = 0xf;

/// Opens the event counters to tasks or closes them; what they are at reset is not known.
pub fn open_to_tasks(open: bool) {
    let version: u64;
    // SAFETY: reads a system register.
    unsafe {
        asm!("mrs {}, id_aa64dfr0_el1", out(reg) version, options(nomem, nostack, preserves_flags));
    }
    // PMUVer: 0 is none at all, 15 one that is not the architecture's.
    if matches!(version >> 8 & 0xf, 0 | 0xf) {
        return;
    }
    let access = if open { ALL } else { 0 };
    // SAFETY: the register exists; it decides what EL0 may read and write of the monitors, which
    // nothing in the kernel relies on.
    unsafe { asm!("msr pmuserenr_el0, {}", in(reg) access, options(nomem, nostack)) }
}
