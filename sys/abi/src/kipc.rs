//! Messages to the kernel itself: `SEND` to [`TaskId::KERNEL`](crate::TaskId::KERNEL).
//!
//! The operation goes where a server's would. Each needs the right that `app.toml` gives the
//! caller over the task named; the supervisor has all of them. The kernel answers at once with
//! code 0, or with an [`Error`]; a malformed message faults the caller.

use crate::FaultRecord;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Operations of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Op {
    /// [`Target`] → [`TaskStatus`]. Right: `status`.
    ReadStatus = 1,
    /// [`Restart`] → nothing. Right: `restart`. Gives a task a fresh life.
    Restart = 2,
    /// [`Target`] → nothing. Right: `restart`. Holds a task for good: whoever sends to it learns
    /// that it is gone. A healthy task is first faulted.
    Stop = 3,
    /// [`Target`] → nothing. Right: `fault`. Not for the supervisor or the caller.
    Fault = 4,
    /// Nothing → [`ImageId`].
    ReadImageId = 5,
    /// Nothing → never. Right: `reset`.
    Reset = 6,
    /// [`DumpRegion`] → [`Region`]. Right: `dump`. [`Error::NO_SUCH_REGION`] past the last.
    DumpRegion = 7,
    /// [`ReadDump`] → nothing; the bytes go to the buffer named, at most 4096. Right: `dump`.
    ReadDump = 8,
    /// [`SoftwareIrq`] → nothing. Supervisor only: makes interrupts pending, for tests.
    SoftwareIrq = 9,
    /// [`Target`] (where to begin) → [`Target`], the next faulted task from there, or
    /// [`Error::NONE`]. Right: `status` over all tasks.
    FindFaulted = 10,
    /// [`ReadDump`] → [`Length`]: the message a task panicked with, at most 256 bytes.
    /// Right: `status`. [`Error::NOT_PANICKED`].
    ReadPanicMessage = 11,
}

impl Op {
    /// The operation with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: u16) -> Option<Self> {
        Some(match number {
            1 => Self::ReadStatus,
            2 => Self::Restart,
            3 => Self::Stop,
            4 => Self::Fault,
            5 => Self::ReadImageId,
            6 => Self::Reset,
            7 => Self::DumpRegion,
            8 => Self::ReadDump,
            9 => Self::SoftwareIrq,
            10 => Self::FindFaulted,
            11 => Self::ReadPanicMessage,
            _ => return None,
        })
    }
}

/// Answers other than success.
pub struct Error;

impl Error {
    /// The task has no region with this number.
    pub const NO_SUCH_REGION: u32 = 1;
    /// The task has not panicked, or its message cannot be read.
    pub const NOT_PANICKED: u32 = 2;
    /// There is none.
    pub const NONE: u32 = 3;
    /// The task is alive; only a dead one can be dumped.
    pub const ALIVE: u32 = 4;
}

/// Names one task by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Target {
    /// Task index.
    pub task: u32,
}

/// Message of [`Op::Restart`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Restart {
    /// Task index.
    pub task: u32,
    /// 1 to let it run, 0 to leave it stopped until the next restart.
    pub start: u32,
}

/// Reply of [`Op::ReadStatus`].
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Default, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct TaskStatus {
    /// One of [`state`].
    pub state: u32,
    /// Index of the task it waits for, or `u32::MAX`.
    pub peer: u32,
    /// Its present generation.
    pub generation: u32,
    /// How often it was restarted.
    pub restarts: u32,
    /// How often it has spent its time budget before the period was over.
    pub overruns: u32,
    /// Zero.
    pub reserved: u32,
    /// Why it stopped, if `state` is [`state::FAULTED`].
    pub fault: FaultRecord,
}

/// States of a task.
pub mod state {
    /// Not started, or held for good.
    pub const STOPPED: u32 = 0;
    /// Running or ready to.
    pub const READY: u32 = 1;
    /// Waiting for a message or a notification.
    pub const IN_RECV: u32 = 2;
    /// Waiting for its message to be received.
    pub const IN_SEND: u32 = 3;
    /// Waiting for an answer.
    pub const IN_REPLY: u32 = 4;
    /// Faulted, and waiting for the supervisor.
    pub const FAULTED: u32 = 5;
    /// It would run, but its time budget is spent until its next period.
    pub const OUT_OF_BUDGET: u32 = 6;
}

/// Reply of [`Op::ReadImageId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ImageId {
    /// The image's id.
    pub id: u64,
}

/// Message of [`Op::DumpRegion`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct DumpRegion {
    /// Task index.
    pub task: u32,
    /// Number among the task's writable regions that are not devices, from 0.
    pub region: u32,
}

/// Reply of [`Op::DumpRegion`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Region {
    /// First address, in the task's address space.
    pub address: u64,
    /// Length in bytes.
    pub length: u64,
}

/// Message of [`Op::ReadDump`] and [`Op::ReadPanicMessage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ReadDump {
    /// Task index.
    pub task: u32,
    /// How many bytes.
    pub length: u32,
    /// From where, in the dead task's address space. Ignored for a panic message.
    pub source: u64,
    /// To where, in the caller's address space.
    pub destination: u64,
}

/// Reply of [`Op::ReadPanicMessage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Length {
    /// Bytes written.
    pub length: u32,
}

/// Message of [`Op::SoftwareIrq`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SoftwareIrq {
    /// Task index.
    pub task: u32,
    /// Notification bits whose interrupts become pending.
    pub bits: u32,
}
