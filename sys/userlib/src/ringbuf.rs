//! Ring buffers: what a task did last, kept for the debugger.
//!
//! ```
//! #[derive(Clone, Copy, PartialEq)]
//! enum Event {
//!     Opened(u32),
//!     Closed,
//! }
//!
//! userlib::ringbuf!(EVENTS, Event, 32);
//!
//! EVENTS.record(Event::Opened(7));
//! EVENTS.record(Event::Closed);
//! ```
//!
//! Nothing in the task reads them. `humility-lite ringbuf` finds each by its type and decodes the
//! entries by their DWARF, so the names of this file's types and fields are an interface to it. A
//! restart clears them; what a dead task left is in its dump.

use core::cell::Cell;
use core::panic::Location;

/// One thing that happened, perhaps several times in a row.
pub struct Entry<T> {
    /// Line of the source that recorded it.
    line: Cell<u16>,
    /// How often this entry was overwritten, modulo 2¹⁶.
    generation: Cell<u16>,
    /// How often in a row it happened; 0 in an entry not used yet.
    count: Cell<u32>,
    /// Counter value when it last happened, CNTVCT_EL0.
    time: Cell<u64>,
    /// What it was.
    payload: Cell<Option<T>>,
}

impl<T> Entry<T> {
    const fn empty() -> Self {
        Self {
            line: Cell::new(0),
            generation: Cell::new(0),
            count: Cell::new(0),
            time: Cell::new(0),
            payload: Cell::new(None),
        }
    }
}

/// The last `N` things that happened, equal ones in a row counted as one. Made by
/// [`ringbuf!`](macro@crate::ringbuf).
pub struct Ringbuf<T, const N: usize> {
    /// Which entry is written next.
    next: Cell<u32>,
    /// Counter steps in one second, once there is an entry.
    frequency: Cell<u64>,
    entries: [Entry<T>; N],
}

// SAFETY: a task has one thread and no interrupt handler, and no reference to what is inside the
// cells ever leaves this file, so nobody shares it. Host tests keep to one thread for each buffer.
unsafe impl<T: Send, const N: usize> Sync for Ringbuf<T, N> {}

impl<T: Copy + PartialEq, const N: usize> Ringbuf<T, N> {
    /// An empty one.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "belongs in a static, made by the macro")]
    pub const fn new() -> Self {
        const { assert!(N > 0, "a ring buffer needs at least one entry") }
        Self { next: Cell::new(0), frequency: Cell::new(0), entries: [const { Entry::empty() }; N] }
    }

    /// Keeps `payload`, with the time and the caller's line.
    #[inline]
    #[track_caller]
    pub fn record(&self, payload: T) {
        self.record_at(Location::caller().line() as u16, payload, crate::time::now());
    }

    /// Keeps `payload` with this line and time.
    pub fn record_at(&self, line: u16, payload: T, time: u64) {
        let next = self.next.get() as usize % N;
        let latest = &self.entries[(next + N - 1) % N];
        if latest.line.get() == line && latest.payload.get() == Some(payload) {
            latest.count.set(latest.count.get().saturating_add(1));
            latest.time.set(time);
            return;
        }
        let entry = &self.entries[next];
        let overwritten = entry.count.get() != 0;
        entry.generation.set(entry.generation.get().wrapping_add(u16::from(overwritten)));
        entry.line.set(line);
        entry.time.set(time);
        entry.payload.set(Some(payload));
        entry.count.set(1);
        self.next.set(((next + 1) % N) as u32);
        self.frequency.set(crate::time::frequency());
    }
}

/// Makes a static [`Ringbuf`](crate::ringbuf::Ringbuf): `ringbuf!(NAME, Type, LENGTH)`. The type
/// is `Copy` and `PartialEq`.
#[macro_export]
macro_rules! ringbuf {
    ($(#[$attribute:meta])* $visibility:vis $name:ident, $payload:ty, $length:expr) => {
        $(#[$attribute])*
        $visibility static $name: $crate::ringbuf::Ringbuf<$payload, { $length }> =
            $crate::ringbuf::Ringbuf::new();
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line, generation, count, time and payload of an entry that was written.
    type Written = (u16, u16, u32, u64, u8);

    fn written<const N: usize>(buffer: &Ringbuf<u8, N>) -> [Option<Written>; N] {
        core::array::from_fn(|i| {
            let Entry { line, generation, count, time, payload } = &buffer.entries[i];
            payload.get().map(|p| (line.get(), generation.get(), count.get(), time.get(), p))
        })
    }

    #[test]
    fn equals_in_a_row_are_counted() {
        let buffer = Ringbuf::<u8, 3>::new();
        for (line, payload, time) in [(1, 7, 10), (1, 7, 11), (1, 8, 12), (2, 8, 13), (1, 7, 14)] {
            buffer.record_at(line, payload, time);
        }
        assert_eq!(
            written(&buffer),
            [Some((1, 1, 1, 14, 7)), Some((1, 0, 1, 12, 8)), Some((2, 0, 1, 13, 8))]
        );
        assert_eq!(buffer.next.get(), 1);
    }

    #[test]
    fn a_repeated_event_has_its_last_time() {
        let buffer = Ringbuf::<u8, 2>::new();
        buffer.record_at(1, 7, 10);
        buffer.record_at(1, 7, 11);
        assert_eq!(written(&buffer), [Some((1, 0, 2, 11, 7)), None]);
    }

    #[test]
    fn one_entry_is_enough() {
        let buffer = Ringbuf::<u8, 1>::new();
        for payload in 0..3 {
            buffer.record_at(5, payload, 0);
        }
        assert_eq!(written(&buffer), [Some((5, 2, 1, 0, 2))]);
    }

    #[test]
    fn the_line_is_the_callers() {
        let buffer = Ringbuf::<u8, 1>::new();
        buffer.record(1);
        assert_eq!(buffer.entries[0].line.get(), (line!() - 1) as u16);
    }
}
