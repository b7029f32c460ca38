//! One descriptor of a translation table (Arm ARM D8.3.1, D8.3.2), bit by bit.
//!
//! What the hardware would do with it is told even when it breaks the form that is allowed here;
//! the form is narrow, so that no bit of a table has two values that are both right.

use crate::regime::{INNER_SHAREABLE, Memory};
use config::PAGE;

/// The level of tables whose descriptors are pages.
pub const LAST_LEVEL: u32 = 3;

const ADDRESS: u64 = 0x0000_ffff_ffff_f000;

/// What hardware finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// No translation.
    Nothing,
    /// A table of the next level at this physical address.
    Table(u64),
    /// Memory.
    Leaf(Leaf),
}

/// A page or block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Physical address of its first byte.
    pub physical: u64,
    /// What it is.
    pub memory: Memory,
    /// Who may do what.
    pub rights: Rights,
    /// SH.
    pub shareability: u64,
    /// nG: belongs to one address space.
    pub not_global: bool,
}

/// What is allowed at EL1 and EL0. WXN is left out of account: it only takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// The kernel.
    pub kernel: Access,
    /// Tasks.
    pub user: Access,
}

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Loads.
    pub read: bool,
    /// Stores.
    pub write: bool,
    /// Instructions.
    pub execute: bool,
}

impl Access {
    /// Whether anything is allowed.
    pub const fn any(self) -> bool {
        self.read || self.write || self.execute
    }
}

/// A descriptor and what is wrong with its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// What hardware does with it.
    pub entry: Entry,
    /// What it must not be, in words.
    pub mistakes: Vec<&'static str>,
}

/// Bytes that one descriptor of a level covers.
pub const fn covers(level: u32) -> u64 {
    PAGE << (9 * LAST_LEVEL.saturating_sub(level))
}

/// Decodes a descriptor of a level, 1 to 3.
pub fn decode(level: u32, descriptor: u64) -> Decoded {
    let bit = |number: u32| descriptor >> number & 1 != 0;
    match (bit(0), bit(1)) {
        (false, _) if descriptor == 0 => Decoded { entry: Entry::Nothing, mistakes: Vec::new() },
        (false, _) => nothing("it is not valid, yet not zero"),
        (true, false) if level == LAST_LEVEL => nothing("bits 1 and 0 of a page are 01, reserved"),
        (true, true) if level < LAST_LEVEL => table(descriptor),
        (true, _) => leaf(level, descriptor),
    }
}

fn nothing(mistake: &'static str) -> Decoded {
    Decoded { entry: Entry::Nothing, mistakes: vec![mistake] }
}

/// Bits that must be zero: first, last, and what they would say.
type Zeros = (u32, u32, &'static str);

const TABLE_ZEROS: [Zeros; 5] = [
    (2, 11, "ignored bits (2 to 11) are set"),
    (48, 50, "reserved bits (48 to 50) are set"),
    (51, 58, "ignored bits (51 to 58) are set"),
    (59, 62, "PXNTable, UXNTable or APTable is set: rights belong to pages"),
    (63, 63, "NSTable is set"),
];

const LEAF_ZEROS: [Zeros; 7] = [
    (5, 5, "NS is set"),
    (48, 49, "reserved bits (48, 49) are set"),
    (50, 50, "GP is set"),
    (51, 51, "DBM is set: hardware might make it writable"),
    (52, 52, "the contiguous hint is set: a wrong one translates neighbours wrongly"),
    (55, 58, "bits left to software (55 to 58) are set"),
    (59, 63, "ignored bits (59 to 63) are set"),
];

fn mistakes(descriptor: u64, zeros: &[Zeros]) -> Vec<&'static str> {
    let set =
        |&&(first, last, _): &&Zeros| descriptor >> first & ((1 << (last - first + 1)) - 1) != 0;
    zeros.iter().filter(set).map(|&(_, _, words)| words).collect()
}

fn table(descriptor: u64) -> Decoded {
    let entry = Entry::Table(descriptor & ADDRESS);
    Decoded { entry, mistakes: mistakes(descriptor, &TABLE_ZEROS) }
}

