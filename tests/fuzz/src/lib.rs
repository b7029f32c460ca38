//! What the tasks of the fuzzing image agree on, and what its hostile task is told to do.
//!
//! The hostile task decides nothing. Before each deed it asks the supervisor, which makes up deed
//! number n from the seed and n alone ([`Maker`]) and knows beforehand what must come of it
//! ([`Fate`]). So a wild store of the hostile task cannot spoil the sequence, and any deed can be
//! had again from two numbers.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod address;
mod calls;
mod chance;
mod deed;
mod fate;
mod instructions;
mod kernel_messages;
mod maker;
pub mod pattern;
pub mod scene;
#[cfg(test)]
mod tests;

pub use chance::Chance;
pub use deed::{Deed, kind, patch};
pub use fate::{Fate, Outcome};
pub use instructions::{Effect, INSTRUCTIONS};
pub use maker::Maker;
pub use scene::Scene;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What the region `parameters` begins with. The command that starts the machine writes it there.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Parameters {
    /// [`Parameters::MAGIC`], or nobody wrote anything.
    pub magic: u64,
    /// Where the sequence of deeds begins.
    pub seed: u64,
    /// How many system calls to make.
    pub calls: u64,
}

impl Parameters {
    /// "fuzzing!".
    pub const MAGIC: u64 = u64::from_le_bytes(*b"fuzzing!");
}

/// Operations of the supervisor.
pub mod supervisor {
    /// [`Tale`](super::Tale) → [`Deed`](super::Deed). From the hostile task only.
    pub const NEXT: u16 = 0xf001;
    /// [`Checks`](super::Checks) → nothing. From canaries only.
    pub const CHECKS: u16 = 0xf002;
    /// [`Oops`](super::Oops) → nothing. From canaries only.
    pub const OOPS: u16 = 0xf003;
}

/// Operations of the server canary.
pub mod echo {
    /// Any bytes → the same bytes, each [turned](super::pattern::turned).
    pub const TURN: u16 = 1;
    /// Lease 0 readable, lease 1 writable, of equal length → bytes copied, turned (`u32`).
    pub const COPY: u16 = 2;
}

/// What the hostile task tells of its registers.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Tale {
    /// Bits in which registers differed after a call that must not change them. None is good.
    pub changed: u64,
    /// Bits that were set in registers at the first instruction of its life. None is good.
    pub leaked: u64,
    /// x0 after a call.
    pub result: u64,
}

/// What a canary did since it last said so.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Checks {
    /// Comparisons that came out right.
    pub checks: u32,
    /// Interrupts received.
    pub interrupts: u32,
}

/// What a canary found wrong.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Oops {
    /// One of [`wrong`].
    pub wrong: u64,
    /// What it found.
    pub found: u64,
    /// What it had expected.
    pub expected: u64,
}

/// What can be wrong with a canary.
pub mod wrong {
    /// Names by number.
    pub const NAMES: [&str; 14] = [
        "its variables changed",
        "its stack changed",
        "its registers changed",
        "its thread register changed",
        "a reply has other bytes than the server sent",
        "a message has other bytes than the client sent",
        "a lease has other bytes than were put there",
        "time went back",
        "a timer rang early, or is still armed",
        "a notification came that nobody may post",
        "another task is in another life",
        "a call ended as none can",
        "an interrupt is not as it was left",
        "its vector registers changed",
    ];
    /// Variables.
    pub const VARIABLES: u64 = 0;
    /// Stack.
    pub const STACK: u64 = 1;
    /// General registers.
    pub const REGISTERS: u64 = 2;
    /// TPIDR_EL0.
    pub const THREAD: u64 = 3;
    /// Reply.
    pub const REPLY: u64 = 4;
    /// Message.
    pub const MESSAGE: u64 = 5;
    /// Lease.
    pub const LEASE: u64 = 6;
    /// Time.
    pub const TIME: u64 = 7;
    /// Timer.
    pub const TIMER: u64 = 8;
    /// Notification bits.
    pub const NOTIFICATION: u64 = 9;
    /// Generation.
    pub const GENERATION: u64 = 10;
    /// Result of a call.
    pub const RESULT: u64 = 11;
    /// Interrupt.
    pub const INTERRUPT: u64 = 12;
    /// Vector and floating-point control registers.
    pub const VECTORS: u64 = 13;
}
