//! The few A64 instructions that move the stack pointer or go somewhere else (Arm ARM section C4).

/// X31 where it means the stack pointer.
const SP: u32 = 31;

/// What an instruction means for the stack and for what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insn {
    /// Neither.
    Other,
    /// The stack grows by so many bytes, or shrinks.
    Grow(i64),
    /// `mov xN, sp` or `add xN, sp, #…`: a register holds the stack pointer plus so many bytes.
    Copy(u32, i64),
    /// `mov sp, xN`, `add sp, xN, #…` or `sub sp, xN, #…`: the stack pointer is a register plus so
    /// many bytes.
    Set(u32, i64),
    /// `and sp, xN, #…`: like [`Insn::Set`], and down to a multiple of so many bytes.
    Align(u32, i64),
    /// The stack pointer becomes something that only the running program knows.
    Unknown,
    /// `bl`.
    Call(u64),
    /// `blr`.
    CallRegister,
    /// `b`.
    Jump(u64),
    /// `b.cond`, `cbz`, `tbz` and their like.
    Branch(u64),
    /// `br`.
    JumpRegister(u32),
    /// `ret`, `eret`.
    Return,
    /// `udf`, `brk`: nothing comes after it.
    Trap,
    /// `adrp xN` or `adr xN`: a register holds an address.
    Address(u32, u64),
    /// `add xN, xN, #…` of another register than the stack pointer.
    Add(u32, u64),
    /// `add xD, xN, xM…`: destination and last operand.
    AddRegister(u32, u32),
    /// `ldrb`, `ldrh`, `ldrsw` with a register offset: destination.
    LoadEntry(u32),
}

/// Decodes the instruction at an address.
#[must_use]
pub fn decode(word: u32, at: u64) -> Insn {
    branch(word, at).or_else(|| stack(word)).or_else(|| address(word, at)).unwrap_or(Insn::Other)
}

/// Bits `low..low + count`, sign-extended.
const fn signed(word: u32, low: u32, count: u32) -> i64 {
    ((word << (32 - low - count)) as i32 >> (32 - count)) as i64
}

const fn register(word: u32, low: u32) -> u32 {
    word >> low & 31
}

fn branch(word: u32, at: u64) -> Option<Insn> {
    let to = |words: i64| at.wrapping_add_signed(words * 4);
    Some(match word {
        _ if word & 0xfc00_0000 == 0x9400_0000 => Insn::Call(to(signed(word, 0, 26))),
        _ if word & 0xfc00_0000 == 0x1400_0000 => Insn::Jump(to(signed(word, 0, 26))),
        _ if word & 0xff00_0000 == 0x5400_0000 => Insn::Branch(to(signed(word, 5, 19))),
        _ if word & 0x7e00_0000 == 0x3400_0000 => Insn::Branch(to(signed(word, 5, 19))),
        _ if word & 0x7e00_0000 == 0x3600_0000 => Insn::Branch(to(signed(word, 5, 14))),
        _ if word & 0xffff_fc1f == 0xd63f_0000 => Insn::CallRegister,
        _ if word & 0xffff_fc1f == 0xd61f_0000 => Insn::JumpRegister(register(word, 5)),
        _ if word & 0xffff_fc1f == 0xd65f_0000 || word == 0xd69f_03e0 => Insn::Return,
        _ if word >> 16 == 0 || word & 0xffe0_001f == 0xd420_0000 => Insn::Trap,
        _ => return None,
    })
}

fn stack(word: u32) -> Option<Insn> {
    let (from, to) = (register(word, 5), register(word, 0));
    // ADD and SUB (immediate), 64 bits, flags untouched.
    if word & 0x9f80_0000 == 0x9100_0000 && word & 0x2000_0000 == 0 {
        let bytes = i64::from(word >> 10 & 0xfff) << (12 * (word >> 22 & 1));
        let bytes = if word & 0x4000_0000 == 0 { bytes } else { -bytes };
        return match (from, to) {
            (SP, SP) => Some(Insn::Grow(-bytes)),
            (SP, to) => Some(Insn::Copy(to, bytes)),
            (from, SP) => Some(Insn::Set(from, bytes)),
            (from, to) if from == to && bytes >= 0 => Some(Insn::Add(to, bytes as u64)),
            _ => None,
        };
    }
    if word & 0x7f80_0000 == 0x1200_0000 && to == SP {
        return Some(alignment(word).map_or(Insn::Unknown, |bytes| Insn::Align(from, bytes)));
    }
    // ADD, SUB (extended register) to the stack pointer.
    if word & 0xbfe0_0000 == 0x8b20_0000 && to == SP {
        return Some(Insn::Unknown);
    }
    write_back(word)
}

/// AND (immediate) with a mask of ones above zeros: 64 bits, `-2^n`.
fn alignment(word: u32) -> Option<i64> {
    let (n, rotate, ones) = (word >> 22 & 1, word >> 16 & 63, word >> 10 & 63);
    let zeros = 63 - ones;
    (word >> 31 == 1 && n == 1 && rotate == 64 - zeros && zeros > 0).then(|| 1 << zeros)
}

