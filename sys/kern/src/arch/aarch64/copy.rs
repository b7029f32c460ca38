//! Copying between tasks: one loop.

use core::arch::asm;

/// Copies `length` bytes. Byte order of a forward copy if the two overlap.
///
/// # Safety
///
/// Both ranges must be mapped, `from` readable and `to` writable, and no reference of the kernel
/// may reach into `to`.
#[inline(always)]
pub unsafe fn copy(to: u64, from: u64, length: usize) {
    // SAFETY: as the caller says. Neither range is named by a Rust object.
    unsafe {
        asm!(
            "and    {tail}, {length}, #15",
            "subs   {length}, {length}, #16",
            "b.lo   2f",
            "1: ldp {a}, {b}, [{from}], #16",
            "stp    {a}, {b}, [{to}], #16",
            "subs   {length}, {length}, #16",
            "b.hs   1b",
            "2: cbz {tail}, 4f",
            "3: ldrb {a:w}, [{from}], #1",
            "strb   {a:w}, [{to}], #1",
            "subs   {tail}, {tail}, #1",
            "b.ne   3b",
            "4:",
            to = inout(reg) to => _,
            from = inout(reg) from => _,
            length = inout(reg) length => _,
            tail = out(reg) _,
            a = out(reg) _,
            b = out(reg) _,
            options(nostack),
        );
    }
}
