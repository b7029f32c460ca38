//! One A64 instruction as far as stack depth needs it (Arm ARM C4.1).
//!
//! What is not told apart here comes out as [`Op::Other`] with every general register that it might
//! write, so that not knowing an instruction loses precision and never soundness.

/// Number 31: the stack pointer where an instruction takes one, else the zero register.
pub const SP: u8 = 31;

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `bl`.
    Call(u64),
    /// `b`.
    Jump(u64),
    /// `b.cond`, `cbz`, `tbz` and their kin.
    Branch(u64),
    /// `blr`.
    CallRegister(u8),
    /// `br`.
    JumpRegister(u8),
    /// `ret`.
    Return,
    /// Nothing behind it runs: `brk`, `udf`, `hlt`, `eret`.
    Stop,
    /// `svc`, `hvc`, `smc`: any register may come back changed.
    System,
    /// `adrp`: half an address.
    Page(u8, u64),
    /// A register and its new value: `adr`, `movz`, `movn`.
    Value(u8, u64),
    /// `movk`: register, the bits put in, the bits kept.
    Keep(u8, u64, u64),
    /// `add` and `sub` with a constant: to, from, constant. 31 is the stack pointer.
    Add(u8, u8, i64),
    /// `add` of registers: to, one, other, by how much that is shifted left.
    Sum(u8, u8, u8, u32),
    /// `add` and `sub` of registers that reach the stack pointer: to, from, by, whether `sub`.
    Extended(u8, u8, u8, bool),
    /// `mov` between registers.
    Move(u8, u8),
    /// `csel`.
    Select(u8, u8, u8),
    /// `and` with a constant. 31 as the target is the stack pointer.
    And(u8, u8, u64),
    /// A load from beside the instructions: to, address.
    Literal(u8, u64),
    /// A load or store at a register plus a constant.
    Memory(Memory),
    /// A load of less than 64 bits at a register plus another: to, base, bytes, whether signed.
    Table(u8, u8, u8, bool),
    /// Anything else: the registers it may write, as a mask without 31.
    Other(u32),
    /// It writes the stack pointer, and nobody can tell what.
    WildStack,
}

/// A load or store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Base register; 31 is the stack pointer.
    pub base: u8,
    /// From the base to what is read or written.
    pub offset: i64,
    /// What is added to the base for good.
    pub writeback: i64,
    /// General registers that are loaded with whole words, in the order of memory.
    pub words: [Option<u8>; 2],
    /// General registers that it writes otherwise, as a mask.
    pub clobbers: u32,
}

/// Decodes the instruction at an address.
#[must_use]
pub fn decode(word: u32, at: u64) -> Op {
    match bits(word, 25, 4) {
        0b0000 if bits(word, 16, 16) == 0 => Op::Stop, // UDF
        0b1000 | 0b1001 => immediate(word, at),
        0b1010 | 0b1011 => branch(word, at),
        0b0100 | 0b0110 | 0b1100 | 0b1110 => memory(word, at),
        0b0101 | 0b1101 => register(word),
        _ => other(word), // SVE, SIMD, unallocated: the target of those that have one
    }
}

const fn bits(word: u32, from: u32, count: u32) -> u32 {
    (word >> from) & ((1 << count) - 1)
}

const fn field(word: u32, from: u32) -> u8 {
    bits(word, from, 5) as u8
}

const fn signed(word: u32, from: u32, count: u32) -> i64 {
    let shift = 64 - count;
    ((bits(word, from, count) as i64) << shift) >> shift
}

/// The register in the lowest bits, which is where all results go that do not go to memory.
fn other(word: u32) -> Op {
    Op::Other(mask(field(word, 0)))
}

/// A mask of one register, or of none.
fn mask(register: u8) -> u32 {
    if register == SP { 0 } else { 1 << register }
}

/// C4.1.93: data processing with a constant.
fn immediate(word: u32, at: u64) -> Op {
    let (to, from) = (field(word, 0), field(word, 5));
    let wide = bits(word, 31, 1) == 1;
    match bits(word, 23, 3) {
        0b000 | 0b001 => address(word, at),
        0b010 => add(word),
        0b100 if bits(word, 29, 2) == 0b11 => other(word), // ANDS
        0b100 if to == SP && (!wide || bits(word, 29, 2) != 0) => Op::WildStack,
        0b100 if wide && bits(word, 29, 2) == 0 => Op::And(to, from, bitmask(word)),
        0b101 => wide_constant(word),
        0b011 if to == SP => Op::WildStack, // ADDG, SUBG
        _ => other(word),
    }
}

fn address(word: u32, at: u64) -> Op {
    let distance = (signed(word, 5, 19) << 2) | i64::from(bits(word, 29, 2));
    match bits(word, 31, 1) {
        0 => Op::Value(field(word, 0), at.wrapping_add_signed(distance)),
        _ => Op::Page(field(word, 0), (at & !0xfff).wrapping_add_signed(distance << 12)),
    }
}

