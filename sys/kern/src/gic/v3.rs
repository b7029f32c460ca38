//! GICv3: the CPU interface in system registers.

use arm_gic::gicv3::registers::{Gicd, GicrSgi};
use arm_gic::gicv3::{GicCpuInterface, GicV3};
use arm_gic::{IntId, Trigger, UniqueMmioPointer};
use config::{BoardDesc, IrqDesc};
use core::arch::asm;
use core::ptr::NonNull;

/// All interrupts have the same priority: the kernel, not the controller, decides who runs.
const PRIORITY: u8 = 0x80;
/// Lets every priority through.
const LOWEST: u8 = 0xff;
/// Only the boot core runs.
const CORES: usize = 1;
const CORE: Option<usize> = Some(0);

/// ICC_IAR1_EL1.
#[inline(always)]
pub fn acknowledge() -> u32 {
    let irq: u64;
    // SAFETY: acknowledging is what the caller is here for.
    unsafe { asm!("mrs {}, icc_iar1_el1", "dsb sy", out(reg) irq, options(nostack)) }
    irq as u32
}

/// ICC_EOIR1_EL1.
#[inline(always)]
pub fn finish(irq: u32) {
    // SAFETY: ends an interrupt that was acknowledged.
    unsafe { asm!("msr icc_eoir1_el1, {}", "isb", in(reg) u64::from(irq), options(nostack)) }
}

/// Sets the controller up for one core.
///
/// # Safety
///
/// As [`Gic::new`](super::Gic::new).
pub unsafe fn set_up(board: &BoardDesc, irqs: &[IrqDesc]) -> Option<()> {
    let distributor = NonNull::new(board.gic_distributor as *mut Gicd)?;
    let redistributor = NonNull::new(board.gic_cpu as *mut GicrSgi)?;
    // SAFETY: as the caller says; the driver is dropped before anyone else looks.
    let mut gic =
        unsafe { GicV3::new(UniqueMmioPointer::new(distributor), redistributor, CORES).ok()? };
    gic.setup(0);
    GicCpuInterface::set_priority_mask(LOWEST);
    for irq in irqs.iter().filter(|irq| irq.irq >= 32) {
        let id = IntId::spi(irq.irq - 32);
        let edge = irq.flags & IrqDesc::EDGE != 0;
        gic.set_trigger(id, None, if edge { Trigger::Edge } else { Trigger::Level }).ok()?;
        gic.set_interrupt_priority(id, None, PRIORITY).ok()?;
    }
    let timer = IntId::ppi(board.timer_irq.saturating_sub(16));
    gic.set_interrupt_priority(timer, CORE, PRIORITY).ok()?;
    gic.enable_interrupt(timer, CORE, true).ok()?;
    Some(())
}
