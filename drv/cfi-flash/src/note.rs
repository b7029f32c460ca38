//! What a driver notes for its next life: the program it is about to fill the chips' buffers for.
//!
//! Chips that wait for words take every write for one, also the first command of a new life. That
//! life must know where words may go.

/// A program that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its first byte.
    pub at: usize,
    /// Its words.
    pub words: usize,
}

/// Bytes of a note.
pub const NOTE: usize = 24;
/// "AidosNOR"
const MAGIC: u64 = u64::from_le_bytes(*b"AidosNOR");

impl Program {
    /// As a note.
    #[must_use]
    pub fn to_bytes(self) -> [u8; NOTE] {
        let place = self.at as u64 | (self.words as u64) << 32;
        let mut bytes = [0; NOTE];
        let numbers = [MAGIC, place, !place];
        for (room, number) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(numbers) {
            *room = number.to_le_bytes();
        }
        bytes
    }

    /// From a note, if it is one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; NOTE]) -> Option<Self> {
        let mut numbers = [0; 3];
        for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *number = u64::from_le_bytes(*bytes);
        }
        let [magic, place, check] = numbers;
        let is_note = magic == MAGIC && check == !place;
        let (at, words) = (place as u32 as usize, (place >> 32) as usize);
        is_note.then_some(Self { at, words })
    }

    /// Whether it is of whole words in a window of so many bytes.
    pub(crate) const fn lies_in(self, window: usize) -> bool {
        let room = window.saturating_sub(self.at) / 4;
        self.at.is_multiple_of(4) && self.words > 0 && self.words <= room
    }
}

/// Memory that outlives the driver.
pub trait Memo {
    /// Notes a program, or that there is none.
    fn note(&mut self, program: Option<Program>);
    /// What was noted last, perhaps in an earlier life.
    fn noted(&self) -> Option<Program>;
}
