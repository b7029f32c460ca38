//! What is to be said in a log.

use crate::log::Piece;
use crate::tag::{NO_ID, Pair, Tag, class, kind};

/// Something to say in a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note<'a> {
    pub tag: Tag,
    pub data: Data<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Data<'a> {
    Bytes(&'a [u8]),
    Pair([u8; 8]),
    /// All but the name of this id of another piece. The new name comes after it.
    Moved(Piece, u16),
}

impl<'a> Note<'a> {
    pub fn new(kind: u16, id: u16, data: &'a [u8]) -> Self {
        // Callers check sizes: what is larger would be cut short.
        Self { tag: Tag::new(kind, id, data.len().min(0x3fe) as u16), data: Data::Bytes(data) }
    }

    pub fn pair(kind: u16, id: u16, pair: Pair) -> Self {
        Self { tag: Tag::new(kind, id, 8), data: Data::Pair(pair.to_bytes()) }
    }

    /// That there is no such thing any more.
    pub fn gone(kind: u16, id: u16) -> Self {
        Self { tag: Tag::gone(kind, id), data: Data::Bytes(&[]) }
    }

    /// The number that its first bytes are, the lowest first.
    pub fn number(&self) -> u64 {
        let Data::Bytes(bytes) = self.data else { return 0 };
        bytes.iter().take(8).rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
    }

    pub fn create(id: u16) -> Self {
        Self::new(kind::CREATE, id, &[])
    }

    pub fn delete(id: u16) -> Self {
        Self::new(kind::DELETE, id, &[])
    }

    pub fn moved(from: Piece, old: u16, id: u16) -> Self {
        Self { tag: Tag::new(class::MOVED, id, 0), data: Data::Moved(from, old) }
    }

    pub fn tail(more: bool, tail: Pair) -> Self {
        Self::pair(kind::TAIL + u16::from(more), NO_ID, tail)
    }
}
