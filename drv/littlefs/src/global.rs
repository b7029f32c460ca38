//! The state of the whole file system, spread over all directories: what their logs say of it,
//! combined by exclusive or, is what is being moved, and whether directories may be lost.

use crate::tag::{NO_ID, Pair, Tag, kind};

/// Bits of the tag where memory, not the disk, counts what may be lost.
const COUNT: u32 = 0x1ff;
const LOST: u32 = 1 << 31;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Global {
    tag: u32,
    pair: [u32; 2],
}

impl Global {
    pub const ZERO: Self = Self { tag: 0, pair: [0; 2] };

    pub fn from_bytes(bytes: [u8; 12]) -> Self {
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        Self { tag: word(0), pair: [word(4), word(8)] }
    }

    pub fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.tag.to_le_bytes());
        bytes[4..].copy_from_slice(&Pair(self.pair).to_bytes());
        bytes
    }

    pub fn xor(self, other: Self) -> Self {
        let pair = [self.pair[0] ^ other.pair[0], self.pair[1] ^ other.pair[1]];
        Self { tag: self.tag ^ other.tag, pair }
    }

    /// As it is on the disk.
    pub fn stored(self) -> Self {
        Self { tag: self.tag & !0x3ff, ..self }
    }

    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// As memory takes over what the disk says.
    pub fn mounted(self) -> Self {
        let stored = self.stored();
        Self { tag: stored.tag | u32::from(stored.tag & LOST != 0), ..stored }
    }

    pub fn has_lost(self) -> bool {
        self.tag & COUNT != 0
    }

    /// Counts one more step that a cut would leave half done.
    pub fn begin_losing(&mut self) {
        self.set_lost((self.tag & COUNT) + 1);
    }

    pub fn end_losing(&mut self) {
        self.set_lost((self.tag & COUNT).saturating_sub(1));
    }

    pub fn none_lost(&mut self) {
        self.set_lost(0);
    }

    fn set_lost(&mut self, count: u32) {
        let flag = if count > 0 { LOST } else { 0 };
        self.tag = self.tag & !(COUNT | LOST) | count.min(COUNT) | flag;
    }

    /// Pair and id of what has to be deleted, because it was moved.
    pub fn moved(self) -> Option<(Pair, u16)> {
        let tag = Tag(self.tag);
        (tag.kind() != 0).then_some((Pair(self.pair), tag.id()))
    }

    /// The id moved away from this directory.
    pub fn moved_from(self, pair: Pair) -> Option<u16> {
        self.moved().filter(|(from, _)| from.meets(pair)).map(|(_, id)| id)
    }

    pub fn set_moved(&mut self, from: Option<(Pair, u16)>) {
        let (pair, id) = from.unwrap_or((Pair([0; 2]), 0));
        let tag = if from.is_some() { Tag::new(kind::DELETE, id, 0).0 } else { 0 };
        self.tag = self.tag & (LOST | 0x3ff) | tag;
        self.pair = pair.0;
    }

    /// Whether it can be what a disk says.
    pub fn is_sound(self) -> bool {
        let tag = Tag(self.tag);
        tag.kind() == 0 || tag.kind() == kind::DELETE && tag.id() != NO_ID
    }
}
