//! What the processor makes of descriptors, given the registers that the kernel sets.
//!
//! The assertions are this crate's assumptions about [`config::regime`]. Whoever changes one of
//! those registers so that descriptors mean something else does not get past the compiler.

use config::regime::{MAIR, SCTLR, TCR};

/// Bits of a virtual address that the tables translate, in either half.
pub const ADDRESS_BITS: u32 = 64 - field(TCR, 0, 6) as u32;
/// Where what TTBR1 points to begins.
pub const UPPER: u64 = u64::MAX << ADDRESS_BITS;
/// Inner shareable, as a descriptor has it.
pub const INNER_SHAREABLE: u64 = 0b11;

const fn field(register: u64, shift: u32, width: u32) -> u64 {
    register >> shift & ((1 << width) - 1)
}

const fn is_set(register: u64, bit: u32) -> bool {
    register >> bit & 1 != 0
}

const _: () = {
    // Both halves alike, 4 KiB granules, and so many bits that walks begin at level 1.
    assert!(field(TCR, 0, 6) == 25 && field(TCR, 16, 6) == 25, "T0SZ, T1SZ");
    assert!(field(TCR, 14, 2) == 0b00 && field(TCR, 30, 2) == 0b10, "TG0, TG1");
    assert!(!is_set(TCR, 7) && !is_set(TCR, 23), "EPD0, EPD1: walks are made");
    // Walks see memory as everybody else does: write-back, inner shareable.
    assert!(field(TCR, 8, 4) == 0b0101 && field(TCR, 24, 4) == 0b0101, "IRGN, ORGN");
    assert!(field(TCR, 12, 2) == INNER_SHAREABLE && field(TCR, 28, 2) == INNER_SHAREABLE);
    // The id of an address space is in TTBR0, with 16 bits.
    assert!(!is_set(TCR, 22) && is_set(TCR, 36), "A1, AS");
    // Every bit of an address counts, hardware writes no descriptor, tables have no rights.
    assert!(!is_set(TCR, 37) && !is_set(TCR, 38), "TBI0, TBI1");
    assert!(!is_set(TCR, 39) && !is_set(TCR, 40), "HA, HD");
    assert!(!is_set(TCR, 41) && !is_set(TCR, 42), "HPD0, HPD1");
    assert!(!is_set(TCR, 59), "DS: addresses have 48 bits");
    assert!(is_set(SCTLR, 0) && is_set(SCTLR, 19), "MMU, WXN");
    assert!(!is_set(SCTLR, 24) && !is_set(SCTLR, 25), "E0E, EE: little-endian");
};

/// What memory is: the byte of MAIR that a descriptor's index names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory(pub u8);

impl Memory {
    /// Normal memory that is cached, as nearly all is, and as tables are when they are walked.
    pub const WRITE_BACK: Self = Self(0xff);

    /// By a descriptor's AttrIndx. `None` if the kernel gives that index no meaning.
    pub const fn by_index(index: u64) -> Option<Self> {
        match MAIR.to_le_bytes()[(index & 7) as usize] {
            0 => None,
            byte => Some(Self(byte)),
        }
    }

    /// Whether it is Device memory (Arm ARM D24.2.109: the upper half of the byte is zero).
    pub const fn is_device(self) -> bool {
        self.0 >> 4 == 0
    }

    /// In words.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0xff => "write-back",
            0x44 => "non-cacheable",
            0x04 => "device",
            _ => "of another type",
        }
    }
}

/// The registers whose values must be among the constants of the boot code.
pub const REGISTERS: [(&str, u64); 3] =
    [("MAIR_EL1", MAIR), ("TCR_EL1", TCR), ("SCTLR_EL1", SCTLR)];
