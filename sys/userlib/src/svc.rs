//! The one instruction that enters the kernel.

/// x0 to x7 and x9 to x12 around a call; the number goes in x8.
#[derive(Clone, Copy, Default)]
pub struct Registers {
    /// x0 to x7.
    pub x: [u64; 8],
    /// x9: own buffer.
    pub buffer: u64,
    /// x10: its size.
    pub capacity: u64,
    /// x11: notification mask.
    pub mask: u64,
    /// x12: lease table.
    pub leases: u64,
}

/// Enters the kernel. Only x0 to x6 ever change.
///
/// # Safety
///
/// Every address in the registers that the call reads or writes must be the caller's to lend so
/// for the duration of the call.
#[inline(always)]
pub unsafe fn call(number: abi::Call, registers: Registers) -> [u64; 7] {
    // SAFETY: as the caller says.
    unsafe { call_number(number as u64, registers) }
}

/// The same with any number, for tests.
///
/// # Safety
///
/// As [`call`].
#[cfg(target_os = "none")]
#[inline(always)]
pub unsafe fn call_number(number: u64, mut r: Registers) -> [u64; 7] {
    // SAFETY: the kernel keeps every register but x0–x6, and touches only memory named in the
    // registers, for which the caller vouches.
    unsafe {
        core::arch::asm!(
            "svc #0",
            in("x8") number,
            inlateout("x0") r.x[0],
            inlateout("x1") r.x[1],
            inlateout("x2") r.x[2],
            inlateout("x3") r.x[3],
            inlateout("x4") r.x[4],
            inlateout("x5") r.x[5],
            inlateout("x6") r.x[6],
            in("x7") r.x[7],
            in("x9") r.buffer,
            in("x10") r.capacity,
            in("x11") r.mask,
            in("x12") r.leases,
            options(nostack, preserves_flags),
        );
    }
    [r.x[0], r.x[1], r.x[2], r.x[3], r.x[4], r.x[5], r.x[6]]
}

/// `SEND`: x0 to x7, x9, x12. Gives x0 to x5.
///
/// # Safety
///
/// As [`call`].
#[cfg(target_os = "none")]
#[inline(always)]
pub unsafe fn send(mut x: [u64; 8], buffer: u64, leases: u64) -> [u64; 6] {
    // SAFETY: as in `call_number`; the kernel looks at no other register.
    unsafe {
        core::arch::asm!(
            "svc #0",
            in("x8") abi::Call::Send as u64,
            inlateout("x0") x[0],
            inlateout("x1") x[1],
            inlateout("x2") x[2],
            inlateout("x3") x[3],
            inlateout("x4") x[4],
            inlateout("x5") x[5],
            in("x6") x[6],
            in("x7") x[7],
            in("x9") buffer,
            in("x12") leases,
            options(nostack, preserves_flags),
        );
    }
    [x[0], x[1], x[2], x[3], x[4], x[5]]
}

/// `RECV`: x0, x9 to x11. Gives x0 to x6.
///
/// # Safety
///
/// As [`call`].
#[cfg(target_os = "none")]
#[inline(always)]
pub unsafe fn receive(from: u64, buffer: u64, capacity: u64, mask: u64) -> [u64; 7] {
    let mut x = [0; 7];
    // SAFETY: as in `call_number`; the kernel looks at no other register.
    unsafe {
        core::arch::asm!(
            "svc #0",
            in("x8") abi::Call::Recv as u64,
            inlateout("x0") from => x[0],
            lateout("x1") x[1],
            lateout("x2") x[2],
            lateout("x3") x[3],
            lateout("x4") x[4],
            lateout("x5") x[5],
            lateout("x6") x[6],
            in("x9") buffer,
            in("x10") capacity,
            in("x11") mask,
            options(nostack, preserves_flags),
        );
    }
    x
}

/// `REPLY_RECV`: x0 to x5, x9 to x11. Gives x0 to x6.
///
/// # Safety
///
/// As [`call`].
#[cfg(target_os = "none")]
#[inline(always)]
pub unsafe fn reply_receive(x: [u64; 6], buffer: u64, capacity: u64, mask: u64) -> [u64; 7] {
    let mut out = [0; 7];
    // SAFETY: as in `call_number`; the kernel looks at no other register.
    unsafe {
        core::arch::asm!(
            "svc #0",
            in("x8") abi::Call::ReplyRecv as u64,
            inlateout("x0") x[0] => out[0],
            inlateout("x1") x[1] => out[1],
            inlateout("x2") x[2] => out[2],
            inlateout("x3") x[3] => out[3],
            inlateout("x4") x[4] => out[4],
            inlateout("x5") x[5] => out[5],
            lateout("x6") out[6],
            in("x9") buffer,
            in("x10") capacity,
            in("x11") mask,
            options(nostack, preserves_flags),
        );
    }
    out
}

/// There is no kernel under a host test.
///
/// # Safety
///
/// As on the target; always panics.
#[cfg(not(target_os = "none"))]
pub unsafe fn call_number(number: u64, r: Registers) -> [u64; 7] {
    let _ = (r.x, r.buffer, r.capacity, r.mask, r.leases);
    panic!("system call {number} needs the kernel: run this on the target")
}

/// As [`call_number`].
///
/// # Safety
///
/// As on the target; always panics.
#[cfg(not(target_os = "none"))]
pub unsafe fn send(_: [u64; 8], _: u64, _: u64) -> [u64; 6] {
    panic!("SEND needs the kernel: run this on the target")
}

/// As [`call_number`].
///
/// # Safety
///
/// As on the target; always panics.
#[cfg(not(target_os = "none"))]
pub unsafe fn receive(_: u64, _: u64, _: u64, _: u64) -> [u64; 7] {
    panic!("RECV needs the kernel: run this on the target")
}

/// As [`call_number`].
///
/// # Safety
///
/// As on the target; always panics.
#[cfg(not(target_os = "none"))]
pub unsafe fn reply_receive(_: [u64; 6], _: u64, _: u64, _: u64) -> [u64; 7] {
    panic!("REPLY_RECV needs the kernel: run this on the target")
}
