//! A task's saved registers.

use core::arch::asm;

/// What `vectors.rs` saves and restores; it takes the offsets from here. While the task runs,
/// SP_EL1 points at its frame. General registers are saved at every entry; the others when
/// another task is about to run.
#[derive(Debug)]
#[repr(C)]
pub struct Frame {
    /// x0 to x30.
    pub x: [u64; 31],
    /// TTBR0_EL1: translation table and ASID. Never changes.
    pub ttbr0: u64,
    /// SP_EL0.
    pub sp: u64,
    /// TPIDR_EL0.
    pub tpidr: u64,
    /// ELR_EL1.
    pub pc: u64,
    /// SPSR_EL1.
    pub spsr: u64,
}

impl Frame {
    /// All zero: EL0t, interrupts open.
    pub const EMPTY: Self = Self { x: [0; 31], sp: 0, pc: 0, spsr: 0, tpidr: 0, ttbr0: 0 };

    /// Takes over from the processor what the vectors have left there. The processor must hold
    /// this task's registers.
    pub fn save_rest(&mut self) {
        // SAFETY: reads system registers only.
        unsafe {
            asm!(
                "mrs {sp}, sp_el0",
                "mrs {pc}, elr_el1",
                "mrs {spsr}, spsr_el1",
                "mrs {tpidr}, tpidr_el0",
                sp = out(reg) self.sp,
                pc = out(reg) self.pc,
                spsr = out(reg) self.spsr,
                tpidr = out(reg) self.tpidr,
                options(nomem, nostack, preserves_flags),
            );
        }
    }
}

impl kerncore::Frame for Frame {
    #[inline(always)]
    fn get(&self, n: usize) -> u64 {
        self.x[n]
    }

    #[inline(always)]
    fn set(&mut self, n: usize, value: u64) {
        self.x[n] = value;
    }

    fn pc(&self) -> u64 {
        self.pc
    }

    fn reset(&mut self, entry: u64, stack: u64, ttbr0: u64) {
        *self = Self { sp: stack, pc: entry, ttbr0, ..Self::EMPTY };
    }
}
