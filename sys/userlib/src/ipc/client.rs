//! The asking side: one server, through its deaths.

use super::buffer::Buffer;
use super::kernel::{self, SendError};
use super::wire::Wire;
use crate::Slot;
use abi::{NO_DEADLINE, TaskId};
use core::cell::Cell;
use core::convert::Infallible;
use core::hint::black_box;

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

    /// One call. `reply` has exactly the size that an answer can have at most.
    #[inline(always)]
    pub fn call<M: Wire, R: Wire, E: ErrorCode, const N: usize>(
        &self,
        operation: u16,
        message: &M,
        mut reply: Buffer<N>,
        leases: &[Lend<'_>],
        retry: Retry,
    ) -> Result<R, ClientError<E>> {
        match self.send(operation, message.bytes().as_ref(), &mut reply, leases, retry) {
            Ok(kernel::Reply { code: 0, length }) => {
                let bytes = reply.get(..length).ok_or(ClientError::BadAnswer)?;
                R::read(bytes).map_err(|_| ClientError::BadAnswer)
            }
            Ok(refused) => {
                Err(E::from_code(refused.code).map_or(ClientError::BadAnswer, ClientError::Server))
            }
            Err(SendError::Dead(_)) => Err(ClientError::ServerDied),
            Err(SendError::Gone) => Err(ClientError::Gone),
            Err(SendError::TimedOut) => Err(ClientError::TimedOut),
        }
    }

    #[inline(always)]
    fn send(
        &self,
        operation: u16,
        message: &[u8],
        reply: &mut [u8],
        leases: &[Lend<'_>],
        retry: Retry,
    ) -> Result<kernel::Reply, SendError> {
        let deadline = self.deadline.get();
        let mut tries = 1;
        loop {
            let server = self.server.get();
            let result = kernel::send(server, operation, message, reply, leases, deadline);
            if let Err(SendError::Dead(generation)) = result {
                self.server.set(TaskId::new(server.index(), generation));
                // Unforeseeable, or the compiler writes the call out once for each try.
                if retry == Retry::Idempotent && black_box(tries) < TRIES {
                    tries += 1;
                    continue;
                }
            }
            return result;
        }
    }
}
