//! The server's measured loops: `RECV` once, then `REPLY_RECV`, in the fewest instructions that
//! deal with every message.

use abi::{Handle, MAX_BORROW, MAX_MESSAGE};
use core::arch::asm;

/// Answers every message with its own bytes until one with an odd operation comes, which is left
/// to the caller of this.
#[must_use]
pub fn echo(buffer: &mut [u8; MAX_MESSAGE]) -> Handle {
    let caller;
    // SAFETY: the buffer is borrowed mutably as long as messages may arrive in it, and holds the
    // reply meanwhile. The kernel keeps x7 to x30.
    unsafe {
        asm!(
            "svc #0",
            "mov x8, #3", // REPLY_RECV
            "2:",
            "tbnz x1, #0, 3f", // odd operation
            "ubfx x13, x1, #16, #12", // SendInfo: length
            "cmp x13, #32",
            "lsl x1, x13, #32", // ReplyInfo: code 0, length
            "csel x2, x9, x2, hi", // where a longer message lies
            "svc #0",
            "b 2b",
            "3:",
            inout("x0") u64::MAX => caller, // RECV from anyone
            out("x1") _, out("x2") _, out("x3") _, out("x4") _, out("x5") _, out("x6") _,
            inout("x8") 1u64 => _,
            in("x9") buffer.as_mut_ptr(),
            in("x10") buffer.len(),
            in("x11") 0,
            out("x13") _,
            options(nostack),
        );
    }
    Handle(caller)
}

/// Reads `length` bytes of lease 0 of each message and answers nothing, until one with an odd
/// operation comes, which is left to the caller of this.
#[must_use]
pub fn borrow(into: &mut [u8; MAX_BORROW], length: usize) -> Handle {
    let caller;
    // SAFETY: messages have at most 32 bytes, so no buffer is named for them; the lease is read
    // into one that is borrowed mutably. The kernel keeps x7 to x30.
    unsafe {
        asm!(
            "svc #0",
            "2:",
            "tbnz x1, #0, 3f", // odd operation
            "mov x13, x0",
            "mov x1, #0", // lease 0
            "mov x2, #0", // from its beginning
            "mov x3, {into}",
            "mov x4, {length}",
            "mov x8, #4", // BORROW_READ
            "svc #0",
            "mov x0, x13",
            "mov x1, #0", // code 0, no bytes
            "mov x8, #3", // REPLY_RECV
            "svc #0",
            "b 2b",
            "3:",
            into = in(reg) into.as_mut_ptr(),
            length = in(reg) length.min(into.len()),
            inout("x0") u64::MAX => caller, // RECV from anyone
            out("x1") _, out("x2") _, out("x3") _, out("x4") _, out("x5") _, out("x6") _,
            inout("x8") 1u64 => _,
            in("x9") into.as_mut_ptr(),
            in("x10") 0,
            in("x11") 0,
            out("x13") _,
            options(nostack),
        );
    }
    Handle(caller)
}