fn add(word: u32) -> Op {
    let (to, from) = (field(word, 0), field(word, 5));
    let (wide, flags) = (bits(word, 31, 1) == 1, bits(word, 29, 1) == 1);
    let constant = i64::from(bits(word, 10, 12)) << (12 * bits(word, 22, 1));
    match (wide, flags) {
        (true, true) if to == SP => Op::Other(0), // CMP, CMN
        (true, _) => Op::Add(to, from, if bits(word, 30, 1) == 1 { -constant } else { constant }),
        (false, false) if to == SP => Op::WildStack,
        (false, _) => other(word),
    }
}

fn wide_constant(word: u32) -> Op {
    let to = field(word, 0);
    let shift = 16 * bits(word, 21, 2);
    let constant = u64::from(bits(word, 5, 16)) << shift;
    let narrow = if bits(word, 31, 1) == 1 { u64::MAX } else { u64::from(u32::MAX) };
    match bits(word, 29, 2) {
        _ if to == SP => Op::Other(0),
        0b00 => Op::Value(to, !constant & narrow),
        0b10 => Op::Value(to, constant),
        0b11 => Op::Keep(to, constant, narrow & !(0xffff << shift)),
        _ => other(word),
    }
}

/// The 64-bit constant of a logical instruction (`DecodeBitMasks`).
fn bitmask(word: u32) -> u64 {
    let (n, rotate, ones) = (bits(word, 22, 1), bits(word, 16, 6), bits(word, 10, 6));
    let selector = (n << 6) | (!ones & 0x3f);
    if selector == 0 {
        return 0;
    }
    let size = 1 << selector.ilog2();
    let (rotate, ones) = (rotate & (size - 1), (ones & (size - 1)) + 1);
    let element = u64::MAX >> (64 - ones);
    let all = u64::MAX >> (64 - size);
    let rotated = match rotate {
        0 => element,
        _ => ((element >> rotate) | (element << (size - rotate))) & all,
    };
    (0..64).step_by(size as usize).fold(0, |sum, shift| sum | (rotated << shift))
}

/// C4.1.94: branches, exceptions, system registers.
fn branch(word: u32, at: u64) -> Op {
    let to = |count: u32, from: u32| at.wrapping_add_signed(signed(word, from, count) << 2);
    match bits(word, 29, 3) {
        0b000 => Op::Jump(to(26, 0)),
        0b100 => Op::Call(to(26, 0)),
        0b001 | 0b101 if bits(word, 25, 1) == 0 => Op::Branch(to(19, 5)), // CBZ, CBNZ
        0b001 | 0b101 => Op::Branch(to(14, 5)),                           // TBZ, TBNZ
        0b010 => Op::Branch(to(19, 5)),
        0b110 => match bits(word, 22, 4) {
            0b0000..=0b0011 => exception(word),
            0b0100 if bits(word, 21, 1) == 1 => Op::Other(mask(field(word, 0))), // MRS, SYSL
            0b0100 | 0b0101 => Op::Other(0),
            _ => by_register(word),
        },
        _ => Op::Stop,
    }
}

fn exception(word: u32) -> Op {
    match (bits(word, 21, 3), bits(word, 0, 2)) {
        (0b000, 1..=3) => Op::System,
        _ => Op::Stop,
    }
}

fn by_register(word: u32) -> Op {
    match bits(word, 21, 4) & 0b0111 {
        0b000 => Op::JumpRegister(field(word, 5)),
        0b001 => Op::CallRegister(field(word, 5)),
        0b010 => Op::Return,
        _ => Op::Stop, // ERET, DRPS
    }
}

/// C4.1.95: data processing with registers.
fn register(word: u32) -> Op {
    let (to, one, two) = (field(word, 0), field(word, 5), field(word, 16));
    let (wide, subtract, flags) =
        (bits(word, 31, 1) == 1, bits(word, 30, 1) == 1, bits(word, 29, 1) == 1);
    match (bits(word, 24, 5), bits(word, 21, 3)) {
        (0b01010, _) if wide && one == SP && bits(word, 29, 2) == 1 && bits(word, 10, 6) == 0 => {
            if bits(word, 21, 1) == 0 { Op::Move(to, two) } else { other(word) } // ORR; ORN
        }
        (0b01011, 0b001) if !flags && to == SP && !wide => Op::WildStack,
        (0b01011, 0b001) if !flags && wide && (to == SP || one == SP) => match bits(word, 10, 6) {
            0b011_000 => Op::Extended(to, one, two, subtract), // UXTX, not shifted
            _ if to == SP => Op::WildStack,
            _ => other(word),
        },
        (0b01011, 0b001) if !flags && wide && !subtract => Op::Sum(to, one, two, bits(word, 10, 3)),
        (0b01011, 0b000) if wide && !subtract && !flags => Op::Sum(to, one, two, bits(word, 10, 6)),
        (0b11010, 0b100) if wide && !flags && !subtract && bits(word, 10, 2) == 0 => {
            Op::Select(to, one, two)
        }
        _ => other(word),
    }
}

