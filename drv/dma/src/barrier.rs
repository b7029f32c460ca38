//! Ordering between the processor and a device that reads the same memory.

/// Everything written before is seen by every device before anything done after.
///
/// The fences inside `virtio-drivers` order processors among themselves (inner shareable); a
/// device may sit in the outer shareable domain, and the doorbell is a store to device memory.
#[inline]
pub fn full() {
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a barrier changes nothing but order.
    unsafe {
        core::arch::asm!("dmb osh", options(nostack, preserves_flags));
    }
    #[cfg(not(target_arch = "aarch64"))]
    core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
}
