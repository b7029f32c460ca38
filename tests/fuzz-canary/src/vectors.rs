//! The same for floating point: every vector register holds a pattern. Only with `fpu = true`.

use core::arch::global_asm;

// vectors_spin(x0: turns, x1: a seed). While it turns, both halves of vN hold N + 1 times the
// seed, FPCR.RMode and FPSR's exceptions have bits of the seed. Returns which bits differ afterwards.
global_asm!(
    r#"
    .section .text.vectors_spin, "ax"
vectors_spin:
    stp     d8, d9, [sp, #-64]!
    stp     d10, d11, [sp, #16]
    stp     d12, d13, [sp, #32]
    stp     d14, d15, [sp, #48]
    mrs     x6, fpcr                // zero: it was left so
    and     x4, x1, #3
    lsl     x4, x4, #22             // FPCR.RMode
    and     x5, x1, #0xf            // FPSR: IOC, DZC, OFC, UFC
    msr     fpcr, x4
    msr     fpsr, x5
    mov     x3, #0
    .macro  put n
    add     x3, x3, x1
    dup     v\n\().2d, x3
    .endm
    put     0
    put     1
    put     2
    put     3
    put     4
    put     5
    put     6
    put     7
    put     8
    put     9
    put     10
    put     11
    put     12
    put     13
    put     14
    put     15
    put     16
    put     17
    put     18
    put     19
    put     20
    put     21
    put     22
    put     23
    put     24
    put     25
    put     26
    put     27
    put     28
    put     29
    put     30
    put     31
1:  subs    x0, x0, #1
    b.ne    1b
    mov     x3, #0
    .macro  look n
    add     x3, x3, x1
    umov    x2, v\n\().d[0]
    eor     x2, x2, x3
    orr     x0, x0, x2
    umov    x2, v\n\().d[1]
    eor     x2, x2, x3
    orr     x0, x0, x2
    .endm
    look    0
    look    1
    look    2
    look    3
    look    4
    look    5
    look    6
    look    7
    look    8
    look    9
    look    10
    look    11
    look    12
    look    13
    look    14
    look    15
    look    16
    look    17
    look    18
    look    19
    look    20
    look    21
    look    22
    look    23
    look    24
    look    25
    look    26
    look    27
    look    28
    look    29
    look    30
    look    31
    mrs     x2, fpcr
    eor     x2, x2, x4
    orr     x0, x0, x2
    mrs     x2, fpsr
    eor     x2, x2, x5
    orr     x0, x0, x2
    orr     x0, x0, x6
    msr     fpcr, xzr
    ldp     d10, d11, [sp, #16]
    ldp     d12, d13, [sp, #32]
    ldp     d14, d15, [sp, #48]
    ldp     d8, d9, [sp], #64
    ret
    "#
);

unsafe extern "C" {
    fn vectors_spin(turns: u64, seed: u64) -> u64;
}

/// Holds patterns in all vector registers for so many turns of a loop, at least one.
pub fn spin(turns: u64, seed: u64) -> u64 {
    // SAFETY: keeps what the calling convention asks.
    unsafe { vectors_spin(turns.max(1), seed) }
}
