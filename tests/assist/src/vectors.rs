//! Vector registers that must survive whatever other tasks do, in tasks that have them.
//!
//! The compiler's own values are put aside around everything here, so that this compiles for
//! targets with and without vector registers.

use core::arch::asm;
use test_protocol::{RawCall, RawResult};

/// V0 to V31.
pub type Vectors = [u128; 32];

/// How long they are held, in turns of a loop of two instructions.
const TURNS: u64 = 5_000_000;

/// Fills the registers, makes a call, and says what it brought and which registers (one bit each)
/// are as they were.
#[must_use]
pub fn keep_vectors_in(call: &RawCall, seed: u64) -> (RawResult, u32) {
    let mut result = RawResult::default();
    let mut after = [0; 32];
    // SAFETY: as for `raw`: none.
    result.x = unsafe { hold(call, 0, seed, &mut after) };
    (result, kept(&after, seed))
}

/// Fills the registers, and says after a while which (one bit each) are as they were.
#[must_use]
pub fn keep_vectors(seed: u64) -> u32 {
    let mut after = [0; 32];
    // SAFETY: no call is made.
    unsafe { hold(&RawCall::default(), TURNS, seed, &mut after) };
    kept(&after, seed)
}

/// What is in the registers now.
pub fn read_vectors(into: &mut Vectors) {
    // SAFETY: 32 registers of 16 bytes are stored where there is room for them.
    unsafe {
        asm!(
            ".arch_extension simd",
            ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
            "str q\\i, [x13], #16",
            ".endr",
            inout("x13") into.as_mut_ptr() => _,
            options(nostack, preserves_flags),
        );
    }
}

/// What [`keep_vectors`] puts into a register.
#[must_use]
pub const fn filling(seed: u64, register: usize) -> u128 {
    let half = seed.wrapping_mul(register as u64 + 2) as u128;
    half << 64 | half
}

fn kept(after: &Vectors, seed: u64) -> u32 {
    let same = |&(register, &value): &(usize, &u128)| value == filling(seed, register);
    after.iter().enumerate().filter(same).fold(0, |kept, (register, _)| kept | 1 << register)
}

/// # Safety
///
/// As for the call, unless there are turns to make instead.
unsafe fn hold(call: &RawCall, turns: u64, seed: u64, after: &mut Vectors) -> [u64; 7] {
    let mut own: Vectors = [0; 32];
    let mut x = call.x;
    // SAFETY: `own` takes what the compiler may have in the registers and gives it back; the rest
    // is as the caller says.
    unsafe {
        asm!(
            ".arch_extension simd",
            ".macro each what, at",
            "mov x13, \\at",
            ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
            "\\what q\\i, [x13], #16",
            ".endr",
            ".endm",
            "each str, x20",
            "mov x13, x22",
            ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
            "add x13, x13, x22",
            "dup v\\i\\().2d, x13",
            ".endr",
            "cbz x23, 3f",
            "2: subs x23, x23, #1",
            "b.ne 2b",
            "b 4f",
            "3: svc #0",
            "4:",
            "each str, x21",
            "each ldr, x20",
            ".purgem each",
            in("x8") call.number,
            inout("x0") x[0], inout("x1") x[1], inout("x2") x[2], inout("x3") x[3],
            inout("x4") x[4], inout("x5") x[5], inout("x6") x[6], in("x7") x[7],
            in("x9") call.more[0], in("x10") call.more[1],
            in("x11") call.more[2], in("x12") call.more[3],
            out("x13") _,
            in("x20") own.as_mut_ptr(), in("x21") after.as_mut_ptr(),
            in("x22") seed, inout("x23") turns => _,
            options(nostack),
        );
    }
    [x[0], x[1], x[2], x[3], x[4], x[5], x[6]]
}
