//! Ways to die.

use core::hint::black_box;
use userlib::{Slot, sys};

/// One way to die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// A plain panic.
    Panic,
    /// More calls inside each other than the stack holds.
    StackOverflow,
    /// An element past the end of an array.
    BadIndex,
    /// An operation that pong does not have.
    BadOperation,
    /// A system call for an interrupt that ping does not have.
    BadSystemCall,
}

const ALL: [Mishap; 5] = [
    Mishap::Panic,
    Mishap::StackOverflow,
    Mishap::BadIndex,
    Mishap::BadOperation,
    Mishap::BadSystemCall,
];

impl Mishap {
    /// One after the other, again and again.
    pub fn number(number: u64) -> Self {
        ALL[(number % ALL.len() as u64) as usize]
    }

    /// Ends this life.
    pub fn happen(self, pong: Slot) -> ! {
        match self {
            Self::Panic => {}
            Self::StackOverflow => _ = dig(1),
            Self::BadIndex => _ = ALL[black_box(ALL.len())],
            Self::BadOperation => {
                let _ = sys::send(pong.task_id(), u16::MAX, &[], &mut [], &[], abi::NO_DEADLINE);
            }
            Self::BadSystemCall => sys::irq_control(1 << 31, true),
        }
        panic!("on purpose, as a {self:?}")
    }
}

/// The optimiser must neither see the end nor turn the recursion into a loop.
#[expect(unconditional_recursion, reason = "the stack's end is the purpose")]
fn dig(depth: u64) -> u64 {
    let hole = black_box([depth; 32]);
    dig(depth.wrapping_add(1)).wrapping_add(hole[31])
}
