//! Instructions that a task may or must not execute, each with what it must come to.
//!
//! One list for the supervisor, which needs to know, and for the hostile task, which needs the
//! text: [`instructions!`](crate::instructions) hands it to a macro.

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing that hurts.
    Harmless,
    /// It is undefined at EL0, or not permitted.
    Illegal,
    /// It needs floating point, which the task does not have.
    Float,
    /// Breakpoint.
    Debug,
    /// It breaks an alignment that is always checked.
    Misaligned,
    /// It uses up the stack.
    Overflow,
    /// Loads so many bytes from x0.
    Load(u64),
    /// Stores so many bytes to x0.
    Store(u64),
    /// Clears the block of cache around x0.
    Zero,
    /// The processor decides. QEMU, for one, checks neither the stack pointer's alignment nor
    /// MDSCR_EL1.TDCC.
    Open,
}

/// Calls `$callback!` with a list of `"text" Effect`. Only x0 to x17 are used.
#[macro_export]
macro_rules! instructions {
    ($callback:ident) => {
        $callback! {
            "ldrb w1, [x0]" => Load(1),
            "ldrh w1, [x0]" => Load(2),
            "ldr w1, [x0]" => Load(4),
            "ldr x1, [x0]" => Load(8),
            "ldp x1, x2, [x0]" => Load(16),
            "ldar x1, [x0]" => Load(8),
            "ldtr x1, [x0]" => Load(8),
            "ldrsb x1, [x0]" => Load(1),
            "ldxr x1, [x0]" => Load(8),
            "ldxp x1, x2, [x0]" => Load(16),
            "ldaxrb w1, [x0]\n clrex" => Load(1),
            "prfm pldl1keep, [x0]" => Harmless,
            "strb w1, [x0]" => Store(1),
            "strh w1, [x0]" => Store(2),
            "str w1, [x0]" => Store(4),
            "str x1, [x0]" => Store(8),
            "stp x1, x2, [x0]" => Store(16),
            "stlr x1, [x0]" => Store(8),
            "sttr x1, [x0]" => Store(8),
            "1: ldxr x1, [x0]\n stxr w2, x1, [x0]\n cbnz w2, 1b" => Store(8),
            "dc zva, x0" => Zero,
            "dc cvac, x0" => Open,
            "dc cvau, x0" => Open,
            "dc civac, x0" => Open,
            "ic ivau, x0" => Open,
            "dc ivac, x0" => Illegal,
            "dc isw, x0" => Illegal,
            "dc cisw, x0" => Illegal,
            "ic iallu" => Illegal,
            "tlbi vmalle1" => Illegal,
            "tlbi vae1, x0" => Illegal,
            "at s1e1r, x0" => Illegal,
            "at s1e0w, x0" => Illegal,
            "udf #0" => Illegal,
            "udf #0xffff" => Illegal,
            ".inst 0xffffffff" => Illegal,
            "hvc #0" => Illegal,
            "smc #0" => Illegal,
            "eret" => Illegal,
            "drps" => Illegal,
            "dcps1" => Illegal,
            "hlt #1" => Illegal,
            "brk #0" => Debug,
            "brk #0xffff" => Debug,
            "wfi" => Harmless,
            "wfe" => Harmless,
            "sev" => Harmless,
            "yield" => Harmless,
            "hint #100" => Harmless,
            "isb" => Harmless,
            "dsb sy" => Harmless,
            "clrex" => Harmless,
            "mrs x0, cntvct_el0" => Harmless,
            "mrs x0, cntfrq_el0" => Harmless,
            "mrs x0, ctr_el0" => Harmless,
            "mrs x0, dczid_el0" => Harmless,
            "mrs x0, nzcv" => Harmless,
            "msr nzcv, x0" => Harmless,
            "msr tpidr_el0, x0" => Harmless,
            "mrs x0, tpidrro_el0" => Harmless,
            "msr tpidrro_el0, x0" => Illegal,
            "mrs x0, cntpct_el0" => Illegal,
            "mrs x0, cntv_ctl_el0" => Illegal,
            "msr cntv_ctl_el0, x0" => Illegal,
            "msr cntv_cval_el0, x0" => Illegal,
            "msr cntp_ctl_el0, x0" => Illegal,
            "msr cntkctl_el1, x0" => Illegal,
            "mrs x0, pmccntr_el0" => Illegal,
            "msr pmcr_el0, x0" => Illegal,
            "msr pmuserenr_el0, x0" => Illegal,
            "mrs x0, currentel" => Illegal,
            "msr daifset, #15" => Illegal,
            "msr daifclr, #15" => Illegal,
            "msr daif, x0" => Illegal,
            "msr spsel, #1" => Illegal,
            "mrs x0, midr_el1" => Illegal,
            "mrs x0, id_aa64pfr0_el1" => Illegal,
            "mrs x0, sctlr_el1" => Illegal,
            "msr sctlr_el1, x0" => Illegal,
            "msr ttbr0_el1, x0" => Illegal,
            "msr ttbr1_el1, x0" => Illegal,
            "msr tcr_el1, x0" => Illegal,
            "msr mair_el1, x0" => Illegal,
            "msr vbar_el1, x0" => Illegal,
            "msr cpacr_el1, x0" => Illegal,
            "mrs x0, esr_el1" => Illegal,
            "mrs x0, far_el1" => Illegal,
            "mrs x0, elr_el1" => Illegal,
            "msr elr_el1, x0" => Illegal,
            "msr spsr_el1, x0" => Illegal,
            "mrs x0, sp_el0" => Illegal,
            "msr sp_el0, x0" => Illegal,
            "mrs x0, tpidr_el1" => Illegal,
            "msr tpidr_el1, x0" => Illegal,
            "msr contextidr_el1, x0" => Illegal,
            "msr mdscr_el1, x0" => Illegal,
            "msr oslar_el1, x0" => Illegal,
            "msr dbgbcr0_el1, x0" => Illegal,
            "mrs x0, mdccsr_el0" => Open,
            "mrs x0, dbgdtr_el0" => Illegal,
            "mrs x0, dbgdtrrx_el0" => Illegal,
            "msr dbgdtr_el0, x0" => Illegal,
            "msr dbgdtrtx_el0, x0" => Illegal,
            "mrs x0, S3_0_C12_C12_0" => Illegal,
            "msr S3_0_C12_C12_1, x0" => Illegal,
            "msr S3_0_C12_C11_5, x0" => Illegal,
            "msr S3_0_C4_C6_0, x0" => Illegal,
            "msr hcr_el2, x0" => Illegal,
            "msr vbar_el3, x0" => Illegal,
            "mrs x0, S3_1_C15_C2_0" => Illegal,
            ".inst 0xc8e17c02" => Illegal,
            ".inst 0x1e27000f" => Float,
            "mrs x0, S3_3_C4_C4_0" => Float,
            "msr S3_3_C4_C4_1, x0" => Float,
            ".inst 0x3dc00000" => Float,
            ".inst 0x4e20d400" => Float,
            "mov x1, sp\n add sp, x1, #1\n ldr x0, [sp]\n mov sp, x1" => Open,
            "mov x1, sp\n sub sp, x1, #8\n str x0, [sp]\n mov sp, x1" => Open,
            "mov x1, sp\n add x1, x1, #1\n ldxr x0, [x1]" => Misaligned,
            "mov x1, sp\n add x1, x1, #4\n ldaxr x0, [x1]" => Misaligned,
            "1: stp x0, x1, [sp, #-16]!\n b 1b" => Overflow,
        }
    };
}

macro_rules! effects {
    ($($text:literal => $effect:ident $(($size:literal))?,)*) => {
        /// Text and effect of each.
        pub const INSTRUCTIONS: &[(&str, Effect)] =
            &[$(($text, Effect::$effect $(($size))?),)*];
    };
}

instructions!(effects);
