//! From the boot loader's jump to the kernel proper: MMU off, no stack, no variable is sure.
//!
//! Entered at EL2 or EL1 with MMU and data cache off (Linux `booting.rst`). Until the MMU is on,
//! memory is Device memory: no unaligned access, no atomics, and no write to anything that a
//! later cached read might see stale. x20 keeps the exception level entered at.

use config::regime::{MAIR, SCTLR, SCTLR_RES1, TCR};
use config::window::{STACK_SPACING, STACKS};
use config::{BootDesc, Epitaph};
use core::arch::global_asm;
use core::mem::offset_of;

global_asm!(
    r#"
    .section .head, "ax"
    .global _head
_head:
    b       boot
    .space  {boot_desc_size} - 4

    .section .text.boot, "ax"
boot:
    msr     daifset, #0xf
    mrs     x20, currentel
    lsr     x20, x20, #2
    adrp    x21, _head              // where the image really is

    // Where it is linked for?
    ldr     x1, [x21, #{load_address}]
    cmp     x1, x21
    b.ne    wrong_address

    cmp     x20, #2
    b.ne    at_el1

    // Leave EL2 with everything it could trap open to EL1.
    mov     x0, #(1 << 31)          // HCR_EL2.RW: EL1 is AArch64
    msr     hcr_el2, x0
    mov     x0, #3                  // EL1 reaches timer and counter
    msr     cnthctl_el2, x0
    msr     cntvoff_el2, xzr
    mov     x0, #0x33ff             // CPTR_EL2: RES1, no traps
    msr     cptr_el2, x0
    msr     hstr_el2, xzr
    msr     vttbr_el2, xzr
    mrs     x0, midr_el1
    msr     vpidr_el2, x0
    mrs     x0, mpidr_el1
    msr     vmpidr_el2, x0
    mrs     x0, pmcr_el0            // MDCR_EL2.HPMN: all counters belong to EL1
    ubfx    x0, x0, #11, #5
    msr     mdcr_el2, x0
    mrs     x0, id_aa64pfr0_el1     // GICv3 by system registers?
    ubfx    x0, x0, #24, #4
    cbz     x0, 1f
    mrs     x0, S3_4_C12_C9_5       // ICC_SRE_EL2
    mov     x1, #9                  // SRE, Enable
    orr     x0, x0, x1
    msr     S3_4_C12_C9_5, x0
    isb
    msr     S3_4_C12_C11_0, xzr     // ICH_HCR_EL2
1:  ldr     x0, ={sctlr_res1}
    msr     sctlr_el1, x0
    mov     x0, #0x3c5              // EL1h, all masked
    msr     spsr_el2, x0
    adr     x0, at_el1
    msr     elr_el2, x0
    eret

at_el1:
    // Keep what the previous boot left, before anything of it is touched.
    ldr     x0, [x21, #{epitaph}]
    ldr     x1, [x0, #{e_magic}]
    ldr     x2, ={epitaph_magic}
    cmp     x1, x2
    b.ne    cold
    ldr     x2, [x0, #{e_image_id}]
    ldr     x3, [x21, #{image_id}]
    cmp     x2, x3
    b.ne    cold
    eor     x1, x1, x2
    ldr     x2, [x0, #{e_time}]
    eor     x1, x1, x2
    ldr     w2, [x0, #{e_reason}]
    eor     x1, x1, x2
    ldr     x2, [x0, #{e_check}]
    cmp     x1, x2
    b.ne    cold
    ldr     x1, [x21, #{retained}]
    cbz     x1, 3f
    ldp     x2, x3, [x21, #{writable}]
2:  cmp     x2, x3
    b.hs    3f
    ldp     x4, x5, [x2], #16
    ldp     x6, x7, [x2], #16
    ldp     x8, x9, [x2], #16
    ldp     x10, x11, [x2], #16
    stp     x4, x5, [x1], #16
    stp     x6, x7, [x1], #16
    stp     x8, x9, [x1], #16
    stp     x10, x11, [x1], #16
    b       2b
3:  str     xzr, [x0, #{e_magic}]   // said once

cold:
    ldp     x0, x1, [x21, #{bss}]
    mov     x2, x0
4:  cmp     x2, x1
    b.hs    5f
    stp     xzr, xzr, [x2], #16
    b       4b
5:  dmb     sy
    // Written past the caches: drop what they may have fetched of it meanwhile.
    mrs     x3, ctr_el0
    ubfx    x3, x3, #16, #4         // DminLine: log2 of words
    mov     x4, #4
    lsl     x4, x4, x3
6:  cmp     x0, x1
    b.hs    7f
    dc      ivac, x0
    add     x0, x0, x4
    b       6b
7:  dsb     sy

    ldr     x0, ={mair}
    msr     mair_el1, x0
    ldr     x0, ={tcr}
    mrs     x1, id_aa64mmfr0_el1
    and     x1, x1, #7              // PARange; 48 bits at most without LPA
    cmp     x1, #5
    mov     x2, #5
    csel    x1, x1, x2, ls
    bfi     x0, x1, #32, #3         // IPS
    msr     tcr_el1, x0
    ldr     x0, [x21, #{boot_table}]
    msr     ttbr0_el1, x0
    ldr     x0, [x21, #{kernel_table}]
    msr     ttbr1_el1, x0
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    ldr     x0, ={sctlr}
    msr     sctlr_el1, x0
    isb
    ldr     x0, =high
    br      x0

wrong_address:
    // At the linked address is the only place the debugger will look.
    ldr     x0, [x21, #{epitaph}]
    ldr     x1, ={epitaph_magic}
    ldr     x2, [x21, #{image_id}]
    mov     w3, #{reason_wrong_address}
    stp     xzr, xzr, [x0, #{e_time}]
    str     x2, [x0, #{e_image_id}]
    str     w3, [x0, #{e_reason}]
    str     x21, [x0, #{e_pc}]
    str     xzr, [x0, #{e_length}]
    str     x1, [x0, #{e_magic}]
    eor     x1, x1, x2
    eor     x1, x1, x3
    str     x1, [x0, #{e_check}]
    dsb     sy
8:  wfi
    b       8b

    .section .text.high, "ax"
high:
    ldr     x0, =vectors
    msr     vbar_el1, x0
    ldr     x0, ={stack}
    mov     sp, x0
    msr     tpidr_el1, x0
    mov     x0, #(1 << 20)          // FPEN: floating point traps at EL0
    msr     cpacr_el1, x0
    mov     x0, #(1 << 12)          // TDCC: the debugger's mailbox traps at EL0
    msr     mdscr_el1, x0
    mov     x0, #2                  // EL0 reads the virtual counter
    msr     cntkctl_el1, x0
    isb
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x20
    bl      aidos_start
    b       enter_first_task
    "#,
    boot_desc_size = const size_of::<BootDesc>(),
    load_address = const offset_of!(BootDesc, load_address),
    boot_table = const offset_of!(BootDesc, boot_table),
    kernel_table = const offset_of!(BootDesc, kernel_table),
    bss = const offset_of!(BootDesc, bss),
    epitaph = const offset_of!(BootDesc, epitaph),
    writable = const offset_of!(BootDesc, writable),
    retained = const offset_of!(BootDesc, retained),
    image_id = const offset_of!(BootDesc, image_id),
    e_magic = const offset_of!(Epitaph, magic),
    e_image_id = const offset_of!(Epitaph, image_id),
    e_time = const offset_of!(Epitaph, time),
    e_reason = const offset_of!(Epitaph, reason),
    e_pc = const offset_of!(Epitaph, pc),
    e_length = const offset_of!(Epitaph, length),
    e_check = const offset_of!(Epitaph, check),
    epitaph_magic = const Epitaph::MAGIC,
    reason_wrong_address = const Epitaph::WRONG_ADDRESS,
    sctlr_res1 = const SCTLR_RES1,
    mair = const MAIR,
    tcr = const TCR,
    sctlr = const SCTLR,
    stack = const STACKS + STACK_SPACING,
);
