//! The asking side: one server, through its deaths.

use super::kernel::{self, Exchange, Payload};
use super::wire::{Decode, Wire};
use crate::Slot;
use abi::call::{SendInfo, SendResult};
use abi::{Generation, INLINE, NO_DEADLINE, TaskId};
use core::cell::Cell;
use core::convert::Infallible;
use zerocopy::IntoBytes;

pub use super::kernel::Lease as Lend;

/// How often a call is tried that may be repeated. A server that dies this often in a row dies of
/// the call.
const TRIES: u32 = 8;

/// Why a call brought no value. `E` is what the interface lets the server say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientError<E = Infallible> {
    /// The server's own answer.
    Server(E),
    /// The server died, now or since the last call. What was asked may have happened or not; the
    /// next call goes to its new life.
    ServerDied,
    /// The server is stopped for good.
    Gone,
    /// The deadline passed.
    TimedOut,
    /// More was lent than the interface allows; nothing was sent.
    TooLong,
    /// The server answered what the interface does not know.
    BadAnswer,
}

/// Error codes of one interface.
pub trait ErrorCode: Sized {
    /// The error with this code.
    fn from_code(code: u32) -> Option<Self>;
    /// Its code, never 0.
    fn code(self) -> u32;
}

impl ErrorCode for Infallible {
    fn from_code(_: u32) -> Option<Self> {
        None
    }
    fn code(self) -> u32 {
        match self {}
    }
}

/// What to do when the server dies during a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Say so.
    Never,
    /// Ask its next life the same.
    Idempotent,
}

/// A server and which of its lives is meant.
#[derive(Clone, Debug)]
pub struct Link {
    server: Cell<TaskId>,
    deadline: Cell<u64>,
}

impl Link {
    /// To the task behind a slot.
    #[must_use]
    pub fn new(slot: Slot) -> Self {
        Self::to(slot.task_id())
    }

    /// To a task.
    #[must_use]
    pub const fn to(server: TaskId) -> Self {
        Self { server: Cell::new(server), deadline: Cell::new(NO_DEADLINE) }
    }

    /// The server in the life that is meant.
    #[must_use]
    pub fn server(&self) -> TaskId {
        self.server.get()
    }

    /// Every later call gives up at this time.
    pub fn set_deadline(&self, deadline: u64) {
        self.deadline.set(deadline);
    }

    /// One call. `room` is for a message that has to be put together, `reply` for an answer of
    /// more than 32 bytes; each may be empty where the interface rules that out.
    #[inline(always)]
    pub fn call<'r, M: Wire, R: Decode<'r>, E: ErrorCode>(
        &self,
        operation: u16,
        message: &M,
        room: &mut [u8],
        reply: &'r mut Reply<'_>,
        leases: &[Lend<'_>],
        retry: Retry,
    ) -> Result<R, ClientError<E>> {
        // There always is room: generated code knows the size.
        let payload = message.encode(room).ok_or(ClientError::TooLong)?;
        let info = SendInfo::new(operation, payload.len(), leases.len());
        let call = Attempt { info, payload, leases };
        let first = self.attempt(call, reply.buffer);
        let ended = if first.result == SendResult::OK {
            first
        } else {
            self.recover(call, reply.buffer, retry, first).map_err(why)?
        };
        reply.words = ended.words;
        reply.take::<R>(ended.detail).ok_or(ClientError::BadAnswer)
    }

    #[inline(always)]
    fn attempt(&self, call: Attempt<'_>, reply: &mut [u8]) -> Exchange {
        let (server, deadline) = (self.server.get(), self.deadline.get());
        kernel::exchange(server, call.info, call.payload, reply, call.leases, deadline)
    }

    /// After a call that was not answered with success: repeats it if the server died and that is
    /// allowed. Says how it ended.
    #[cold]
    #[inline(never)]
    fn recover(
        &self,
        call: Attempt<'_>,
        reply: &mut [u8],
        retry: Retry,
        mut exchange: Exchange,
    ) -> Result<Exchange, Exchange> {
        let mut tries = 1;
        while exchange.result == SendResult::DEAD {
            let generation = Generation(exchange.detail as u32);
            self.server.set(TaskId::new(self.server.get().index(), generation));
            if retry == Retry::Never || tries == TRIES {
                break;
            }
            tries += 1;
            exchange = self.attempt(call, reply);
        }
        if exchange.result == SendResult::OK { Ok(exchange) } else { Err(exchange) }
    }
}

/// A call as it is sent, perhaps several times.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    info: SendInfo,
    payload: Payload<'a>,
    leases: &'a [Lend<'a>],
}

/// Where an answer arrives.
#[derive(Debug)]
pub struct Reply<'b> {
    words: [u64; 4],
    buffer: &'b mut [u8],
}

impl<'b> Reply<'b> {
    /// For an answer that may have as many bytes as `buffer`, or 32.
    #[must_use]
    #[inline(always)]
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { words: [0; 4], buffer }
    }

    #[inline(always)]
    fn take<'r, R: Decode<'r>>(&'r self, length: u64) -> Option<R> {
        let length = length as usize;
        if R::EXACT && length != R::MAX {
            return None;
        }
        // A constant, where there is one.
        let length = if R::EXACT { R::MAX } else { length };
        let long = if R::EXACT { R::MAX > INLINE } else { length > INLINE };
        let bytes = if long { &*self.buffer } else { self.words.as_bytes() };
        R::decode(bytes.get(..length)?).ok()
    }
}

#[cold]
fn why<E: ErrorCode>(exchange: Exchange) -> ClientError<E> {
    match exchange.result {
        SendResult::DEAD => ClientError::ServerDied,
        SendResult::GONE => ClientError::Gone,
        SendResult::TIMED_OUT => ClientError::TimedOut,
        SendResult(code) => {
            let error = u32::try_from(code).ok().and_then(E::from_code);
            error.map_or(ClientError::BadAnswer, ClientError::Server)
        }
    }
}
