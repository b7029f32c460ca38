//! System calls: their numbers and their registers.
//!
//! A task puts the number in x8 and executes `SVC #0`. Registers not named as results come back as
//! they were. All values are little-endian; lengths are in bytes.
//!
//! | call | in | out |
//! |---|---|---|
//! | `SEND` | x0 target [`TaskId`](crate::TaskId), x1 [`SendInfo`], x2–x5 message or x2 its address, x6 reply capacity, x7 deadline or [`NO_DEADLINE`], x9 reply buffer, x12 lease table | x0 [`SendResult`], x1 reply length (or the peer's new generation), x2–x5 a reply of at most 32 bytes |
//! | `RECV` | x0 from whom ([`TaskId::ANY`](crate::TaskId::ANY), `KERNEL` for notifications only, or one task), x9 buffer, x10 its size, x11 notification mask | x0 [`Handle`](crate::Handle), x1 [`SendInfo`] (length as sent), x2–x5 a message of at most 32 bytes, or x2 notification bits, x6 reply capacity |
//! | `REPLY` | x0 handle, x1 [`ReplyInfo`], x2–x5 reply or x2 its address | x0 0, or 1 when the caller has gone |
//! | `REPLY_RECV` | x0–x5 as `REPLY`, x9–x11 as an open `RECV` | as `RECV` |
//! | `BORROW_READ`, `BORROW_WRITE` | x0 handle, x1 lease, x2 offset, x3 own buffer, x4 length | x0 [`BorrowResult`], x1 bytes moved |
//! | `BORROW_INFO` | x0 handle, x1 lease | x0 [`BorrowResult`], x1 [`LeaseAttributes`](crate::LeaseAttributes), x2 length |
//! | `IRQ_CONTROL` | x0 notification bits, x1 [`irq`] flags | |
//! | `IRQ_STATUS` | x0 notification bits | x0 [`irq`] flags of all of them together |
//! | `SET_TIMER` | x0 deadline or [`NO_DEADLINE`], x1 notification bits | |
//! | `GET_TIMER` | | x0 now, x1 deadline or [`NO_DEADLINE`], x2 notification bits |
//! | `REFRESH_TASK_ID` | x0 task id | x0 the same task in its present life |
//! | `POST` | x0 task id, x1 notification bits | x0 [`SendResult::OK`] or dead, x1 new generation |
//! | `REPLY_FAULT` | x0 handle, x1 [`ReplyFault`](crate::ReplyFault) | x0 0, or 1 when the caller has gone |
//! | `PANIC` | x0 message, x1 length | never returns |
//!
//! Deadlines and times are values of the generic timer's virtual counter, CNTVCT_EL0, which a task
//! may read itself; its frequency is in CNTFRQ_EL0.

/// "No deadline": a time that never comes.
pub const NO_DEADLINE: u64 = u64::MAX;

/// Numbers of the system calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Call {
    /// Send a message and wait for the reply.
    Send = 0,
    /// Wait for a message or a notification.
    Recv = 1,
    /// Answer a caller.
    Reply = 2,
    /// Answer a caller and wait for the next message.
    ReplyRecv = 3,
    /// Copy from a caller's lease.
    BorrowRead = 4,
    /// Copy to a caller's lease.
    BorrowWrite = 5,
    /// Length and attributes of a caller's lease.
    BorrowInfo = 6,
    /// Enable or disable own interrupts.
    IrqControl = 7,
    /// State of own interrupts.
    IrqStatus = 8,
    /// Arm or cancel the own timer.
    SetTimer = 9,
    /// Read time and the own timer.
    GetTimer = 10,
    /// The present generation of a task.
    RefreshTaskId = 11,
    /// Set notification bits of another task.
    Post = 12,
    /// Fault a caller instead of answering it.
    ReplyFault = 13,
    /// Die, leaving a message.
    Panic = 14,
}

