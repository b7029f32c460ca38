//! Where memory and registers come from: something that can read physical addresses.

mod elf;
mod raw;
mod segments;

pub use elf::open as open_elf;
pub use raw::open as open_raw;
pub use segments::{Segment, Segments};

use crate::fp::FpRegisters;
use crate::memory::Unreadable;

/// A machine's physical memory and processors, at one moment.
pub trait Core {
    /// Fills `buffer` from physical memory at `address`, wholly or not at all.
    ///
    /// # Errors
    /// If a byte of it is not in the dump.
    fn read(&self, address: u64, buffer: &mut [u8]) -> Result<(), Unreadable>;

    /// Registers of each processor; none if the source has no registers.
    fn processors(&self) -> &[Processor];

    /// Stretches of physical memory it has, as (first byte, bytes).
    fn extents(&self) -> Vec<(u64, u64)>;

    /// What could not be made sense of when it was opened.
    fn problems(&self) -> &[String];
}

/// Registers of one processor at the moment of the dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processor {
    /// x0 to x30.
    pub x: [u64; 31],
    /// The stack pointer in use.
    pub sp: u64,
    /// The next instruction.
    pub pc: u64,
    /// PSTATE, as SPSR_ELx has it (Arm ARM C5.2.19).
    pub pstate: u64,
    /// Floating-point registers, if the dump has them.
    pub fp: Option<FpRegisters>,
}

impl Processor {
    /// The exception level, 0 for a task.
    #[must_use]
    pub const fn level(&self) -> u64 {
        self.pstate >> 2 & 3
    }
}
