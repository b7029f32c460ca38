//! What the kernel's decisions need of the hardware, and nothing else.

use crate::region::{Granted, Read, Write};
use abi::FaultRecord;

/// A task's saved registers.
pub trait Frame {
    /// General register `n`, 0 to 30.
    fn get(&self, n: usize) -> u64;
    /// Sets general register `n`.
    fn set(&mut self, n: usize, value: u64);
    /// Program counter.
    fn pc(&self) -> u64;
    /// A fresh life: all registers zero but these.
    fn reset(&mut self, entry: u64, stack: u64, ttbr0: u64);
}

/// Why the system ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A task with the right to asked for it.
    Requested {
        /// Its index.
        by: usize,
    },
    /// The supervisor faulted; the hardware's side knows what `app.toml` says then.
    SupervisorFault {
        /// How.
        record: FaultRecord,
    },
}

/// The hardware as the kernel sees it.
pub trait Machine {
    /// How registers are saved.
    type Frame: Frame;

    /// The counter now.
    fn now(&self) -> u64;
    /// Interrupt when the counter reaches `deadline`; `NO_DEADLINE`: not at all.
    fn set_alarm(&mut self, deadline: u64);
    /// Copies as many bytes as the shorter of the two has.
    fn copy(&mut self, to: Granted<'_, Write>, from: Granted<'_, Read>);
    /// Reads into the kernel, as many bytes as the shorter has.
    fn read(&self, from: Granted<'_, Read>, into: &mut [u8]);
    /// Writes from the kernel, as many bytes as the shorter has.
    fn write(&mut self, to: Granted<'_, Write>, from: &[u8]);
    /// Lets an interrupt come or holds it back.
    fn irq_enable(&mut self, irq: u32, enable: bool);
    /// Whether it is let come.
    fn irq_is_enabled(&self, irq: u32) -> bool;
    /// Makes an interrupt pending, or no longer pending.
    fn irq_set_pending(&mut self, irq: u32, pending: bool);
    /// Whether it is pending.
    fn irq_is_pending(&self, irq: u32) -> bool;
    /// Takes over into the running task's frame what entry to the kernel has left in the processor.
    fn complete(&self, frame: &mut Self::Frame);
    /// Lets the running task use floating-point and vector registers, or makes that a fault.
    fn fp_enable(&mut self, enable: bool);
    /// Saves them at this address of the kernel's, a [`TaskDesc::fpu_state`](config::TaskDesc).
    fn fp_save(&mut self, state: u64);
    /// Loads them from there.
    fn fp_load(&mut self, state: u64);
    /// Makes what is kept there zero.
    fn fp_clear(&mut self, state: u64);
    /// Ends the system. Returns only under test.
    fn end(&mut self, end: End);
}
