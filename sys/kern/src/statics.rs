//! Every global variable of the kernel.

use crate::machine::Hardware;
use core::arch::asm;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::AtomicBool;
use kerncore::Kernel;

/// The kernel's state. One core, interrupts masked: whoever runs in the kernel has it alone. A
/// second core will take a lock here.
pub struct Global(UnsafeCell<MaybeUninit<Kernel<'static, Hardware>>>);

// SAFETY: only one core runs, and the kernel is not interrupted.
unsafe impl Sync for Global {}

/// Debuggers know it by this name.
pub static KERNEL: Global = Global(UnsafeCell::new(MaybeUninit::uninit()));

impl Global {
    /// Sets the state at boot.
    ///
    /// # Safety
    ///
    /// Once, before any call of [`Global::get`].
    pub unsafe fn set(
        &self,
        kernel: Kernel<'static, Hardware>,
    ) -> &'static mut Kernel<'static, Hardware> {
        // SAFETY: nobody else has it yet.
        unsafe { (*self.0.get()).write(kernel) }
    }

    /// The state, for the length of one trap.
    ///
    /// # Safety
    ///
    /// After [`Global::set`], and only once in each trap from a task: traps do not nest, since
    /// interrupts are masked in the kernel and a fault in it never returns.
    #[inline(always)]
    #[expect(clippy::pointers_in_nomem_asm_block, reason = "nothing behind it is touched")]
    pub unsafe fn get(&self) -> &'static mut Kernel<'static, Hardware> {
        let mut state = self.0.get();
        // The compiler shall not know the address: it would write it out at every access instead
        // of keeping it in a register.
        // SAFETY: does nothing.
        unsafe {
            asm!("/* {} */", inout(reg) state, options(pure, nomem, nostack, preserves_flags))
        }
        // SAFETY: as the caller says.
        unsafe { (*state).assume_init_mut() }
    }
}

/// How PSCI is reached: true is the secure monitor. Set at boot, needed at the end, when the
/// kernel's state may be anything.
pub static SECURE_MONITOR: AtomicBool = AtomicBool::new(false);
