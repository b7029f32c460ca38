//! What must come of a deed.

use abi::FaultKind;

/// How a deed must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The task goes on.
    Lives,
    /// The task dies, and of one of these kinds (bit by [`FaultKind`]).
    Dies(u32),
    /// It depends on what others do.
    Either,
}

impl Outcome {
    /// Death by this kind of fault.
    #[must_use]
    pub const fn dies(kind: FaultKind) -> Self {
        Self::Dies(1 << kind as u32)
    }

    /// Death by one of two kinds.
    #[must_use]
    pub const fn dies_of(one: FaultKind, other: FaultKind) -> Self {
        Self::Dies(1 << one as u32 | 1 << other as u32)
    }

    /// Life, if this is so; else a system call used wrongly.
    #[must_use]
    pub const fn lives_if(fine: bool) -> Self {
        if fine { Self::Lives } else { Self::dies(FaultKind::Usage) }
    }
}

/// What is known of a deed before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// How it ends.
    pub outcome: Outcome,
    /// The address that the fault names, if it is known.
    pub address: Option<u64>,
    /// x0 after the call, if it is known.
    pub result: Option<u64>,
    /// It may wait or run for ever.
    pub may_last: bool,
    /// Afterwards the hostile program is not to be relied on.
    pub harms_itself: bool,
}

impl Fate {
    /// Just this outcome.
    #[must_use]
    pub const fn of(outcome: Outcome) -> Self {
        Self { outcome, address: None, result: None, may_last: false, harms_itself: false }
    }
}
