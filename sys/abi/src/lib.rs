//! What a task and the kernel agree on: call numbers, registers, ids, messages and faults.
//!
//! This interface is frozen: a task built against it keeps working with a later kernel. Register
//! use of every call is in [`call`]; the records that travel in memory are `repr(C)`, little-endian
//! and free of padding.

#![no_std]
#![forbid(unsafe_code)]

pub mod call;
pub mod fault;
pub mod id;
pub mod kipc;
pub mod lease;
pub mod trace;

pub use call::{Call, NO_DEADLINE, SendResult};
pub use fault::{FaultKind, FaultRecord, ReplyFault, Usage};
pub use id::{Generation, Handle, TaskId};
pub use lease::{LeaseAttributes, LeaseDesc};

/// The longest message and the longest reply, in bytes.
pub const MAX_MESSAGE: usize = 256;
/// A message or reply of at most this many bytes travels in registers x2 to x5.
pub const INLINE: usize = 32;
/// The most that one `BORROW_READ` or `BORROW_WRITE` moves, in bytes.
pub const MAX_BORROW: usize = 4096;
/// The most leases one message can carry.
pub const MAX_LEASES: usize = 16;
/// The most tasks one image can hold. Fixes the width of every bitmap over tasks.
pub const MAX_TASKS: usize = 256;
/// The number of priorities; 0 is the most important, 63 the least.
pub const PRIORITIES: usize = 64;
/// The supervisor's index.
pub const SUPERVISOR: usize = 0;
/// The notification bit by which the kernel tells the supervisor that a task has faulted.
pub const FAULT_NOTIFICATION: u32 = 1 << 0;