impl Call {
    /// The call with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::Send,
            1 => Self::Recv,
            2 => Self::Reply,
            3 => Self::ReplyRecv,
            4 => Self::BorrowRead,
            5 => Self::BorrowWrite,
            6 => Self::BorrowInfo,
            7 => Self::IrqControl,
            8 => Self::IrqStatus,
            9 => Self::SetTimer,
            10 => Self::GetTimer,
            11 => Self::RefreshTaskId,
            12 => Self::Post,
            13 => Self::ReplyFault,
            14 => Self::Panic,
            _ => return None,
        })
    }
}

/// x1 of `SEND`: operation in bits 0 to 15, message length in 16 to 27, number of leases in 28 to
/// 35. Other bits must be zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendInfo(pub u64);

impl SendInfo {
    /// Packs the three. Each is cut to its field.
    #[must_use]
    pub const fn new(operation: u16, length: usize, leases: usize) -> Self {
        Self(operation as u64 | ((length as u64 & 0xfff) << 16) | ((leases as u64 & 0xff) << 28))
    }

    /// Which operation of the server is meant.
    #[must_use]
    pub const fn operation(self) -> u16 {
        self.0 as u16
    }

    /// The message's length in bytes.
    #[must_use]
    pub const fn length(self) -> usize {
        (self.0 >> 16 & 0xfff) as usize
    }

    /// How many leases come with it.
    #[must_use]
    pub const fn leases(self) -> usize {
        (self.0 >> 28 & 0xff) as usize
    }
}

/// x1 of `REPLY`: the server's code in bits 0 to 31, the reply's length in 32 to 43.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyInfo(pub u64);

impl ReplyInfo {
    /// Packs the two; the length is cut to its field.
    #[must_use]
    pub const fn new(code: u32, length: usize) -> Self {
        Self(code as u64 | ((length as u64 & 0xfff) << 32))
    }

    /// What the server says.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.0 as u32
    }

    /// The reply's length in bytes.
    #[must_use]
    pub const fn length(self) -> usize {
        (self.0 >> 32 & 0xfff) as usize
    }
}

/// x0 after `SEND`. Values below 2³² are the server's own code; the rest only the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendResult(pub u64);

impl SendResult {
    /// The server answered with code 0, or a `POST` was delivered.
    pub const OK: Self = Self(0);
    /// The peer died, or the id named an earlier life. x1 is its present generation.
    pub const DEAD: Self = Self(1 << 32);
    /// The peer is stopped and will not be restarted.
    pub const GONE: Self = Self(2 << 32);
    /// The deadline passed first. The call and its leases are over.
    pub const TIMED_OUT: Self = Self(3 << 32);
}

/// x0 after `BORROW_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BorrowResult(pub u64);

impl BorrowResult {
    /// Done.
    pub const OK: Self = Self(0);
    /// The caller is no longer waiting for this answer.
    pub const GONE: Self = Self(1);
    /// The lease does not allow this direction.
    pub const NOT_ALLOWED: Self = Self(2);
}

/// Flags of `IRQ_CONTROL` and `IRQ_STATUS`.
pub mod irq {
    /// `IRQ_CONTROL`: let it come (otherwise: hold it back). `IRQ_STATUS`: it is let come.
    pub const ENABLE: u64 = 1 << 0;
    /// `IRQ_CONTROL`: forget what is pending first. `IRQ_STATUS`: something is pending.
    pub const PENDING: u64 = 1 << 1;
    /// `IRQ_STATUS`: its notification bit is set and not yet received.
    pub const POSTED: u64 = 1 << 2;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip() {
        let mut known = 0;
        for number in 0..100 {
            if let Some(call) = Call::from_number(number) {
                assert_eq!(call as u64, number);
                known += 1;
            }
        }
        assert_eq!(known, 15);
    }

    #[test]
    fn packed_words_give_back_their_parts() {
        let info = SendInfo::new(0xffff, 256, 16);
        assert_eq!((info.operation(), info.length(), info.leases()), (0xffff, 256, 16));
        let info = ReplyInfo::new(u32::MAX, 256);
        assert_eq!((info.code(), info.length()), (u32::MAX, 256));
    }
}
