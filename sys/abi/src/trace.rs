//! The kernel's trace: its latest decisions, for a debugger to read.
//!
//! A ring in the kernel's memory. The kernel writes [`TraceRing::entries`] in turn and counts in
//! [`TraceRing::next`]; entry number `n` is at `n % TRACE_ENTRIES`, so the last
//! [`TRACE_ENTRIES`] of them are there.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// How many entries the ring holds.
pub const TRACE_ENTRIES: usize = 2048;

/// The ring.
#[derive(Clone, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TraceRing {
    /// [`TraceRing::MAGIC`].
    pub magic: u64,
    /// How many entries were ever written.
    pub next: u64,
    /// Entry `n` at `n % TRACE_ENTRIES`.
    pub entries: [TraceEntry; TRACE_ENTRIES],
}

impl TraceRing {
    /// "aidostrc".
    pub const MAGIC: u64 = u64::from_le_bytes(*b"aidostrc");
    /// Nothing written yet.
    pub const EMPTY: Self = Self {
        magic: Self::MAGIC,
        next: 0,
        entries: [TraceEntry { time: 0, what: 0 }; TRACE_ENTRIES],
    };
}

/// Something the kernel did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TraceEntry {
    /// When: the virtual counter, CNTVCT_EL0.
    pub time: u64,
    /// An [`Event`] in bits 0 to 7, a task in 8 to 19, another in 20 to 31, detail in 32 to 63.
    pub what: u64,
}

impl TraceEntry {
    /// Packs what happened. Tasks are indices; each value is cut to its field.
    #[must_use]
    #[inline(always)]
    pub const fn new(time: u64, event: Event, task: usize, other: usize, detail: u32) -> Self {
        let tasks = (task as u64 & 0xfff) << 8 | (other as u64 & 0xfff) << 20;
        Self { time, what: event as u64 | tasks | (detail as u64) << 32 }
    }

    /// What happened, if it is something this version knows.
    #[must_use]
    pub const fn event(self) -> Option<Event> {
        Event::from_number(self.what as u8)
    }

    /// Index of the task it happened to.
    #[must_use]
    pub const fn task(self) -> usize {
        (self.what >> 8 & 0xfff) as usize
    }

    /// Index of the other task, where the event has one.
    #[must_use]
    pub const fn other(self) -> usize {
        (self.what >> 20 & 0xfff) as usize
    }

    /// Depends on the event.
    #[must_use]
    pub const fn detail(self) -> u32 {
        (self.what >> 32) as u32
    }
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Event {
    /// The task runs now.
    Switch = 1,
    /// The task sends to the other; detail: bits 0 to 31 of its
    /// [`SendInfo`](crate::call::SendInfo).
    Send = 2,
    /// The task answers the other; detail: its code.
    Reply = 3,
    /// An interrupt for the task; detail: its id.
    Interrupt = 4,
    /// The task faulted; detail: its [`FaultKind`](crate::FaultKind) in bits 0 to 7, the
    /// [`FaultRecord::detail`](crate::FaultRecord::detail) cut to 24 bits above.
    Fault = 5,
    /// The task's timer expired; detail: a [`Timer`].
    Timer = 6,
    /// The task has a fresh life; detail: its generation.
    Restart = 7,
    /// The task posts to the other; detail: the bits.
    Post = 8,
    /// Nobody can run until an interrupt comes.
    Idle = 9,
    /// [`Event::Send`], and the other one runs now.
    SendSwitch = 10,
    /// [`Event::Reply`], and the other one runs now.
    ReplySwitch = 11,
}

impl Event {
    /// The event with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Switch,
            2 => Self::Send,
            3 => Self::Reply,
            4 => Self::Interrupt,
            5 => Self::Fault,
            6 => Self::Timer,
            7 => Self::Restart,
            8 => Self::Post,
            9 => Self::Idle,
            10 => Self::SendSwitch,
            11 => Self::ReplySwitch,
            _ => return None,
        })
    }
}

/// Which of a task's timers expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Timer {
    /// The one it set.
    Own = 0,
    /// The deadline of its `SEND`.
    Send = 1,
    /// The end of its time slice or budget, or the beginning of its next budget period.
    Pace = 2,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_gives_back_what_was_put_in() {
        let entry = TraceEntry::new(7, Event::Reply, 255, 254, 0xffff_ffff);
        assert_eq!((entry.time, entry.event()), (7, Some(Event::Reply)));
        assert_eq!((entry.task(), entry.other(), entry.detail()), (255, 254, u32::MAX));
    }

    #[test]
    fn numbers_round_trip() {
        let mut known = 0;
        for number in 0..=u8::MAX {
            if let Some(event) = Event::from_number(number) {
                assert_eq!(event as u8, number);
                known += 1;
            }
        }
        assert_eq!(known, 11);
    }
}
