//! Why a task stopped.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum FaultKind {
    /// None: the task is healthy.
    None = 0,
    /// A load or store at `address` that no region allows. `detail` is [`FaultRecord::READ`] or
    /// [`FaultRecord::WRITE`].
    MemoryAccess = 1,
    /// An access to the guard page below the own stack. `detail` as for `MemoryAccess`.
    StackOverflow = 2,
    /// An instruction fetched from where there is none to execute. `detail` is the syndrome.
    IllegalText = 3,
    /// An access, program counter or stack pointer that is not aligned as it must be. `detail` is
    /// the syndrome; a stack pointer has no address.
    Alignment = 4,
    /// An instruction that is undefined or not permitted at EL0. `detail` is the syndrome,
    /// ESR_EL1.
    IllegalInstruction = 5,
    /// A floating-point or vector instruction in a task that has no `fpu = true`, or one that no
    /// task may execute. `detail` is the syndrome.
    FloatingPoint = 6,
    /// The bus or a device reported an error. `detail` is the syndrome; an SError has no address.
    BusError = 7,
    /// A breakpoint, watchpoint or single step without a debugger. `detail` is the syndrome.
    Debug = 8,
    /// A system call used wrongly; `detail` is a [`Usage`].
    Usage = 9,
    /// `PANIC`.
    Panic = 10,
    /// Another task, `from`, with the right to, faulted it.
    Injected = 11,
    /// The server `from` refused the call; `detail` is a [`ReplyFault`].
    FromServer = 12,
    /// Anything else the processor reports. `detail` is the syndrome.
    Unknown = 13,
}

impl FaultKind {
    /// The kind with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::None,
            1 => Self::MemoryAccess,
            2 => Self::StackOverflow,
            3 => Self::IllegalText,
            4 => Self::Alignment,
            5 => Self::IllegalInstruction,
            6 => Self::FloatingPoint,
            7 => Self::BusError,
            8 => Self::Debug,
            9 => Self::Usage,
            10 => Self::Panic,
            11 => Self::Injected,
            12 => Self::FromServer,
            13 => Self::Unknown,
            _ => return None,
        })
    }
}

/// How a system call can be used wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Usage {
    /// No call has this number.
    BadCallNumber = 1,
    /// A buffer is not wholly inside one of the caller's regions with the right needed.
    InvalidSlice = 2,
    /// No task has this index.
    TaskOutOfRange = 3,
    /// The task named cannot be meant here: the caller itself, or the supervisor.
    IllegalTask = 4,
    /// `app.toml` gives the caller no `task-slots` entry for this target, or it is less important.
    SendNotAllowed = 5,
    /// The lease index is not below the number sent.
    LeaseOutOfRange = 6,
    /// The offset lies beyond the lease's end.
    OffsetOutOfRange = 7,
    /// The caller owns no interrupt with these notification bits.
    NoIrq = 8,
    /// A message to the kernel has a wrong length or a value out of range.
    BadKernelMessage = 9,
    /// `REPLY_FAULT` with a reason that does not exist.
    BadReplyFault = 10,
    /// `app.toml` gives the caller no right to do this.
    NotPermitted = 11,
    /// The reply is longer than the caller's buffer.
    ReplyTooBig = 12,
    /// The message is longer than 256 bytes, or reserved bits are set.
    MessageTooBig = 13,
    /// More than 16 leases.
    TooManyLeases = 14,
}

/// Why a server refuses a call with `REPLY_FAULT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ReplyFault {
    /// The interface has no such operation.
    UndefinedOperation = 1,
    /// The message has the wrong length for the operation.
    BadMessageSize = 2,
    /// The message holds values the operation's types do not have.
    BadMessageContents = 3,
    /// The number, direction or length of the leases is wrong.
    BadLeases = 4,
    /// The reply does not fit the caller's buffer.
    ReplyBufferTooSmall = 5,
    /// The caller may not do this.
    AccessViolation = 6,
}

impl ReplyFault {
    /// The reason with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            1 => Self::UndefinedOperation,
            2 => Self::BadMessageSize,
            3 => Self::BadMessageContents,
            4 => Self::BadLeases,
            5 => Self::ReplyBufferTooSmall,
            6 => Self::AccessViolation,
            _ => return None,
        })
    }
}

/// A fault as the kernel keeps it and as `READ_STATUS` reports it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Default, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct FaultRecord {
    /// A [`FaultKind`].
    pub kind: u32,
    /// Depends on the kind.
    pub detail: u32,
    /// The address accessed, where the kind has one.
    pub address: u64,
    /// The task's program counter.
    pub pc: u64,
    /// The task that caused it, for `Injected` and `FromServer`.
    pub from: u32,
    /// The [state](crate::kipc::state) the task was in.
    pub original_state: u32,
}

impl FaultRecord {
    /// `detail` of a memory access that read.
    pub const READ: u32 = 0;
    /// `detail` of a memory access that wrote.
    pub const WRITE: u32 = 1;
}
