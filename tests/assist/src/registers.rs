//! Registers that must survive whatever other tasks do.

use core::arch::asm;

/// How long they are held, in turns of a loop of two instructions.
const TURNS: u64 = 2000;

/// Holds values that depend on `seed` in x0 to x15 and TPIDR_EL0 for a while; says whether they
/// were still there at the end.
#[must_use]
pub fn keep_registers(seed: u64) -> bool {
    let put: [u64; 16] = core::array::from_fn(|i| seed.wrapping_mul(2 * i as u64 + 1));
    let mut v = core::hint::black_box(put);
    let thread: u64;
    // SAFETY: counts in a register; TPIDR_EL0 is the task's own, and nothing else here uses it.
    unsafe {
        asm!(
            "msr tpidr_el0, x17",
            "2: subs x16, x16, #1",
            "b.ne 2b",
            "mrs x17, tpidr_el0",
            inout("x0") v[0], inout("x1") v[1], inout("x2") v[2], inout("x3") v[3],
            inout("x4") v[4], inout("x5") v[5], inout("x6") v[6], inout("x7") v[7],
            inout("x8") v[8], inout("x9") v[9], inout("x10") v[10], inout("x11") v[11],
            inout("x12") v[12], inout("x13") v[13], inout("x14") v[14], inout("x15") v[15],
            inout("x16") TURNS => _, inout("x17") seed => thread,
            options(nomem, nostack),
        );
    }
    v == put && thread == seed
}
