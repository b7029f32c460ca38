//! One deed of the hostile task, as the supervisor hands it over.

use abi::LeaseDesc;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What to do. The registers are random where nothing else is said.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Deed {
    /// One of [`kind`].
    pub kind: u32,
    /// Some of [`patch`].
    pub patches: u32,
    /// Number of the instruction, or address to jump to.
    pub target: u64,
    /// x0 to x12.
    pub x: [u64; 13],
    /// The lease table that [`patch::LEASES`] means.
    pub leases: [LeaseDesc; 4],
}

/// Kinds of deeds.
pub mod kind {
    /// A system call with these registers.
    pub const CALL: u32 = 0;
    /// One of [`INSTRUCTIONS`](crate::INSTRUCTIONS), with these registers.
    pub const INSTRUCTION: u32 = 1;
    /// A jump, with these registers.
    pub const JUMP: u32 = 2;
}

/// What only the hostile task can fill in.
pub mod patch {
    /// x0 is exclusive-ored with the handle last received.
    pub const HANDLE: u32 = 1 << 0;
    /// x0 is brought to the task's present life.
    pub const REFRESH: u32 = 1 << 1;
    /// The time now is added to x0.
    pub const NOW_X0: u32 = 1 << 2;
    /// The time now is added to x7.
    pub const NOW_X7: u32 = 1 << 3;
    /// x12 points at the deed's own lease table.
    pub const LEASES: u32 = 1 << 4;
    /// The own timer is set to ring soon, by a bit that is added to x11.
    pub const TIMER: u32 = 1 << 5;
    /// Enter the kernel by an SVC whose number is not 0.
    pub const OTHER_SVC: u32 = 1 << 6;
    /// x0 afterwards is a handle to be remembered.
    pub const RECEIVES: u32 = 1 << 7;
}
