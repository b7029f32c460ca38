//! The hostile task's instructions: the first of its life, system calls, and those of the list.

use core::arch::{asm, global_asm};

// Where a life begins: the kernel gives every register the value zero, and userlib's start uses
// only x0 to x3. Whatever else is set is somebody else's.
global_asm!(
    r#"
    .section .text.aidos_main, "ax"
    .global aidos_main
aidos_main:
    mrs     x0, tpidr_el0
    .irp    n, 4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    orr     x0, x0, x\n
    .endr
    b       hostile_main
    "#
);

// hostile_call(x0: its 13 registers, x1: room for x0 to x6, x2: whether SVC has another number).
// Returns which bits of x7 to x30 and of SP differ afterwards: x13 holds the stack pointer, and
// every register after it that much more than the one before. The callee-saved ones are kept at
// the stack pointer.
global_asm!(
    r#"
    .section .text.hostile_call, "ax"
hostile_call:
    sub     sp, sp, #112
    stp     x0, x1, [sp]
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    stp     x29, x30, [sp, #96]
    cmp     x2, #0
    mov     x13, sp
    .macro  add_up n, before
    add     x\n, x\before, x13
    .endm
    add_up  14, 13
    add_up  15, 14
    add_up  16, 15
    add_up  17, 16
    add_up  18, 17
    add_up  19, 18
    add_up  20, 19
    add_up  21, 20
    add_up  22, 21
    add_up  23, 22
    add_up  24, 23
    add_up  25, 24
    add_up  26, 25
    add_up  27, 26
    add_up  28, 27
    add_up  29, 28
    add_up  30, 29
    ldp     x1, x2, [x0, #8]
    ldp     x3, x4, [x0, #24]
    ldp     x5, x6, [x0, #40]
    ldp     x7, x8, [x0, #56]
    ldp     x9, x10, [x0, #72]
    ldp     x11, x12, [x0, #88]
    ldr     x0, [x0]
    b.ne    1f
    svc     #0
    b       2f
1:  svc     #0xffff
2:  sub     sp, sp, #64
    stp     x0, x1, [sp]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    str     x6, [sp, #48]
    mov     x0, #0
    .macro  compare n, before
    sub     x\n, x\n, x\before
    eor     x\n, x\n, x13
    orr     x0, x0, x\n
    .endm
    compare 30, 29
    compare 29, 28
    compare 28, 27
    compare 27, 26
    compare 26, 25
    compare 25, 24
    compare 24, 23
    compare 23, 22
    compare 22, 21
    compare 21, 20
    compare 20, 19
    compare 19, 18
    compare 18, 17
    compare 17, 16
    compare 16, 15
    compare 15, 14
    compare 14, 13
    add     x1, sp, #64
    eor     x13, x13, x1
    orr     x0, x0, x13
    ldp     x1, x2, [sp, #64]       // its 13 registers, room for results
    .macro  same n
    ldr     x3, [x1, #8 * \n]
    eor     x3, x3, x\n
    orr     x0, x0, x3
    .endm
    same    7
    same    8
    same    9
    same    10
    same    11
    same    12
    ldp     x3, x4, [sp]
    stp     x3, x4, [x2]
    ldp     x3, x4, [sp, #16]
    stp     x3, x4, [x2, #16]
    ldp     x3, x4, [sp, #32]
    stp     x3, x4, [x2, #32]
    ldr     x3, [sp, #48]
    str     x3, [x2, #48]
    add     sp, sp, #64
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

// hostile_branch(x0: its 13 registers, x1: where): x0 to x12 as given, and off.
global_asm!(
    r#"
    .section .text.hostile_branch, "ax"
hostile_branch:
    mov     x17, x1
    ldp     x1, x2, [x0, #8]
    ldp     x3, x4, [x0, #24]
    ldp     x5, x6, [x0, #40]
    ldp     x7, x8, [x0, #56]
    ldp     x9, x10, [x0, #72]
    ldp     x11, x12, [x0, #88]
    ldr     x0, [x0]
    br      x17
    "#
);

macro_rules! table {
    ($($text:literal => $effect:ident $(($size:literal))?,)*) => {
        // Thirty-two bytes each: at most seven instructions, and the way back.
        global_asm!(
            ".section .text.hostile_table, \"ax\"",
            ".balign 32",
            "hostile_table:",
            $(".balign 32", $text, "ret",)*
            // Random words, for jumps: Knuth's linear congruential generator, upper half.
            ".set fuzz_word, 1",
            ".rept 4096",
            ".set fuzz_word, fuzz_word * 6364136223846793005 + 1442695040888963407",
            ".inst (fuzz_word >> 32) & 0xffffffff",
            ".endr",
        );
    };
}

test_fuzz::instructions!(table);

/// What a system call left.
pub struct Results {
    /// x0 to x6.
    pub x: [u64; 7],
    /// Bits that differ in the others.
    pub changed: u64,
}

unsafe extern "C" {
    fn hostile_call(x: &[u64; 13], results: &mut [u64; 7], other: u64) -> u64;
    fn hostile_branch(x: &[u64; 13], target: u64);
}

/// Enters the kernel with these registers.
pub fn call(x: &[u64; 13], other_number: bool) -> Results {
    let mut results = [0; 7];
    // SAFETY: the kernel must bear any registers. What it writes for the task goes where the
    // supervisor said; where that may be this program's own, this life ends here.
    let changed = unsafe { hostile_call(x, &mut results, u64::from(other_number)) };
    Results { x: results, changed }
}

/// Executes an instruction of the list.
pub fn instruction(number: u64, x: &[u64; 13]) {
    let table: u64;
    // SAFETY: takes an address.
    unsafe {
        asm!(
            "adrp {0}, hostile_table",
            "add {0}, {0}, :lo12:hostile_table",
            out(reg) table,
            options(nomem, nostack, pure),
        );
    }
    jump(table.wrapping_add(number.wrapping_mul(32)), x);
}

/// Jumps.
pub fn jump(target: u64, x: &[u64; 13]) {
    // SAFETY: none. The machine must keep what comes of it inside this task, whose present life
    // the supervisor ends if it survives a jump into its own text.
    unsafe { hostile_branch(x, target) }
}
