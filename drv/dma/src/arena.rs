//! Buffers of whole pages, cut from a large one and given back.

use crate::{Buffer, MAX_PAGES, PAGE};
use core::ptr::NonNull;

/// A buffer never crosses a multiple of so many pages.
const WORD: usize = 64;
const WORDS: usize = MAX_PAGES / WORD;

/// Memory for requests of different sizes.
#[derive(Debug)]
pub struct Arena {
    start: NonNull<u8>,
    pages: usize,
    /// A bit for each page that is free.
    free: [u64; WORDS],
}

impl Arena {
    /// All of a buffer, in whole pages.
    #[must_use]
    pub fn new(buffer: Buffer) -> Self {
        let pages = buffer.bytes().len() / PAGE;
        let mut free = [0; WORDS];
        for page in 0..pages {
            free[page / WORD] |= 1 << (page % WORD);
        }
        Self { start: buffer.start(), pages, free }
    }

    /// A buffer of `pages`, or of as many as there are in one piece; `None` if none is free.
    pub fn take(&mut self, pages: usize) -> Option<Buffer> {
        let mut pages = pages.clamp(1, WORD);
        loop {
            for (number, word) in self.free.iter_mut().enumerate() {
                if let Some(first) = run(*word, pages) {
                    *word &= !(mask(pages) << first);
                    return Some(self.buffer(number * WORD + first, pages));
                }
            }
            pages = pages.checked_sub(1).filter(|&pages| pages > 0)?;
        }
    }

    fn buffer(&self, first: usize, pages: usize) -> Buffer {
        // SAFETY: the pages lie in the buffer that was moved into the arena, and their bits were
        // set until now, so no other buffer has them. A buffer's memory lives for ever.
        unsafe { Buffer::new(self.start.add(first * PAGE), pages * PAGE) }
    }

    /// Takes a buffer back. One from elsewhere is lost.
    pub fn give_back(&mut self, buffer: Buffer) {
        let pages = buffer.bytes().len() / PAGE;
        let offset = buffer.start().addr().get().checked_sub(self.start.addr().get());
        let Some(first) = offset.map(|offset| offset / PAGE) else { return };
        if first + pages <= self.pages
            && let Some(word) = self.free.get_mut(first / WORD)
        {
            *word |= mask(pages) << (first % WORD);
        }
    }
}

/// So many ones.
const fn mask(pages: usize) -> u64 {
    u64::MAX >> (WORD - pages)
}

/// Where so many ones begin, next to each other.
fn run(word: u64, pages: usize) -> Option<usize> {
    let (mut starts, mut have) = (word, 1);
    while have < pages {
        let step = have.min(pages - have);
        starts &= starts >> step;
        have += step;
    }
    (starts != 0).then(|| starts.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_where_they_are() {
        assert_eq!(run(0b1011_1011, 1), Some(0));
        assert_eq!(run(0b1011_1011, 2), Some(0));
        assert_eq!(run(0b1011_1011, 3), Some(3));
        assert_eq!(run(0b1011_1011, 4), None);
        assert_eq!(run(u64::MAX, 64), Some(0));
        assert_eq!(run(u64::MAX << 1, 64), None);
        assert_eq!(run(u64::MAX << 1, 63), Some(1));
        assert_eq!(run(0, 1), None);
    }
}
