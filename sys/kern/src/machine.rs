//! The hardware as `kerncore` wants it.

use crate::arch::{self, Frame, fp};
use crate::fail;
use crate::gic::Gic;
use config::window::LINEAR;
use kerncore::region::{Granted, Read, Write};
use kerncore::{End, Machine};

/// This machine.
#[derive(Debug)]
pub struct Hardware {
    /// Its interrupt controller.
    pub gic: Gic,
}

impl Machine for Hardware {
    type Frame = Frame;

    #[inline(always)]
    fn now(&self) -> u64 {
        arch::now()
    }

    #[inline(always)]
    fn set_alarm(&mut self, deadline: u64) {
        arch::set_alarm(deadline);
    }

    #[inline(always)]
    fn copy(&mut self, to: Granted<'_, Write>, from: Granted<'_, Read>) {
        let length = to.len().min(from.len());
        // SAFETY: both were checked against the regions of their tasks, which the linear map
        // covers and which hold nothing of the kernel's.
        unsafe { arch::copy(LINEAR + to.physical(), LINEAR + from.physical(), length) }
    }

    fn read(&self, from: Granted<'_, Read>, into: &mut [u8]) {
        let length = into.len().min(from.len());
        // SAFETY: as for `copy`; `into` is borrowed mutably.
        unsafe { arch::copy(into.as_mut_ptr() as u64, LINEAR + from.physical(), length) }
    }

    fn write(&mut self, to: Granted<'_, Write>, from: &[u8]) {
        let length = from.len().min(to.len());
        // SAFETY: as for `copy`; `from` is borrowed.
        unsafe { arch::copy(LINEAR + to.physical(), from.as_ptr() as u64, length) }
    }

    fn irq_enable(&mut self, irq: u32, enable: bool) {
        self.gic.enable(irq, enable);
    }

    fn irq_is_enabled(&self, irq: u32) -> bool {
        self.gic.is_enabled(irq)
    }

    fn irq_set_pending(&mut self, irq: u32, pending: bool) {
        self.gic.set_pending(irq, pending);
    }

    fn irq_is_pending(&self, irq: u32) -> bool {
        self.gic.is_pending(irq)
    }

    fn complete(&self, frame: &mut Frame) {
        frame.save_rest();
    }

    fn fp_enable(&mut self, enable: bool) {
        fp::enable(enable);
    }

    fn fp_save(&mut self, state: u64) {
        // SAFETY: it comes from a task's descriptor, and not zero: the build tool reserved the
        // room for this, which nothing else of the kernel names.
        unsafe { fp::save(state) }
    }

    fn fp_load(&mut self, state: u64) {
        // SAFETY: as for `fp_save`; zeroed at boot.
        unsafe { fp::load(state) }
    }

    fn fp_clear(&mut self, state: u64) {
        // SAFETY: as for `fp_save`.
        unsafe { fp::clear(state) }
    }

    fn end(&mut self, end: End) {
        match end {
            End::Requested { by } => fail::requested(by),
            End::SupervisorFault { record } => fail::supervisor(&record),
        }
    }
}
