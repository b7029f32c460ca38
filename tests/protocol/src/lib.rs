//! What the tasks of a test image say to each other.

#![no_std]
#![forbid(unsafe_code)]

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Operations of the runner, task 0.
pub mod runner {
    /// Number of cases (`u32`) → number of the case to run (`u32`). The first thing a suite says.
    pub const NEXT: u16 = 1;
    /// The case's name, at most 64 bytes → nothing.
    pub const BEGIN: u16 = 2;
    /// Nothing → nothing; the caller is restarted for the next case.
    pub const DONE: u16 = 3;
    /// Task index and notification bits (`[u32; 2]`) → nothing: software interrupt.
    pub const INTERRUPT: u16 = 4;
    /// Task index (`u32`) → nothing: restart it when it faults, during this case.
    pub const AUTO_RESTART: u16 = 5;
    /// Nothing → how many faults of other tasks were seen during this case (`u32`).
    pub const FAULTS: u16 = 6;
    /// Nothing → how often during this case somebody had spent their budget (`u32`).
    pub const OVERRUNS: u16 = 7;
    /// The longest name.
    pub const NAME: usize = 64;
}

/// Operations of the assistant.
pub mod assist {
    /// Any bytes → the same bytes.
    pub const ECHO: u16 = 1;
    /// [`RawCall`](super::RawCall) → [`RawResult`](super::RawResult): carries out that system
    /// call, if it survives it.
    pub const RAW: u16 = 2;
    /// Address (`u64`) → value (`u64`): loads.
    pub const LOAD: u16 = 3;
    /// Address (`u64`) → nothing: stores.
    pub const STORE: u16 = 4;
    /// Address (`u64`) → nothing: jumps there.
    pub const JUMP: u16 = 5;
    /// Nothing → never: panics with "asked to panic".
    pub const PANIC: u16 = 6;
    /// Nothing → never: calls itself until the stack is used up.
    pub const OVERFLOW: u16 = 7;
    /// Nothing → never: executes `udf`.
    pub const UNDEFINED: u16 = 8;
    /// Nothing → never: executes `brk`.
    pub const BREAKPOINT: u16 = 9;
    /// Nothing → never: touches a vector register.
    pub const FLOAT: u16 = 10;
    /// Value to add (`u64`) → sum so far (`u64`), kept in a variable.
    pub const ADD: u16 = 11;
    /// Nothing → never: an exclusive load from an odd address.
    pub const MISALIGN: u16 = 12;
    /// Nothing → the notification bits received so far (`u32`), which are then forgotten.
    pub const BITS: u16 = 13;
    /// Lease number 0, readable, and 1, writable → bytes copied from one to the other (`u32`).
    pub const COPY: u16 = 14;
    /// Nothing → nothing, but only when the next `RELEASE` has come.
    pub const WAIT: u16 = 15;
    /// Nothing → nothing; answers the `WAIT` first. The reply says whether that one still
    /// waited (`u32`).
    pub const RELEASE: u16 = 16;
    /// Executes `msr ttbr0_el1`, which EL0 may not.
    pub const PRIVILEGED: u16 = 17;
    /// Nothing → never: jumps to an odd address in its own text.
    pub const JUMP_ODD: u16 = 25;
    /// Nothing → nothing, after faulting the caller with this reason (`u32`).
    pub const REFUSE: u16 = 18;
    /// Ticks of the counter (`u64`) → nothing, when they have passed, working all the time.
    pub const WORK: u16 = 19;
    /// As `RAW`, with the handle of this very call in x0.
    pub const BORROW: u16 = 20;
    /// Nothing → never: asks the hypervisor to switch the machine off.
    pub const HYPERVISOR: u16 = 21;
    /// Nothing → never: asks the secure monitor to switch the machine off.
    pub const MONITOR: u16 = 22;
    /// Nothing → never: masks interrupts.
    pub const MASK: u16 = 23;
    /// Nothing → never: reads SCTLR_EL1.
    pub const CONTROL: u16 = 24;
    /// Nothing → never: writes to DBGDTR_EL0, for a debugger outside to read.
    pub const MAILBOX: u16 = 26;
}

/// Tasks less important than the suite, which ask it what to do.
pub mod peer {
    /// The notification that makes a peer ask.
    pub const GO: u32 = 1 << 0;
    /// [`Report`](super::Report) → [`RawCall`](super::RawCall). Lends its scratch memory, for
    /// reading and writing. The code of the answer is one of the deeds below.
    pub const NEXT: u16 = 1000;
    /// Carry out the call, and ask again.
    pub const CALL: u32 = 0;
    /// Spin for ever.
    pub const SPIN: u32 = 1;
    /// Fill the vector registers with multiples of the scratch memory's address, carry out the
    /// call, and ask again: bit n of x6 says whether register n was as before.
    pub const VECTORS: u32 = 2;
    /// The same, with a while of spinning for the call.
    pub const HOLD_VECTORS: u32 = 3;
    /// Put the vector registers into scratch memory, and ask again.
    pub const READ_VECTORS: u32 = 4;
    /// Bytes of scratch memory.
    pub const SCRATCH: usize = 1024;
}

/// Where the bystander is asked whether it is well: byte offsets of `u64`s in the shared region.
pub mod watch {
    /// Any number, written by the suite.
    pub const CHALLENGE: usize = 0;
    /// The last challenge that the bystander lived through a whole round with.
    pub const ANSWER: usize = 8;
    /// How often the bystander has found something changed.
    pub const ERRORS: usize = 16;
}

/// Registers of a system call: x0 to x7, then x9 to x12, then the number for x8.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RawCall {
    /// x0 to x7.
    pub x: [u64; 8],
    /// x9, x10, x11, x12.
    pub more: [u64; 4],
    /// x8.
    pub number: u64,
}

/// What a peer says when it asks.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Report {
    /// Address of its scratch memory.
    pub scratch: u64,
    /// What its last call brought.
    pub result: RawResult,
}

/// x0 to x6 afterwards.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct RawResult {
    /// x0 to x6.
    pub x: [u64; 7],
}
