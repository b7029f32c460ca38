//! Regions to AArch64 translation tables as bytes, and back.
//!
//! Stage 1, 4 KiB granule, 39-bit addresses, so three levels beginning at level 1 (Arm ARM D8.2).
//! Blocks of 2 MiB are used wherever both addresses and the length allow. The kernel only points
//! the hardware at what is made here; nothing ever writes it again.
//!
//! The builder is this project's own: the one format used takes a hundred lines, and the reader
//! needs to know every bit anyway, to refuse tables that the builder would not have made.

#![forbid(unsafe_code)]

mod build;
#[cfg(test)]
mod tests;
mod walk;

pub use build::{Error, Tables, build, count};
pub use walk::{LOWER, Strange, UPPER, walk};

/// Bytes of a page, and of a table.
pub const PAGE: u64 = config::PAGE;
const BLOCK: u64 = 2 << 20;
const ADDRESS_BITS: u32 = 39;

/// What memory is; the number is the index into MAIR_EL1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Memory {
    /// Normal, write-back.
    Normal = 0,
    /// Device-nGnRE.
    Device = 1,
    /// Normal, non-cacheable.
    NonCacheable = 2,
}

/// Who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rights {
    /// A task's (EL0); otherwise the kernel's alone (EL1).
    pub user: bool,
    /// Stores.
    pub write: bool,
    /// Instructions.
    pub execute: bool,
}

/// A stretch of memory as one address space sees it. Everything is a multiple of [`PAGE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mapping {
    /// First virtual address; only the low 39 bits and the highest count.
    pub address: u64,
    /// First physical address.
    pub physical: u64,
    /// Bytes.
    pub size: u64,
    /// Who may do what.
    pub rights: Rights,
    /// What it is.
    pub memory: Memory,
}

/// Bits of a descriptor (Arm ARM D8.3).
mod bits {
    pub const VALID: u64 = 1 << 0;
    /// At levels 1 and 2 a table, at level 3 a page.
    pub const TABLE_OR_PAGE: u64 = 1 << 1;
    pub const ATTRIBUTE_SHIFT: u32 = 2;
    pub const USER: u64 = 1 << 6;
    pub const READ_ONLY: u64 = 1 << 7;
    pub const INNER_SHAREABLE: u64 = 0b11 << 8;
    pub const ACCESSED: u64 = 1 << 10;
    pub const NOT_GLOBAL: u64 = 1 << 11;
    pub const PRIVILEGED_EXECUTE_NEVER: u64 = 1 << 53;
    pub const USER_EXECUTE_NEVER: u64 = 1 << 54;
    pub const ADDRESS: u64 = 0x0000_ffff_ffff_f000;
}
