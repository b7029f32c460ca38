//! `memcpy`, `memmove`, `memset`, `memcmp` and `bcmp`, which compiled code calls by name: for the kernel and
//! for tasks.
//!
//! Those that come with the compiler move at most eight bytes at a time, and single bytes where the
//! two sides are not aligned alike. These take 64 bytes a turn and go on at any address: normal
//! memory may be accessed unaligned (SCTLR_EL1.A is 0), and device registers are not accessed this
//! way. No vector registers: the kernel and most tasks have none. Not before the MMU is on.

#![no_std]
// Only the target has the instructions.
#![cfg(all(target_os = "none", target_arch = "aarch64"))]

use core::arch::global_asm;

// Short copies load everything before they store anything, so that it does not matter whether the
// two sides overlap. Longer ones go by 64 bytes: forward, unless the destination begins inside the
// source. AAPCS64: x0 to x17 are free.
global_asm!(
    r#"
    .section .text.memory, "ax", @progbits
    .balign 16
    .global memmove
    .type   memmove, %function
memmove:
    sub     x3, x0, x1
    cmp     x3, x2
    b.lo    6f
    .global memcpy
    .type   memcpy, %function
memcpy:
    mov     x3, x0
    subs    x2, x2, #64
    b.lo    2f
1:  ldp     x6, x7, [x1], #64
    ldp     x8, x9, [x1, #-48]
    ldp     x10, x11, [x1, #-32]
    ldp     x12, x13, [x1, #-16]
    stp     x6, x7, [x3], #64
    stp     x8, x9, [x3, #-48]
    stp     x10, x11, [x3, #-32]
    stp     x12, x13, [x3, #-16]
    subs    x2, x2, #64
    b.hs    1b
    // What is left of the length stands in its lower bits.
2:  and     x2, x2, #63
10: // Fewer than 64 from x1 to x3, of which x4 and x5 are the ends.
    add     x4, x1, x2
    add     x5, x3, x2
    cmp     x2, #16
    b.lo    4f
    ldp     x6, x7, [x1]
    ldp     x12, x13, [x4, #-16]
    cmp     x2, #32
    b.ls    3f
    ldp     x8, x9, [x1, #16]
    ldp     x10, x11, [x4, #-32]
    stp     x8, x9, [x3, #16]
    stp     x10, x11, [x5, #-32]
3:  stp     x6, x7, [x3]
    stp     x12, x13, [x5, #-16]
    ret
4:  tbz     x2, #3, 5f
    ldr     x6, [x1]
    ldr     x7, [x4, #-8]
    str     x6, [x3]
    str     x7, [x5, #-8]
    ret
5:  tbz     x2, #2, 8f
    ldr     w6, [x1]
    ldr     w7, [x4, #-4]
    str     w6, [x3]
    str     w7, [x5, #-4]
    ret
8:  cbz     x2, 9f
    lsr     x8, x2, #1
    ldrb    w6, [x1]
    ldrb    w7, [x1, x8]
    ldrb    w9, [x4, #-1]
    strb    w6, [x3]
    strb    w7, [x3, x8]
    strb    w9, [x5, #-1]
9:  ret
6:  // From the end: the destination begins inside the source.
    mov     x3, x0
    cmp     x2, #64
    b.lo    10b
    add     x4, x1, x2
    add     x5, x0, x2
7:  ldp     x6, x7, [x4, #-16]
    ldp     x8, x9, [x4, #-32]
    ldp     x10, x11, [x4, #-48]
    ldp     x12, x13, [x4, #-64]!
    sub     x2, x2, #64
    stp     x6, x7, [x5, #-16]
    stp     x8, x9, [x5, #-32]
    stp     x10, x11, [x5, #-48]
    stp     x12, x13, [x5, #-64]!
    cmp     x2, #64
    b.hs    7b
    b       10b
    .size   memcpy, . - memcpy
    .size   memmove, memcpy - memmove

    .balign 16
    .global memset
    .type   memset, %function
memset:
    and     x1, x1, #0xff
    orr     x1, x1, x1, lsl #8
    orr     x1, x1, x1, lsl #16
    orr     x1, x1, x1, lsl #32
    mov     x3, x0
    cmp     x2, #64
    b.lo    2f
1:  stp     x1, x1, [x3], #64
    stp     x1, x1, [x3, #-48]
    stp     x1, x1, [x3, #-32]
    stp     x1, x1, [x3, #-16]
    sub     x2, x2, #64
    cmp     x2, #64
    b.hs    1b
2:  add     x5, x3, x2
    cmp     x2, #16
    b.lo    4f
    stp     x1, x1, [x3]
    stp     x1, x1, [x5, #-16]
    cmp     x2, #32
    b.ls    3f
    stp     x1, x1, [x3, #16]
    stp     x1, x1, [x5, #-32]
3:  ret
4:  tbz     x2, #3, 5f
    str     x1, [x3]
    str     x1, [x5, #-8]
    ret
5:  tbz     x2, #2, 6f
    str     w1, [x3]
    str     w1, [x5, #-4]
    ret
6:  cbz     x2, 7f
    lsr     x8, x2, #1
    strb    w1, [x3]
    strb    w1, [x3, x8]
    strb    w1, [x5, #-1]
7:  ret
    .size   memset, . - memset

    .balign 16
    .global memcmp
    .type   memcmp, %function
    .global bcmp
    .type   bcmp, %function
memcmp:
bcmp:
    subs    x2, x2, #8
    b.lo    3f
1:  ldr     x3, [x0], #8
    ldr     x4, [x1], #8
    cmp     x3, x4
    b.ne    2f
    subs    x2, x2, #8
    b.hs    1b
    b       3f
2:  // The first byte that differs is the most significant one when reversed.
    rev     x3, x3
    rev     x4, x4
    cmp     x3, x4
    mov     w0, #1
    cneg    w0, w0, lo
    ret
3:  adds    x2, x2, #8
    b.eq    5f
4:  ldrb    w3, [x0], #1
    ldrb    w4, [x1], #1
    subs    w3, w3, w4
    b.ne    6f
    subs    x2, x2, #1
    b.ne    4b
5:  mov     w0, #0
    ret
6:  mov     w0, w3
    ret
    .size   memcmp, . - memcmp
    .size   bcmp, . - bcmp
"#
);
