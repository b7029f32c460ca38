//! The interrupt controller: GICv2 (Arm IHI 0048) or GICv3 (IHI 0069).
//!
//! `arm-gic` sets it up; after that the kernel only acknowledges, and touches single bits of the
//! distributor, whose registers are the same in both versions.

mod distributor;
mod v2;
mod v3;

use config::{BoardDesc, IrqDesc};
use distributor::Distributor;

/// Interrupt ids from here on mean "none" (IHI 0069 section 2.2.1).
const SPECIAL: u32 = 1020;

/// The controller.
#[derive(Debug)]
pub struct Gic {
    distributor: Distributor,
    cpu: Cpu,
}

#[derive(Debug)]
enum Cpu {
    V2(v2::CpuInterface),
    V3,
}

impl Gic {
    /// Sets the controller up: every interrupt of a task held back, the timer's let come.
    ///
    /// # Safety
    ///
    /// `board` must describe the controller's registers, mapped as device memory; once.
    pub unsafe fn new(board: &BoardDesc, irqs: &[IrqDesc]) -> Option<Self> {
        // SAFETY: as the caller says.
        let cpu = unsafe {
            match board.gic_version {
                2 => Cpu::V2(v2::set_up(board, irqs)),
                3 => {
                    v3::set_up(board, irqs)?;
                    Cpu::V3
                }
                _ => return None,
            }
        };
        // SAFETY: as the caller says; whoever set the controller up has let go of it.
        let distributor = unsafe { Distributor::new(board.gic_distributor, board.irq_count) };
        Some(Self { distributor, cpu })
    }

    /// Takes the most urgent pending interrupt.
    #[inline]
    pub fn acknowledge(&mut self) -> Option<u32> {
        let irq = match &self.cpu {
            Cpu::V2(cpu) => cpu.acknowledge(),
            Cpu::V3 => v3::acknowledge(),
        };
        (irq < SPECIAL).then_some(irq)
    }

    /// Ends what [`Gic::acknowledge`] began.
    #[inline]
    pub fn finish(&mut self, irq: u32) {
        match &self.cpu {
            Cpu::V2(cpu) => cpu.finish(irq),
            Cpu::V3 => v3::finish(irq),
        }
    }

    /// Lets a shared interrupt come or holds it back.
    #[inline]
    pub fn enable(&mut self, irq: u32, enable: bool) {
        self.distributor.enable(irq, enable);
    }

    /// Whether it is let come.
    pub fn is_enabled(&self, irq: u32) -> bool {
        self.distributor.is_enabled(irq)
    }

    /// Makes it pending, or not.
    pub fn set_pending(&mut self, irq: u32, pending: bool) {
        self.distributor.set_pending(irq, pending);
    }

    /// Whether it is pending.
    pub fn is_pending(&self, irq: u32) -> bool {
        self.distributor.is_pending(irq)
    }
}
