//! The calls of generated stubs. What fits in registers stays there: no buffer is filled to be
//! read again, and nothing that a call does not look at is loaded.

use crate::svc;
use crate::sys::Lease;
use abi::call::{ReplyInfo, SendInfo, SendResult};
use abi::{Handle, INLINE, TaskId};
use zerocopy::IntoBytes;

/// Bytes to be sent: at most 32 of them as four words, more as the place where they lie.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    words: [u64; 4],
    length: usize,
    long: &'a [u8],
}

impl<'a> Payload<'a> {
    /// No bytes.
    pub const EMPTY: Self = Self { words: [0; 4], length: 0, long: &[] };

    /// These bytes.
    #[must_use]
    #[inline(always)]
    pub fn new(bytes: &'a [u8]) -> Self {
        if bytes.len() > INLINE {
            let words = [bytes.as_ptr() as u64, 0, 0, 0];
            return Self { words, length: bytes.len(), long: bytes };
        }
        Self::short(bytes)
    }

    /// These bytes, of which 32 count, and which may be forgotten.
    #[must_use]
    #[inline(always)]
    pub fn short(bytes: &[u8]) -> Self {
        let mut words = [0; 4];
        let length = bytes.len().min(INLINE);
        words.as_mut_bytes()[..length].copy_from_slice(&bytes[..length]);
        Self { words, length, long: &[] }
    }

    /// As [`abi::call`] wants them.
    #[must_use]
    #[inline(always)]
    pub const fn words(&self) -> [u64; 4] {
        self.words
    }

    /// How many bytes.
    #[must_use]
    #[inline(always)]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        if self.length > INLINE {
            return self.long;
        }
        &self.words.as_bytes()[..self.length]
    }
}

/// How a `SEND` ended.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// x0.
    pub result: SendResult,
    /// x1: length of the answer, or the server's new generation.
    pub detail: u64,
    /// x2 to x5: the answer, if it has at most 32 bytes. Otherwise it lies in the buffer.
    pub words: [u64; 4],
}

/// What came to a server.
#[derive(Clone, Copy, Debug)]
pub struct Incoming {
    /// Whom to answer, or [`Handle::KERNEL`].
    pub caller: Handle,
    /// Operation, length and number of leases.
    pub info: SendInfo,
    /// x2 to x5: the message, if it has at most 32 bytes, or the notification bits.
    pub words: [u64; 4],
    /// The longest answer that the caller can take.
    pub reply_capacity: u64,
}

impl Incoming {
    #[inline(always)]
    const fn new([caller, info, w0, w1, w2, w3, reply_capacity]: [u64; 7]) -> Self {
        let (caller, info) = (Handle(caller), SendInfo(info));
        Self { caller, info, words: [w0, w1, w2, w3], reply_capacity }
    }
}

/// Sends and waits for an answer. One of at most 32 bytes comes in registers, one of at most as
/// many as `reply` has bytes may lie there.
#[inline(always)]
#[must_use]
pub fn exchange(
    target: TaskId,
    info: SendInfo,
    message: Payload<'_>,
    reply: &mut [u8],
    leases: &[Lease<'_>],
    deadline: u64,
) -> Exchange {
    let room = if reply.len() > INLINE { reply.len() } else { INLINE };
    let [w0, w1, w2, w3] = message.words;
    let x = [target.0, info.0, w0, w1, w2, w3, room as u64, deadline];
    // SAFETY: message and leases are borrowed for the call. So is the reply buffer, mutably; an
    // answer of at most 32 bytes goes to no buffer.
    let out = unsafe { svc::send(x, reply.as_mut_ptr() as u64, leases.as_ptr() as u64) };
    let [result, detail, words @ ..] = out;
    Exchange { result: SendResult(result), detail, words }
}

/// Waits for a message from anyone or for one of these notifications. A message of more than 32
/// bytes lies in the buffer, as far as it has room.
#[inline(always)]
#[must_use]
pub fn receive(buffer: &mut [u8], notifications: u32) -> Incoming {
    let (address, size) = (buffer.as_mut_ptr() as u64, buffer.len() as u64);
    // SAFETY: the buffer is borrowed mutably for the call.
    let out = unsafe { svc::receive(TaskId::ANY.0, address, size, u64::from(notifications)) };
    Incoming::new(out)
}

/// Answers a caller, then receives as [`receive`] does.
#[inline(always)]
#[must_use]
pub fn answer_and_receive(
    caller: Handle,
    code: u32,
    answer: Payload<'_>,
    buffer: &mut [u8],
    notifications: u32,
) -> Incoming {
    let info = ReplyInfo::new(code, answer.length);
    let [w0, w1, w2, w3] = answer.words;
    let x = [caller.0, info.0, w0, w1, w2, w3];
    let (address, size) = (buffer.as_mut_ptr() as u64, buffer.len() as u64);
    // SAFETY: the answer is borrowed for the call, the buffer mutably.
    let out = unsafe { svc::reply_receive(x, address, size, u64::from(notifications)) };
    Incoming::new(out)
}