/// Loads and stores that change their base register, which is the stack pointer.
fn write_back(word: u32) -> Option<Insn> {
    if register(word, 5) != SP {
        return None;
    }
    let vector = word >> 26 & 1 == 1;
    // Pairs: post-index is 001, pre-index 011.
    if word & 0x3a00_0000 == 0x2800_0000 && word >> 23 & 1 == 1 {
        let scale = if vector { 2 + (word >> 30) } else { 2 + (word >> 31) };
        return Some(Insn::Grow(-(signed(word, 15, 7) << scale)));
    }
    // Single registers: post-index is 01, pre-index 11.
    if word & 0x3b20_0400 == 0x3800_0400 {
        return Some(Insn::Grow(-signed(word, 12, 9)));
    }
    None
}

fn address(word: u32, at: u64) -> Option<Insn> {
    let to = register(word, 0);
    if word & 0x1f00_0000 == 0x1000_0000 {
        let offset = signed(word, 5, 19) << 2 | i64::from(word >> 29 & 3);
        return Some(Insn::Address(
            to,
            match word >> 31 {
                0 => at.wrapping_add_signed(offset),
                _ => (at & !0xfff).wrapping_add_signed(offset << 12),
            },
        ));
    }
    // ADD (shifted register), 64 bits.
    if word & 0xff20_0000 == 0x8b00_0000 {
        return Some(Insn::AddRegister(to, register(word, 16)));
    }
    // LDRB, LDRH, LDRSW (register).
    let load = [0x3860_0800, 0x7860_0800, 0xb8a0_0800, 0x38a0_0800, 0x78a0_0800];
    load.contains(&(word & 0xffe0_0c00)).then_some(Insn::LoadEntry(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(cases: &[(u32, Insn)]) {
        for &(word, expected) in cases {
            assert_eq!(decode(word, 0x1000), expected, "{word:#010x}");
        }
    }

    #[test]
    fn the_stack_grows_and_shrinks() {
        all(&[
            (0xd103_c3ff, Insn::Grow(240)),  // sub sp, sp, #240
            (0xd140_07ff, Insn::Grow(4096)), // sub sp, sp, #1, lsl #12
            (0x9103_c3ff, Insn::Grow(-240)), // add sp, sp, #240
            (0xa9bf_7bfd, Insn::Grow(16)),   // stp x29, x30, [sp, #-16]!
            (0xa8c1_7bfd, Insn::Grow(-16)),  // ldp x29, x30, [sp], #16
            (0xf81e_0ffe, Insn::Grow(32)),   // str x30, [sp, #-32]!
            (0xf842_07fe, Insn::Grow(-32)),  // ldr x30, [sp], #32
            (0x6dbe_27ea, Insn::Grow(32)),   // stp d10, d9, [sp, #-32]!
            (0xadbf_07e0, Insn::Grow(32)),   // stp q0, q1, [sp, #-32]!
            (0xfc1f_0fe8, Insn::Grow(16)),   // str d8, [sp, #-16]!
            (0xa900_7bfd, Insn::Other),      // stp x29, x30, [sp]
            (0xf940_0bfe, Insn::Other),      // ldr x30, [sp, #16]
            (0xf840_8420, Insn::Other),      // ldr x0, [x1], #8
        ]);
    }

    #[test]
    fn registers_take_part() {
        all(&[
            (0x9100_43fd, Insn::Copy(29, 16)), // add x29, sp, #16
            (0x9100_03e2, Insn::Copy(2, 0)),   // mov x2, sp
            (0x9100_03bf, Insn::Set(29, 0)),   // mov sp, x29
            (0xd100_83bf, Insn::Set(29, -32)), // sub sp, x29, #32
            (0x927b_e93f, Insn::Align(9, 32)), // and sp, x9, #-32
            (0xcb29_63ff, Insn::Unknown),      // sub sp, sp, x9
            (0x9100_8021, Insn::Add(1, 32)),   // add x1, x1, #32
        ]);
    }

    #[test]
    fn ways_out() {
        all(&[
            (0x9400_0002, Insn::Call(0x1008)),
            (0x97ff_ffff, Insn::Call(0xffc)),
            (0x1400_0004, Insn::Jump(0x1010)),
            (0x5400_0041, Insn::Branch(0x1008)), // b.ne
            (0xb4ff_ffe0, Insn::Branch(0xffc)),  // cbz x0
            (0x3700_0040, Insn::Branch(0x1008)), // tbnz w0, #0
            (0xd63f_0100, Insn::CallRegister),   // blr x8
            (0xd61f_0180, Insn::JumpRegister(12)),
            (0xd65f_03c0, Insn::Return),
            (0xd420_0020, Insn::Trap),  // brk #1
            (0x0000_0000, Insn::Trap),  // udf #0
            (0xd400_0001, Insn::Other), // svc #0
        ]);
    }

    #[test]
    fn addresses() {
        all(&[
            (0x9000_0001, Insn::Address(1, 0x1000)),  // adrp x1, .
            (0xb000_0001, Insn::Address(1, 0x2000)),  // adrp x1, .+4096
            (0x1000_0089, Insn::Address(9, 0x1010)),  // adr x9, .+16
            (0x8b0a_0129, Insn::AddRegister(9, 10)),  // add x9, x9, x10
            (0x8b0c_096b, Insn::AddRegister(11, 12)), // add x11, x11, x12, lsl #2
            (0xb8a8_796a, Insn::LoadEntry(10)),       // ldrsw x10, [x11, x8, lsl #2]
            (0x3869_694c, Insn::LoadEntry(12)),       // ldrb w12, [x10, x9]
        ]);
    }
}
