//! Things that kill the task that does them, if the machine is as it should be.

use core::arch::asm;
use test_protocol::assist;

/// PSCI function id (Arm DEN0022, 5.1.9).
const SYSTEM_OFF: u64 = 0x8400_0008;

/// Does it. Returns only if it was allowed.
pub fn attempt(operation: u16, address: u64) -> u64 {
    match operation {
        // SAFETY: none of these is sound. That is the point: the machine must stop each of them
        // before it has an effect outside this task, which the test restarts.
        assist::LOAD => return unsafe { (address as *const u8).read_volatile() }.into(),
        // SAFETY: as above.
        assist::STORE => unsafe { (address as *mut u8).write_volatile(0x5a) },
        // SAFETY: as above.
        assist::JUMP => unsafe { asm!("blr {}", in(reg) address, clobber_abi("C")) },
        assist::PANIC => panic!("asked to panic"),
        assist::OVERFLOW => return overflow(address),
        // SAFETY: as above.
        assist::UNDEFINED => unsafe { asm!("udf #0") },
        // SAFETY: as above.
        assist::BREAKPOINT => unsafe { asm!("brk #7") },
        // SAFETY: as above.
        assist::FLOAT => unsafe { asm!(".inst 0x1e27000f") }, // fmov s15, w0
        // SAFETY: as above. An exclusive load must be aligned whatever SCTLR_EL1.A says.
        assist::MISALIGN => unsafe { asm!("add x9, sp, #1", "ldxr x9, [x9]", out("x9") _) },
        // SAFETY: as above.
        assist::JUMP_ODD => unsafe {
            asm!("adr x9, .", "add x9, x9, #1", "br x9", out("x9") _);
        },
        // SAFETY: as above.
        assist::PRIVILEGED => unsafe { asm!("msr ttbr0_el1, {}", in(reg) address) },
        // SAFETY: as above. PSCI's SYSTEM_OFF: whoever may do this ends the test.
        assist::HYPERVISOR => unsafe { asm!("hvc #0", in("x0") SYSTEM_OFF) },
        // SAFETY: as above.
        assist::MONITOR => unsafe { asm!("smc #0", in("x0") SYSTEM_OFF) },
        // SAFETY: as above.
        assist::MASK => unsafe { asm!("msr daifset, #2") },
        // SAFETY: as above.
        assist::MAILBOX => unsafe { asm!("msr dbgdtr_el0, {}", in(reg) address) },
        assist::CONTROL => {
            let value;
            // SAFETY: as above.
            unsafe { asm!("mrs {}, sctlr_el1", out(reg) value) };
            return value;
        }
        _ => (),
    }
    0
}

#[inline(never)]
fn overflow(depth: u64) -> u64 {
    let frame = core::hint::black_box([depth; 64]);
    let deeper = core::hint::black_box(depth + 1);
    if deeper == u64::MAX { 0 } else { overflow(deeper) + frame[(deeper % 64) as usize] }
}
