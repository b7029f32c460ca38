//! Variables that nobody else writes: with a value from the beginning, and without.

use crate::report::Reporter;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use test_fuzz::wrong;

const WORDS: usize = 64;
/// What the constants hold, each its position more.
const FIRST: u64 = 0x0123_4567_89ab_cdef;

const fn counted() -> [u64; WORDS] {
    let mut words = [FIRST; WORDS];
    let mut i = 0;
    while i < WORDS {
        words[i] += i as u64;
        i += 1;
    }
    words
}

static CONSTANTS: [u64; WORDS] = counted();
static INITIALISED: [AtomicU64; 4] =
    [AtomicU64::new(FIRST), AtomicU64::new(1), AtomicU64::new(2), AtomicU64::new(3)];
static CLEARED: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];

/// The variables above, once filled.
pub struct Memory(());

impl Memory {
    /// Writes the first pattern.
    pub fn fill() -> Self {
        write(0);
        Self(())
    }

    /// Checks what the round before has left, and leaves another pattern.
    pub fn check(&self, round: u32, reporter: &mut Reporter) {
        let before = u64::from(round - 1);
        for (position, word) in (0..).zip(&CLEARED) {
            reporter.check(wrong::VARIABLES, word.load(Relaxed), pattern(before, position));
        }
        for (position, word) in (0..).zip(&INITIALISED) {
            let expected = if position == 0 { FIRST + before } else { position };
            reporter.check(wrong::VARIABLES, word.load(Relaxed), expected);
        }
        for (position, word) in (0..).zip(core::hint::black_box(&CONSTANTS)) {
            reporter.check(wrong::VARIABLES, *word, FIRST + position);
        }
        write(u64::from(round));
    }
}

fn pattern(round: u64, position: u64) -> u64 {
    (round << 32 | position).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn write(round: u64) {
    for (position, word) in (0..).zip(&CLEARED) {
        word.store(pattern(round, position), Relaxed);
    }
    INITIALISED[0].store(FIRST + round, Relaxed);
}
