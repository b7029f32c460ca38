//! What an entry of the trace says: a mirror of `abi::trace::TraceEntry`.

/// Who something happened to, or who did it: a task by index. It may not exist.
pub type TaskNumber = usize;

/// Whether the other task goes on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It does.
    Switches,
    /// The next event tells.
    Unknown,
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It runs now.
    Switch,
    /// It calls.
    Send {
        /// Whom.
        to: TaskNumber,
        /// Number of the server's operation.
        operation: u16,
        /// Bytes of the message.
        length: u32,
        /// How many leases. The trace keeps four bits: 16 of them look like none.
        leases: u32,
        /// Whether the server runs now.
        then: Then,
    },
    /// It answers.
    Reply {
        /// Whom.
        to: TaskNumber,
        /// The server's code.
        code: u32,
        /// Whether the caller runs now.
        then: Then,
    },
    /// One of its interrupts came.
    Interrupt(u32),
    /// It faulted.
    Fault {
        /// A number of `abi::FaultKind`.
        kind: u32,
        /// 24 bits of its detail.
        detail: u32,
    },
    /// One of its timers expired: a number of `abi::trace::Timer`.
    Timer(u32),
    /// It begins a life, of this generation.
    Restart(u32),
    /// It sets notification bits.
    Post {
        /// Whose.
        to: TaskNumber,
        /// Which.
        bits: u32,
    },
    /// Nobody can run.
    Idle,
    /// None that this version knows: its number.
    Unknown(u8),
}

/// The task an entry is about, and what happened.
#[must_use]
pub const fn decode(what: u64) -> (TaskNumber, Event) {
    let (task, to) = ((what >> 8 & 0xfff) as usize, (what >> 20 & 0xfff) as usize);
    let detail = (what >> 32) as u32;
    let event = match what as u8 {
        1 => Event::Switch,
        2 => send(to, detail, Then::Unknown),
        3 => Event::Reply { to, code: detail, then: Then::Unknown },
        4 => Event::Interrupt(detail),
        5 => Event::Fault { kind: detail & 0xff, detail: detail >> 8 },
        6 => Event::Timer(detail),
        7 => Event::Restart(detail),
        8 => Event::Post { to, bits: detail },
        9 => Event::Idle,
        10 => send(to, detail, Then::Switches),
        11 => Event::Reply { to, code: detail, then: Then::Switches },
        number => Event::Unknown(number),
    };
    (task, event)
}

const fn send(to: TaskNumber, info: u32, then: Then) -> Event {
    let (operation, length, leases) = (info as u16, info >> 16 & 0xfff, info >> 28);
    Event::Send { to, operation, length, leases, then }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_taken_apart() {
        let what = 2 | 7 << 8 | 3 << 20 | 0x1018_0005_u64 << 32;
        let send = Event::Send { to: 3, operation: 5, length: 24, leases: 1, then: Then::Unknown };
        assert_eq!(decode(what), (7, send));
        let what = 5 | 1 << 8 | 0x0000_0209_u64 << 32;
        assert_eq!(decode(what), (1, Event::Fault { kind: 9, detail: 2 }));
        let what = 11 | 4 << 8 | 0xfff << 20;
        let reply = Event::Reply { to: 0xfff, code: 0, then: Then::Switches };
        assert_eq!(decode(what), (4, reply));
        assert_eq!(decode(200), (0, Event::Unknown(200)));
    }
}
