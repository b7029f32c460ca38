//! Floating-point and vector registers (Arm ARM B1.2.1, D23.2.30): kept for tasks that have them.
//! The kernel itself is compiled without.

use core::arch::asm;

/// Bytes kept for one task: V0 to V31, FPSR, FPCR.
pub const FP_STATE: usize = 32 * 16 + 2 * 8;

/// CPACR_EL1.FPEN: EL1 is free, EL0 is trapped.
const TRAPPED: u64 = 0b01 << 20;
/// CPACR_EL1.FPEN: both are free.
const OPEN: u64 = 0b11 << 20;

/// Lets EL0 use the registers, or traps it.
pub fn enable(enable: bool) {
    let access = if enable { OPEN } else { TRAPPED };
    // SAFETY: decides about traps only. Return to EL0 makes it take effect there; the barrier is
    // for this module's own accesses, which need EL1 to be free, as it always is.
    unsafe { asm!("msr cpacr_el1, {}", "isb", in(reg) access, options(nomem, nostack)) }
}

/// Saves the registers.
///
/// # Safety
///
/// `state` points at [`FP_STATE`] writable bytes, 16-byte aligned, that no Rust object holds.
pub unsafe fn save(state: u64) {
    // SAFETY: as the caller says.
    unsafe {
        asm!(
            ".arch_extension fp",
            ".arch_extension simd",
            "stp    q0, q1, [{at}, #32 * 0]",
            "stp    q2, q3, [{at}, #32 * 1]",
            "stp    q4, q5, [{at}, #32 * 2]",
            "stp    q6, q7, [{at}, #32 * 3]",
            "stp    q8, q9, [{at}, #32 * 4]",
            "stp    q10, q11, [{at}, #32 * 5]",
            "stp    q12, q13, [{at}, #32 * 6]",
            "stp    q14, q15, [{at}, #32 * 7]",
            "stp    q16, q17, [{at}, #32 * 8]",
            "stp    q18, q19, [{at}, #32 * 9]",
            "stp    q20, q21, [{at}, #32 * 10]",
            "stp    q22, q23, [{at}, #32 * 11]",
            "stp    q24, q25, [{at}, #32 * 12]",
            "stp    q26, q27, [{at}, #32 * 13]",
            "stp    q28, q29, [{at}, #32 * 14]",
            "stp    q30, q31, [{at}, #32 * 15]",
            "mrs    {a}, fpsr",
            "mrs    {b}, fpcr",
            "add    {at}, {at}, #512",
            "stp    {a}, {b}, [{at}]",
            ".arch_extension nosimd",
            ".arch_extension nofp",
            at = inout(reg) state => _,
            a = out(reg) _,
            b = out(reg) _,
            options(nostack, preserves_flags),
        );
    }
}

/// Loads the registers.
///
/// # Safety
///
/// `state` points at [`FP_STATE`] readable bytes, 16-byte aligned.
pub unsafe fn load(state: u64) {
    // SAFETY: as the caller says. The kernel's own code uses none of these registers.
    unsafe {
        asm!(
            ".arch_extension fp",
            ".arch_extension simd",
            "ldp    q0, q1, [{at}, #32 * 0]",
            "ldp    q2, q3, [{at}, #32 * 1]",
            "ldp    q4, q5, [{at}, #32 * 2]",
            "ldp    q6, q7, [{at}, #32 * 3]",
            "ldp    q8, q9, [{at}, #32 * 4]",
            "ldp    q10, q11, [{at}, #32 * 5]",
            "ldp    q12, q13, [{at}, #32 * 6]",
            "ldp    q14, q15, [{at}, #32 * 7]",
            "ldp    q16, q17, [{at}, #32 * 8]",
            "ldp    q18, q19, [{at}, #32 * 9]",
            "ldp    q20, q21, [{at}, #32 * 10]",
            "ldp    q22, q23, [{at}, #32 * 11]",
            "ldp    q24, q25, [{at}, #32 * 12]",
            "ldp    q26, q27, [{at}, #32 * 13]",
            "ldp    q28, q29, [{at}, #32 * 14]",
            "ldp    q30, q31, [{at}, #32 * 15]",
            "add    {at}, {at}, #512",
            "ldp    {a}, {b}, [{at}]",
            "msr    fpsr, {a}",
            "msr    fpcr, {b}",
            ".arch_extension nosimd",
            ".arch_extension nofp",
            at = inout(reg) state => _,
            a = out(reg) _,
            b = out(reg) _,
            options(nostack, preserves_flags, readonly),
        );
    }
}

/// Makes what is kept zero.
///
/// # Safety
///
/// As for [`save`].
pub unsafe fn clear(state: u64) {
    // SAFETY: as the caller says.
    unsafe { core::ptr::write_bytes(state as *mut u8, 0, FP_STATE) }
}