fn leaf(level: u32, descriptor: u64) -> Decoded {
    let mut mistakes = mistakes(descriptor, &LEAF_ZEROS);
    let within = covers(level) - 1;
    if descriptor & ADDRESS & within != 0 {
        mistakes.push("reserved bits of a block's address, or nT, are set");
    }
    let shareability = descriptor >> 8 & 0b11;
    if shareability != INNER_SHAREABLE {
        mistakes.push("it is not inner shareable");
    }
    if descriptor >> 10 & 1 == 0 {
        mistakes.push("the access flag is clear: the first access would fault");
    }
    let memory = Memory::by_index(descriptor >> 2).unwrap_or_else(|| {
        mistakes.push("AttrIndx names a memory type that the kernel does not set up");
        Memory(0)
    });
    let leaf = Leaf {
        physical: descriptor & ADDRESS & !within,
        memory,
        rights: rights(descriptor),
        shareability,
        not_global: descriptor >> 11 & 1 != 0,
    };
    Decoded { entry: Entry::Leaf(leaf), mistakes }
}

/// AP[2:1], PXN and UXN (Arm ARM D8.4.1). A task may execute what it may not read.
fn rights(descriptor: u64) -> Rights {
    let bit = |number: u32| descriptor >> number & 1 != 0;
    let (user, read_only) = (bit(6), bit(7));
    Rights {
        kernel: Access { read: true, write: !read_only, execute: !bit(53) },
        user: Access { read: user, write: user && !read_only, execute: !bit(54) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of a task's variables at 0x4000_0000.
    const PAGE_OF_TASK: u64 = 0x0060_0000_4000_0f43;

    fn leaf_of(level: u32, descriptor: u64) -> Leaf {
        match decode(level, descriptor).entry {
            Entry::Leaf(leaf) => leaf,
            other => panic!("{other:?}"),
        }
    }

    fn mistakes_of(level: u32, descriptor: u64) -> usize {
        decode(level, descriptor).mistakes.len()
    }

    #[test]
    fn a_page_says_where_and_for_whom() {
        let leaf = leaf_of(3, PAGE_OF_TASK);
        assert_eq!(leaf.physical, 0x4000_0000);
        assert_eq!(leaf.memory, Memory::WRITE_BACK);
        assert!(leaf.not_global);
        let Rights { kernel, user } = leaf.rights;
        assert!(user.read && user.write && !user.execute);
        assert!(kernel.read && kernel.write && !kernel.execute);
        assert_eq!(mistakes_of(3, PAGE_OF_TASK), 0);
    }

    #[test]
    fn a_task_may_execute_what_it_may_not_read() {
        let execute_only = PAGE_OF_TASK & !(1 << 6) & !(1 << 54);
        let user = leaf_of(3, execute_only).rights.user;
        assert!(user.execute && !user.read && !user.write && user.any());
    }

    #[test]
    fn what_bit_1_means_depends_on_the_level() {
        let block = PAGE_OF_TASK & !0b10;
        assert_eq!(leaf_of(1, block).physical, 0x4000_0000);
        assert_eq!(leaf_of(2, block).physical, 0x4000_0000);
        assert_eq!((covers(1), covers(2), covers(3)), (1 << 30, 2 << 20, 4096));
        assert_eq!(decode(3, block).entry, Entry::Nothing);
        assert_eq!(mistakes_of(3, block), 1);
        assert_eq!(decode(2, 0x4000_0003).entry, Entry::Table(0x4000_0000));
    }

    #[test]
    fn a_blocks_address_is_a_multiple_of_its_size() {
        let block = PAGE_OF_TASK & !0b10;
        for (level, bits) in [(1, 12..30), (2, 12..21)] {
            for bit in bits {
                let damaged = block | 1 << bit;
                assert_eq!(mistakes_of(level, damaged), 1, "level {level} bit {bit}");
                assert_eq!(leaf_of(level, damaged).physical % covers(level), 0);
            }
        }
    }

    #[test]
    fn nothing_is_zero_and_nothing_else() {
        assert_eq!(decode(3, 0), Decoded { entry: Entry::Nothing, mistakes: Vec::new() });
        for bit in 1..64 {
            assert_eq!(decode(3, 1 << bit).entry, Entry::Nothing);
            assert_eq!(mistakes_of(3, 1 << bit), 1);
        }
    }
}
