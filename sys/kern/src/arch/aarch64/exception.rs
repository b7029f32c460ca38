//! What the processor says of an exception.

use core::arch::asm;

/// ESR_EL1 and FAR_EL1.
#[derive(Clone, Copy, Debug)]
pub struct FaultRegisters {
    /// Exception syndrome.
    pub syndrome: u64,
    /// Fault address.
    pub address: u64,
}

impl FaultRegisters {
    /// Of the exception just taken.
    pub fn read() -> Self {
        let (syndrome, address);
        // SAFETY: reads system registers only.
        unsafe {
            asm!(
                "mrs {}, esr_el1",
                "mrs {}, far_el1",
                out(reg) syndrome,
                out(reg) address,
                options(nomem, nostack, preserves_flags),
            );
        }
        Self { syndrome, address }
    }
}
