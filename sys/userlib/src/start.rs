//! The first instructions of every life of a task: paint the stack, fill `.data`, clear `.bss`.
//!
//! The kernel enters at `_start` with the stack pointer at the stack's top and all other registers
//! zero. It never writes the task's memory, so this runs alike at the first start and after every
//! restart.

use core::arch::global_asm;

/// What an untouched stack word holds; a debugger counts them.
pub const STACK_PAINT: u64 = 0xbadd_cafe_badd_cafe;

global_asm!(
    r#"
    .section .text.start, "ax"
    .global _start
    .type _start, @function
_start:
    ldr     x0, ={paint}
    adrp    x1, __stack_bottom
    add     x1, x1, :lo12:__stack_bottom
    mov     x2, sp
1:  stp     x0, x0, [x1], #16
    cmp     x1, x2
    b.lo    1b

    adrp    x0, __data_load
    add     x0, x0, :lo12:__data_load
    adrp    x1, __data_start
    add     x1, x1, :lo12:__data_start
    adrp    x2, __data_end
    add     x2, x2, :lo12:__data_end
2:  cmp     x1, x2
    b.hs    3f
    ldr     x3, [x0], #8
    str     x3, [x1], #8
    b       2b

3:  adrp    x1, __bss_start
    add     x1, x1, :lo12:__bss_start
    adrp    x2, __bss_end
    add     x2, x2, :lo12:__bss_end
4:  cmp     x1, x2
    b.hs    5f
    str     xzr, [x1], #8
    b       4b
5:  b       aidos_main
    .size _start, . - _start
"#,
    paint = const STACK_PAINT,
);
