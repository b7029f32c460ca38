//! What workers say to the runner, as numbers of `idl/pong.idl`, and what it answers.

#![no_std]
#![forbid(unsafe_code)]

/// Workers on each of the two file systems.
pub const PAIR: u8 = 2;
/// All workers: those of the one, then those of the other.
pub const WORKERS: usize = 2 * PAIR as usize;

/// What a worker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It begins a group of operations; nothing that it did is unsynced.
    Begins,
    /// An operation is done; it took so many microseconds.
    Done {
        /// What was written is on the medium then.
        synced: bool,
        /// How long.
        micros: u32,
    },
    /// Something was not as it must be, seen so often as `number`.
    Wrong {
        /// What.
        what: Wrong,
        /// Which file, and the like.
        number: u32,
    },
    /// It heard `Lost`, as it should.
    Lost,
    /// An operation failed because of the disk, and was done again.
    Failed,
    /// The server died during an operation that is not repeated by itself.
    Died,
    /// Somebody else held the lock.
    Locked,
    /// It stops; all it did is synced and was looked at. If there is to be a mess, the first worker
    /// begins it.
    Ends,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A record is none that a worker wrote.
    Torn,
    /// What was synced is not there.
    NotThere,
    /// A file holds what it neither held nor was to hold.
    Neither,
    /// A name moved by half.
    HalfMoved,
    /// The server lost something, and did not die.
    LostAlive,
    /// A handle of a dead client still serves.
    OldHandle,
    /// The share of open files is still used up by a client that died.
    NotReleased,
    /// A lock was held for longer than anybody holds one.
    LockStuck,
    /// An error that nothing explains.
    Strange,
}

const WRONG: [Wrong; 9] = [
    Wrong::Torn,
    Wrong::NotThere,
    Wrong::Neither,
    Wrong::HalfMoved,
    Wrong::LostAlive,
    Wrong::OldHandle,
    Wrong::NotReleased,
    Wrong::LockStuck,
    Wrong::Strange,
];

impl Word {
    /// As a number, with the worker's own.
    #[must_use]
    pub fn number(self, worker: u8) -> u64 {
        let (kind, small, large) = match self {
            Self::Begins => (0, 0, 0),
            Self::Done { synced, micros } => (1, u8::from(synced), micros),
            Self::Wrong { what, number } => (2, what as u8, number),
            Self::Lost => (3, 0, 0),
            Self::Failed => (4, 0, 0),
            Self::Died => (5, 0, 0),
            Self::Locked => (6, 0, 0),
            Self::Ends => (7, 0, 0),
        };
        let [kind, small]: [u64; 2] = [kind, small.into()];
        u64::from(worker) | kind << 8 | small << 16 | u64::from(large) << 32
    }

    /// From a number; `None` of one that means nothing.
    #[must_use]
    pub fn from_number(number: u64) -> Option<(usize, Self)> {
        let [worker, kind, small, _, ..] = number.to_le_bytes();
        let large = (number >> 32) as u32;
        let word = match kind {
            0 => Self::Begins,
            1 => Self::Done { synced: small == 1, micros: large },
            2 => Self::Wrong { what: *WRONG.get(usize::from(small))?, number: large },
            3 => Self::Lost,
            4 => Self::Failed,
            5 => Self::Died,
            6 => Self::Locked,
            7 => Self::Ends,
            _ => return None,
        };
        Some((worker.into(), word))
    }
}

/// What the runner answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// To stop.
    pub stop: bool,
    /// In the end, the first worker makes a mess.
    pub mess: bool,
    /// How many were killed so far: if it grew, everything is to be looked at.
    pub kills: u32,
}

impl Orders {
    /// As a number.
    #[must_use]
    pub fn number(self) -> u64 {
        u64::from(self.stop) | u64::from(self.mess) << 1 | u64::from(self.kills) << 8
    }
}

impl From<u64> for Orders {
    fn from(number: u64) -> Self {
        Self { stop: number & 1 != 0, mess: number & 2 != 0, kills: (number >> 8) as u32 }
    }
}
