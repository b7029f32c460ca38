//! Every register holds a pattern while the processor is taken away and given back.

use core::arch::global_asm;

// registers_spin(x0: turns, x1: a seed, x2: where to put what changed of TPIDR_EL0). While it
// turns, xN holds N times the seed, x0 counts, and TPIDR_EL0 and the stack hold the seed. Returns
// which bits of x1 to x30 differ afterwards.
global_asm!(
    r#"
    .section .text.registers_spin, "ax"
registers_spin:
    sub     sp, sp, #112
    stp     x1, x2, [sp]
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    stp     x29, x30, [sp, #96]
    msr     tpidr_el0, x1
    .macro  step_up n, before
    add     x\n, x\before, x1
    .endm
    step_up 2, 1
    step_up 3, 2
    step_up 4, 3
    step_up 5, 4
    step_up 6, 5
    step_up 7, 6
    step_up 8, 7
    step_up 9, 8
    step_up 10, 9
    step_up 11, 10
    step_up 12, 11
    step_up 13, 12
    step_up 14, 13
    step_up 15, 14
    step_up 16, 15
    step_up 17, 16
    step_up 18, 17
    step_up 19, 18
    step_up 20, 19
    step_up 21, 20
    step_up 22, 21
    step_up 23, 22
    step_up 24, 23
    step_up 25, 24
    step_up 26, 25
    step_up 27, 26
    step_up 28, 27
    step_up 29, 28
    step_up 30, 29
1:  subs    x0, x0, #1
    b.ne    1b
    .macro  step_down n, before
    sub     x\n, x\n, x\before
    eor     x\n, x\n, x1
    orr     x0, x0, x\n
    .endm
    step_down 30, 29
    step_down 29, 28
    step_down 28, 27
    step_down 27, 26
    step_down 26, 25
    step_down 25, 24
    step_down 24, 23
    step_down 23, 22
    step_down 22, 21
    step_down 21, 20
    step_down 20, 19
    step_down 19, 18
    step_down 18, 17
    step_down 17, 16
    step_down 16, 15
    step_down 15, 14
    step_down 14, 13
    step_down 13, 12
    step_down 12, 11
    step_down 11, 10
    step_down 10, 9
    step_down 9, 8
    step_down 8, 7
    step_down 7, 6
    step_down 6, 5
    step_down 5, 4
    step_down 4, 3
    step_down 3, 2
    step_down 2, 1
    ldp     x3, x4, [sp]
    eor     x1, x1, x3
    orr     x0, x0, x1
    mrs     x1, tpidr_el0
    eor     x1, x1, x3
    str     x1, [x4]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp, #96]
    add     sp, sp, #112
    ret
    "#
);

unsafe extern "C" {
    fn registers_spin(turns: u64, seed: u64, thread: &mut u64) -> u64;
}

/// Bits that are not as they were put.
pub struct Changed {
    /// In x1 to x30, together.
    pub general: u64,
    /// In TPIDR_EL0.
    pub thread: u64,
}

/// Holds patterns in all registers for so many turns of a loop, at least one.
pub fn spin(turns: u64, seed: u64) -> Changed {
    let mut thread = 0;
    // SAFETY: keeps what the calling convention asks, and TPIDR_EL0 has no other use in this task.
    let general = unsafe { registers_spin(turns.max(1), seed, &mut thread) };
    Changed { general, thread }
}
