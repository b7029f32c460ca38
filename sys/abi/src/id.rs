//! Names of tasks and of calls in progress.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

const INDEX_BITS: u32 = 10;
const INDEX_MASK: u64 = (1 << INDEX_BITS) - 1;
const SERIAL_MASK: u64 = 0xffff_ffff & !INDEX_MASK;
const KERNEL_INDEX: u64 = INDEX_MASK;
const DEAD_INDEX: u64 = INDEX_MASK - 1;

/// Which life of a task is meant. Rises by one when the task faults, and when a healthy task is
/// restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(transparent)]
pub struct Generation(pub u32);

impl Generation {
    /// The life after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// A task in one of its lives: index in bits 0 to 9, generation in bits 32 to 63, zeros between.
#[derive(Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct TaskId(pub u64);

impl TaskId {
    /// The kernel, as the target of a `SEND` and the sender of notifications.
    pub const KERNEL: Self = Self(KERNEL_INDEX);
    /// In a `RECV`: from anyone.
    pub const ANY: Self = Self(u64::MAX);

    /// The task with this index in this life.
    #[must_use]
    pub const fn new(index: usize, generation: Generation) -> Self {
        Self((index as u64 & INDEX_MASK) | ((generation.0 as u64) << 32))
    }

    /// The index, unchecked against any table. Too large if bits 10 to 31 are not zero.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as u32 as usize
    }

    /// The life that is meant.
    #[must_use]
    pub const fn generation(self) -> Generation {
        Generation((self.0 >> 32) as u32)
    }
}

impl core::fmt::Debug for TaskId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::KERNEL => f.write_str("kernel"),
            Self::ANY => f.write_str("any"),
            id => write!(f, "task {}/gen {}", id.index(), id.generation().0),
        }
    }
}

/// One call in progress, as `RECV` names it to the server: the caller's index in bits 0 to 9, the
/// number of the call in bits 10 to 31, the caller's generation in bits 32 to 63.
///
/// Whoever answers must present the whole of it, so that an answer to a call that timed out, or
/// that an earlier life of the caller made, can never reach a later one.
#[derive(Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct Handle(pub u64);

impl Handle {
    /// `RECV` returns this for notifications; the bits are in x2.
    pub const KERNEL: Self = Self(KERNEL_INDEX);

    /// The first call of a life.
    #[must_use]
    pub const fn first(index: usize, generation: Generation) -> Self {
        Self(TaskId::new(index, generation).0)
    }

    /// The same task's next call.
    #[must_use]
    pub const fn next(self) -> Self {
        let serial = self.0.wrapping_add(1 << INDEX_BITS) & SERIAL_MASK;
        Self((self.0 & !SERIAL_MASK) | serial)
    }

    /// What a closed `RECV` returns when the peer it names is dead; carries the peer's present
    /// generation.
    #[must_use]
    pub const fn dead(generation: Generation) -> Self {
        Self(DEAD_INDEX | ((generation.0 as u64) << 32))
    }

    /// Whether this is [`Handle::dead`] of some generation.
    #[must_use]
    pub const fn is_dead(self) -> bool {
        self.0 & INDEX_MASK == DEAD_INDEX
    }

    /// The caller's index.
    #[must_use]
    pub const fn index(self) -> usize {
        (self.0 & INDEX_MASK) as usize
    }

    /// The caller's life.
    #[must_use]
    pub const fn generation(self) -> Generation {
        Generation((self.0 >> 32) as u32)
    }

    /// The caller as a task.
    #[must_use]
    pub const fn task(self) -> TaskId {
        TaskId(self.0 & !SERIAL_MASK)
    }
}

impl core::fmt::Debug for Handle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let serial = (self.0 & SERIAL_MASK) >> INDEX_BITS;
        write!(f, "{:?} call {serial}", self.task())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_wraps_into_nothing_else() {
        let last = Handle(Handle::first(5, Generation(7)).0 | SERIAL_MASK);
        assert_eq!(last.next(), Handle::first(5, Generation(7)));
        assert_eq!(last.task(), TaskId::new(5, Generation(7)));
    }

    #[test]
    fn stray_bits_make_the_index_too_large() {
        assert!(TaskId(1 << 10).index() >= crate::MAX_TASKS);
        assert_eq!(TaskId::KERNEL.index(), 1023);
    }
}
