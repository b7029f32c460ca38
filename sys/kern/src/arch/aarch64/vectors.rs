//! The exception vectors (Arm ARM D1.4.1): save, ask, restore.
//!
//! While a task runs, SP_EL1 points at its frame, so entry needs no address. The kernel's stack is
//! in TPIDR_EL1. `trap.rs` returns the frame of whoever runs next; if it is another one, the rest
//! of the old frame is filled from system registers and the new task's put there. Writing TTBR0
//! with the task's ASID flushes nothing; `eret` is the synchronisation it needs.

use super::Frame;
use abi::Call;
use config::window::{STACK_SPACING, STACKS};
use core::arch::global_asm;
use core::mem::offset_of;

global_asm!(
    r#"
    .macro save_general
    stp     x0, x1, [sp, #16 * 0]
    stp     x2, x3, [sp, #16 * 1]
    stp     x4, x5, [sp, #16 * 2]
    stp     x6, x7, [sp, #16 * 3]
    stp     x8, x9, [sp, #16 * 4]
    stp     x10, x11, [sp, #16 * 5]
    stp     x12, x13, [sp, #16 * 6]
    stp     x14, x15, [sp, #16 * 7]
    stp     x16, x17, [sp, #16 * 8]
    stp     x18, x19, [sp, #16 * 9]
    stp     x20, x21, [sp, #16 * 10]
    stp     x22, x23, [sp, #16 * 11]
    stp     x24, x25, [sp, #16 * 12]
    stp     x26, x27, [sp, #16 * 13]
    stp     x28, x29, [sp, #16 * 14]
    str     x30, [sp, #16 * 15]
    .endm

    // From a task: x19 keeps its frame over the call.
    .macro from_task handler
    save_general
    mrs     x9, tpidr_el1
    mov     x19, sp
    mov     sp, x9
    bl      \handler
    .endm

    // From the kernel itself: its state is not to be trusted, its stack perhaps gone.
    .macro from_kernel
    ldr     x0, ={emergency_stack}
    mov     sp, x0
    mrs     x0, esr_el1
    mrs     x1, far_el1
    mrs     x2, elr_el1
    b       aidos_kernel_fault
    .endm

    .section .text.vectors, "ax"
    .balign 2048
    .global vectors
vectors:
    // From EL1 with SP_EL0: not used.
    .rept 4
    .balign 128
    from_kernel
    .endr
    // From EL1 with SP_EL1: the kernel itself.
    .rept 4
    .balign 128
    from_kernel
    .endr
    // From EL0 in AArch64.
    .balign 128
    b       synchronous
    .balign 128
    b       interrupt
    .balign 128
    b       interrupt
    .balign 128
    b       system_error
    // From EL0 in AArch32: no task can be there.
    .rept 4
    .balign 128
    from_kernel
    .endr

    .balign 64
synchronous:
    save_general
    mrs     x10, esr_el1
    mrs     x9, tpidr_el1
    lsr     x10, x10, #26
    mov     x19, sp
    cmp     x10, #{svc}
    mov     sp, x9
    b.ne    exception
    adr     x30, resume
    cbz     x8, aidos_send
    cmp     x8, #{reply_recv}
    b.eq    aidos_reply_recv
    cmp     x8, #{get_timer}
    b.eq    aidos_get_timer
    cmp     x8, #{post}
    b.eq    aidos_post
    b       aidos_system_call

resume:
    cmp     x0, x19
    mov     sp, x0
    b.eq    restore
    mrs     x9, sp_el0
    mrs     x10, tpidr_el0
    mrs     x11, elr_el1
    mrs     x12, spsr_el1
    stp     x9, x10, [x19, #{sp}]
    stp     x11, x12, [x19, #{pc}]
install:
    ldr     x13, [sp, #{ttbr0}]
    ldp     x9, x10, [sp, #{sp}]
    ldp     x11, x12, [sp, #{pc}]
    msr     ttbr0_el1, x13
    msr     sp_el0, x9
    msr     tpidr_el0, x10
    msr     elr_el1, x11
    msr     spsr_el1, x12
restore:
    ldr     x30, [sp, #16 * 15]
    ldp     x0, x1, [sp, #16 * 0]
    ldp     x2, x3, [sp, #16 * 1]
    ldp     x4, x5, [sp, #16 * 2]
    ldp     x6, x7, [sp, #16 * 3]
    ldp     x8, x9, [sp, #16 * 4]
    ldp     x10, x11, [sp, #16 * 5]
    ldp     x12, x13, [sp, #16 * 6]
    ldp     x14, x15, [sp, #16 * 7]
    ldp     x16, x17, [sp, #16 * 8]
    ldp     x18, x19, [sp, #16 * 9]
    ldp     x20, x21, [sp, #16 * 10]
    ldp     x22, x23, [sp, #16 * 11]
    ldp     x24, x25, [sp, #16 * 12]
    ldp     x26, x27, [sp, #16 * 13]
    ldp     x28, x29, [sp, #16 * 14]
    eret

exception:
    bl      aidos_exception
    b       resume

interrupt:
    from_task aidos_interrupt
    cbnz    x0, resume
    bl      aidos_idle
    b       resume
system_error:
    from_task aidos_exception
    b       resume

    // The first task: x0 is its frame. Nothing of the boot's identity map may stay behind.
    .global enter_first_task
enter_first_task:
    mov     sp, x0
    ldr     x13, [sp, #{ttbr0}]
    msr     ttbr0_el1, x13
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
    b       install
    "#,
    sp = const offset_of!(Frame, sp),
    pc = const offset_of!(Frame, pc),
    svc = const 0x15, // ESR_EL1.EC: SVC from AArch64
    reply_recv = const Call::ReplyRecv as u64,
    get_timer = const Call::GetTimer as u64,
    post = const Call::Post as u64,
    ttbr0 = const offset_of!(Frame, ttbr0),
    emergency_stack = const STACKS + 2 * STACK_SPACING,
);

/// The assembly above saves general registers from the frame's first byte on, and the others in
/// pairs. It takes number 0 for `SEND`.
const _: () = {
    assert!(offset_of!(Frame, x) == 0 && Call::Send as u64 == 0);
    assert!(offset_of!(Frame, tpidr) == offset_of!(Frame, sp) + 8);
    assert!(offset_of!(Frame, spsr) == offset_of!(Frame, pc) + 8);
};
