//! What the benchmark's tasks say to each other.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// How often everything is measured.
pub const REPEATS: usize = 1000;
/// The longest name of a figure.
pub const NAME: usize = 32;

/// The number that `Pong::ping` answers with a reading of the counters.
pub const STAMP: u64 = u64::MAX;

/// Operations of the server. Its measured loops answer even ones and end with any odd one.
pub mod server {
    /// In a loop: any message → the same. The message of the measured calls.
    pub const MEASURED: u16 = 0;
    /// Nothing → nothing; then answers with what it gets, until `LEAVE`.
    pub const ECHO: u16 = 1;
    /// Number of bytes → nothing; then reads so much of lease 0 before each answer, until `LEAVE`.
    pub const BORROW: u16 = 3;
    /// Nothing → nothing; ends the loops.
    pub const LEAVE: u16 = 5;
    /// Number of bytes, and lease 0 → start and end stamp of one read of it.
    pub const BORROW_ONCE: u16 = 7;
    /// Nothing → the notification `wake` (`u64`), for which it then waits.
    pub const WAIT_POST: u16 = 9;
    /// Nothing → nothing; then waits for its timer.
    pub const WAIT_TIMER: u16 = 11;
    /// Nothing → nothing; then waits for its device's interrupt.
    pub const WAIT_INTERRUPT: u16 = 13;
    /// Nothing → never: dies of it.
    pub const DIE: u16 = 15;
    /// Nothing → nothing; then dies, and nobody waits for it.
    pub const DIE_ALONE: u16 = 17;
}

/// Operations of the supervisor.
pub mod supervisor {
    /// [`Begin`](super::Begin) → nothing.
    pub const BEGIN: u16 = 1;
    /// [`Figure`](super::Figure) → nothing.
    pub const FIGURE: u16 = 2;
    /// Nothing → nothing: that was all.
    pub const END: u16 = 3;
}

/// What the supervisor must know.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Begin {
    /// Index of the task that dies on purpose.
    pub server: u32,
    /// What reading the counters costs, by the client's measurement.
    pub reading: u32,
}

/// One figure: median, least and most of so many measurements, in instructions.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Figure {
    /// Its name, filled up with zeros.
    pub name: [u8; NAME],
    /// How many measurements.
    pub repeats: u32,
    /// Kernel and tasks.
    pub total: [u32; 3],
    /// The kernel.
    pub kernel: [u32; 3],
}
