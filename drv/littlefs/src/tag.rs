//! Tags, the words that a metadata log consists of, and pairs of blocks.

use core::fmt;

/// Ids that belong to no file.
pub(crate) const NO_ID: u16 = 0x3ff;
/// The size of what says that something is gone.
const GONE: u16 = 0x3ff;

/// What a tag says: class and details.
pub(crate) mod kind {
    pub const FILE: u16 = 0x001;
    pub const DIRECTORY: u16 = 0x002;
    pub const SUPERBLOCK: u16 = 0x0ff;
    pub const PAIR: u16 = 0x200;
    pub const INLINE: u16 = 0x201;
    pub const CHAIN: u16 = 0x202;
    pub const ATTRIBUTE: u16 = 0x300;
    /// When a file was last written, in seconds since 1970, in 8 bytes, the lowest first.
    pub const TIME: u16 = ATTRIBUTE + b't' as u16;
    pub const CREATE: u16 = 0x401;
    pub const DELETE: u16 = 0x4ff;
    pub const COMMIT: u16 = 0x500;
    pub const FORWARD: u16 = 0x5ff;
    pub const TAIL: u16 = 0x600;
    pub const GLOBAL: u16 = 0x7ff;
}

/// The classes of kinds.
pub(crate) mod class {
    pub const NAME: u16 = 0x000;
    /// Never on a disk: here, what is moved from another directory.
    pub const MOVED: u16 = 0x100;
    pub const STRUCT: u16 = 0x200;
    pub const ATTRIBUTE: u16 = 0x300;
    pub const SPLICE: u16 = 0x400;
    pub const TAIL: u16 = 0x600;
}

/// Kind, id of the file in its directory, and size of what follows. Bit 31 of a valid one is 0.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(pub u32);

impl Tag {
    /// What the first tag of a block is counted from.
    pub const FIRST: Self = Self(u32::MAX);

    pub const fn new(kind: u16, id: u16, size: u16) -> Self {
        let (kind, id, size) = (kind as u32 & 0x7ff, id as u32 & 0x3ff, size as u32 & 0x3ff);
        Self(kind << 20 | id << 10 | size)
    }

    pub const fn gone(kind: u16, id: u16) -> Self {
        Self::new(kind, id, GONE)
    }

    pub const fn kind(self) -> u16 {
        (self.0 >> 20 & 0x7ff) as u16
    }

    pub const fn class(self) -> u16 {
        self.kind() & 0x700
    }

    pub const fn id(self) -> u16 {
        (self.0 >> 10 & 0x3ff) as u16
    }

    pub const fn with_id(self, id: u16) -> Self {
        Self(self.0 & !(0x3ff << 10) | (id as u32 & 0x3ff) << 10)
    }

    pub const fn is_gone(self) -> bool {
        (self.0 & 0x3ff) as u16 == GONE
    }

    /// Bytes that follow it.
    pub const fn length(self) -> u32 {
        if self.is_gone() { 0 } else { self.0 & 0x3ff }
    }

    /// Bytes it takes with what follows.
    pub const fn span(self) -> u32 {
        4 + self.length()
    }

    pub const fn is_valid(self) -> bool {
        self.0 >> 31 == 0
    }

    /// Whether it ends a commit.
    pub const fn is_commit(self) -> bool {
        self.kind() & 0x780 == kind::COMMIT
    }

    /// The lowest bit of the details, which several kinds use as a flag.
    pub const fn flag(self) -> bool {
        self.kind() & 1 == 1
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#05x} id {} size {}", self.kind(), self.id(), self.length())
    }
}

/// Two blocks, one of which holds a metadata log. The other is for its next copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair(pub [u32; 2]);

impl Pair {
    /// No blocks.
    pub const NONE: Self = Self([u32::MAX; 2]);
    /// Where a file system begins.
    pub const FIRST: Self = Self([0, 1]);

    pub fn is_none(self) -> bool {
        self.0.contains(&u32::MAX)
    }

    /// Whether they have a block in common: then they are the same, or one was moved since.
    pub fn meets(self, other: Self) -> bool {
        self.0.iter().any(|block| other.0.contains(block))
    }

    /// Whether they have the same blocks.
    pub fn is(self, other: Self) -> bool {
        self == other || self.0 == [other.0[1], other.0[0]]
    }

    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = bytes;
        Self([u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])])
    }

    pub fn to_bytes(self) -> [u8; 8] {
        (u64::from(self.0[1]) << 32 | u64::from(self.0[0])).to_le_bytes()
    }
}
