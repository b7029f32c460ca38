//! The performance monitors (Arm ARM D13), programmed from EL0: counter 0 counts every retired
//! instruction, counter 1 those of the kernel.

use core::arch::asm;

/// INST_RETIRED (Arm ARM D13.12.1), at EL0 and EL1.
const EVERYWHERE: u64 = 0x08;
/// The same without EL0: PMEVTYPER.U.
const KERNEL: u64 = EVERYWHERE | 1 << 30;

/// Both counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Instructions so far.
    pub total: u32,
    /// Those of the kernel.
    pub kernel: u32,
}

impl Stamp {
    /// Both in one word.
    #[must_use]
    pub const fn pack(self) -> u64 {
        self.total as u64 | (self.kernel as u64) << 32
    }

    /// From one word.
    #[must_use]
    pub const fn unpack(word: u64) -> Self {
        Self { total: word as u32, kernel: (word >> 32) as u32 }
    }

    /// How many instructions since an earlier reading. The counters have 32 bits and wrap.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            total: self.total.wrapping_sub(earlier.total),
            kernel: self.kernel.wrapping_sub(earlier.kernel),
        }
    }
}

/// Two readings around something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Before.
    pub start: Stamp,
    /// After.
    pub end: Stamp,
}

impl Span {
    /// What was counted between the readings, the cost of reading included.
    #[must_use]
    pub const fn counted(self) -> Stamp {
        self.end.since(self.start)
    }
}

/// Programs the counters and lets them run. Once in an image.
pub fn program() {
    // SAFETY: the registers are open to EL0 in this image, and nothing but counting depends on
    // them.
    unsafe {
        asm!(
            "msr pmevtyper0_el0, {every}",
            "msr pmevtyper1_el0, {kernel}",
            "msr pmcntenset_el0, {both}",
            "msr pmcr_el0, {run}",
            "isb",
            every = in(reg) EVERYWHERE,
            kernel = in(reg) KERNEL,
            both = in(reg) 0b11u64,
            run = in(reg) 1u64, // E: enabled
            options(nomem, nostack, preserves_flags),
        );
    }
}

/// A reading before something: the counter of everything last.
#[inline(always)]
#[must_use]
pub fn before() -> Stamp {
    let (total, kernel): (u64, u64);
    // SAFETY: reads registers that are open to EL0 in this image. It may not move against
    // memory accesses, so it is not `nomem`.
    unsafe {
        asm!(
            "mrs {kernel}, pmevcntr1_el0",
            "mrs {total}, pmevcntr0_el0",
            kernel = out(reg) kernel,
            total = out(reg) total,
            options(nostack, preserves_flags),
        );
    }
    Stamp { total: total as u32, kernel: kernel as u32 }
}

/// A reading after something: the counter of everything first.
#[inline(always)]
#[must_use]
pub fn after() -> Stamp {
    let (total, kernel): (u64, u64);
    // SAFETY: as `before`.
    unsafe {
        asm!(
            "mrs {total}, pmevcntr0_el0",
            "mrs {kernel}, pmevcntr1_el0",
            kernel = out(reg) kernel,
            total = out(reg) total,
            options(nostack, preserves_flags),
        );
    }
    Stamp { total: total as u32, kernel: kernel as u32 }
}