/// C4.1.96: loads and stores.
fn memory(word: u32, at: u64) -> Op {
    let vector = bits(word, 26, 1) == 1;
    match (bits(word, 27, 3), bits(word, 24, 1)) {
        (0b011, 0) if bits(word, 30, 2) == 0b01 && !vector => {
            Op::Literal(field(word, 0), at.wrapping_add_signed(signed(word, 5, 19) << 2))
        }
        (0b011, 0) => if_general(vector, mask(field(word, 0))),
        (0b101, _) => pair(word, vector),
        (0b111, 1) => single(word, vector, i64::from(bits(word, 10, 12)) << scale(word), 0),
        (0b111, _) if bits(word, 21, 1) == 0 => {
            let distance = signed(word, 12, 9);
            match bits(word, 10, 2) {
                0b01 => single(word, vector, 0, distance),
                0b11 => single(word, vector, distance, distance),
                _ => single(word, vector, distance, 0),
            }
        }
        (0b111, _) if bits(word, 10, 2) == 0b10 => indexed(word, vector),
        _ => unusual(word, vector),
    }
}

fn if_general(vector: bool, mask: u32) -> Op {
    Op::Other(if vector { 0 } else { mask })
}

/// Log of the bytes that a load or store of one register moves.
fn scale(word: u32) -> u32 {
    let quad = bits(word, 26, 1) == 1 && bits(word, 23, 1) == 1;
    bits(word, 30, 2) + if quad { 4 } else { 0 }
}

fn single(word: u32, vector: bool, offset: i64, writeback: i64) -> Op {
    let (to, base) = (field(word, 0), field(word, 5));
    let (size, opc) = (bits(word, 30, 2), bits(word, 22, 2));
    let whole = !vector && size == 0b11 && opc == 0b01;
    let loads = !vector && opc != 0 && !(size == 0b11 && opc == 0b10);
    let words = [if whole && to != SP { Some(to) } else { None }, None];
    let clobbers = if loads && !whole { mask(to) } else { 0 };
    Op::Memory(Memory { base, offset, writeback, words, clobbers })
}

fn pair(word: u32, vector: bool) -> Op {
    let (one, two, base) = (field(word, 0), field(word, 10), field(word, 5));
    let opc = bits(word, 30, 2);
    let scale = if vector { opc + 2 } else { 2 + (opc >> 1) };
    let distance = signed(word, 15, 7) << scale;
    let (offset, writeback) = match bits(word, 23, 2) {
        0b01 => (0, distance),
        0b11 => (distance, distance),
        _ => (distance, 0),
    };
    let loads = !vector && bits(word, 22, 1) == 1;
    let whole = loads && opc == 0b10;
    let into = |register: u8| (whole && register != SP).then_some(register);
    let clobbers = if loads && !whole { mask(one) | mask(two) } else { 0 };
    Op::Memory(Memory { base, offset, writeback, words: [into(one), into(two)], clobbers })
}

/// At a register plus another.
fn indexed(word: u32, vector: bool) -> Op {
    let (to, base) = (field(word, 0), field(word, 5));
    let (size, opc) = (bits(word, 30, 2), bits(word, 22, 2));
    match (size, opc) {
        _ if vector || opc == 0 || to == SP => Op::Other(0),
        (0b11, 0b10) => Op::Other(0), // PRFM
        (0b11, _) => Op::Other(mask(to)),
        _ => Op::Table(to, base, 1 << size, opc >= 0b10),
    }
}

/// Atomics, exclusives, structures: whatever they may write.
fn unusual(word: u32, vector: bool) -> Op {
    let base = field(word, 5);
    let results = mask(field(word, 0)) | mask(field(word, 10)) | mask(field(word, 16));
    // Structures (C4.1.96.1 and on) and loads with authentication have forms with writeback.
    let structure = vector && bits(word, 27, 3) == 0b001 && bits(word, 23, 1) == 1;
    let authenticated = !vector
        && bits(word, 27, 3) == 0b111
        && bits(word, 21, 1) == 1
        && bits(word, 10, 2) == 0b11;
    match (structure || authenticated, base) {
        (true, SP) => Op::WildStack,
        (true, base) => Op::Other(results | mask(base)),
        (false, _) if vector => Op::Other(0),
        (false, _) => Op::Other(results),
    }
}
