//! Copying between tasks: 64 bytes a turn, at any address. Memory of tasks is normal memory, and the
//! kernel may access it unaligned (SCTLR_EL1.A is 0).

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
            "subs   {length}, {length}, #64",
            "b.lo   2f",
            "1: ldp {a}, {b}, [{from}], #64",
            "ldp    {c}, {d}, [{from}, #-48]",
            "ldp    {e}, {f}, [{from}, #-32]",
            "ldp    {g}, {h}, [{from}, #-16]",
            "stp    {a}, {b}, [{to}], #64",
            "stp    {c}, {d}, [{to}, #-48]",
            "stp    {e}, {f}, [{to}, #-32]",
            "stp    {g}, {h}, [{to}, #-16]",
            "subs   {length}, {length}, #64",
            "b.hs   1b",
            // The lower bits of the length are still what they were.
            "2: tbz {length}, #5, 3f",
            "ldp    {a}, {b}, [{from}], #32",
            "ldp    {c}, {d}, [{from}, #-16]",
            "stp    {a}, {b}, [{to}], #32",
            "stp    {c}, {d}, [{to}, #-16]",
            "3: tbz {length}, #4, 4f",
            "ldp    {a}, {b}, [{from}], #16",
            "stp    {a}, {b}, [{to}], #16",
            "4: tbz {length}, #3, 5f",
            "ldr    {a}, [{from}], #8",
            "str    {a}, [{to}], #8",
            "5: tbz {length}, #2, 6f",
            "ldr    {a:w}, [{from}], #4",
            "str    {a:w}, [{to}], #4",
            "6: tbz {length}, #1, 7f",
            "ldrh   {a:w}, [{from}], #2",
            "strh   {a:w}, [{to}], #2",
            "7: tbz {length}, #0, 8f",
            "ldrb   {a:w}, [{from}]",
            "strb   {a:w}, [{to}]",
            "8:",
            to = inout(reg) to => _,
            from = inout(reg) from => _,
            length = inout(reg) length => _,
            a = out(reg) _,
            b = out(reg) _,
            c = out(reg) _,
            d = out(reg) _,
            e = out(reg) _,
            f = out(reg) _,
            g = out(reg) _,
            h = out(reg) _,
            options(nostack),
        );
    }
}
