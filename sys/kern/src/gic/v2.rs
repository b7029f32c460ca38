//! GICv2: the CPU interface in memory.

use arm_gic::gicv2::GicV2;
use arm_gic::gicv2::registers::{Gicc, Gicd};
use arm_gic::{IntId, Trigger};
use config::{BoardDesc, IrqDesc};

const ACKNOWLEDGE: u64 = 0x00c;
const END: u64 = 0x010;

/// All interrupts have the same priority: the kernel, not the controller, decides who runs.
const PRIORITY: u8 = 0x80;

/// GICC registers.
#[derive(Debug)]
pub struct CpuInterface {
    base: u64,
}

impl CpuInterface {
    /// GICC_IAR: interrupt id in bits 0 to 9.
    pub fn acknowledge(&self) -> u32 {
        // SAFETY: `set_up`'s caller vouched for the registers.
        unsafe { ((self.base + ACKNOWLEDGE) as *const u32).read_volatile() & 0x3ff }
    }

    /// GICC_EOIR.
    pub fn finish(&self, irq: u32) {
        // SAFETY: as above.
        unsafe { ((self.base + END) as *mut u32).write_volatile(irq) }
    }
}

/// Sets the controller up for one core.
///
/// # Safety
///
/// As [`Gic::new`](super::Gic::new).
pub unsafe fn set_up(board: &BoardDesc, irqs: &[IrqDesc]) -> CpuInterface {
    let (distributor, cpu) = (board.gic_distributor as *mut Gicd, board.gic_cpu as *mut Gicc);
    // SAFETY: as the caller says; the driver is dropped before anyone else looks.
    let mut gic = unsafe { GicV2::new(distributor, cpu) };
    gic.setup();
    for irq in irqs.iter().filter(|irq| irq.irq >= 32) {
        let id = IntId::spi(irq.irq - 32);
        let edge = irq.flags & IrqDesc::EDGE != 0;
        gic.set_trigger(id, if edge { Trigger::Edge } else { Trigger::Level });
        gic.set_interrupt_priority(id, PRIORITY);
        target_this_core(board.gic_distributor, irq.irq);
    }
    let timer = IntId::ppi(board.timer_irq.saturating_sub(16));
    gic.set_interrupt_priority(timer, PRIORITY);
    let _ = gic.enable_interrupt(timer, true);
    CpuInterface { base: board.gic_cpu }
}

/// GICD_ITARGETSR: one byte an interrupt, one bit a core. `arm-gic` leaves them alone.
fn target_this_core(distributor: u64, irq: u32) {
    let register = (distributor + 0x800 + u64::from(irq)) as *mut u8;
    // SAFETY: byte-accessible register of an interrupt the image names, in the mapped window.
    unsafe { register.write_volatile(1) }
}
