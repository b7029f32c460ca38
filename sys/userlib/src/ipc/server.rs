//! The answering side: one message at a time, checked before a server's method sees it.

use super::bits::Bits;
use super::client::ErrorCode;
use super::kernel::{self, Message, Received};
use super::lease::{Access, BadLease, Gone, Lease};
use super::wire::Wire;
use abi::{Handle, ReplyFault, TaskId};
use core::convert::Infallible;
use core::marker::PhantomData;

/// One call of one client, still to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller(Handle);

impl Caller {
    /// Who calls. The kernel says so; it can be relied on.
    #[must_use]
    pub const fn task(self) -> TaskId {
        self.0.task()
    }

    /// The call, as the kernel names it.
    #[must_use]
    pub const fn handle(self) -> Handle {
        self.0
    }
}

/// Why a method returns no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refuse<E = Infallible> {
    /// Answer with this error.
    Error(E),
    /// Fault the caller: it asked what no right client asks.
    Fault(ReplyFault),
    /// Answer nothing yet. Whoever says so has kept the reply.
    Later,
    /// The caller no longer waits.
    Gone,
}

impl<E> From<Gone> for Refuse<E> {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// What to tell the kernel about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answer with this code and so many bytes of the reply buffer.
    Answer {
        /// 0 for success.
        code: u32,
        /// Bytes.
        length: usize,
    },
    /// Fault the caller.
    Fault(ReplyFault),
    /// Nothing, for now or for ever.
    Nothing,
}

impl From<BadLease> for Outcome {
    fn from(bad: BadLease) -> Self {
        match bad {
            BadLease::Gone => Self::Nothing,
            BadLease::Fault(reason) => Self::Fault(reason),
        }
    }
}

impl Outcome {
    /// What follows from a method's result.
    #[inline(always)]
    pub fn new<V, W: Wire + From<V>, E: ErrorCode>(
        result: Result<V, Refuse<E>>,
        reply: &mut [u8],
    ) -> Self {
        match result {
            Ok(value) => match W::from(value).write(reply) {
                Some(length) => Self::Answer { code: 0, length },
                None => Self::Fault(ReplyFault::ReplyBufferTooSmall),
            },
            Err(Refuse::Error(error)) => Self::Answer { code: error.code(), length: 0 },
            Err(Refuse::Fault(reason)) => Self::Fault(reason),
            Err(Refuse::Later | Refuse::Gone) => Self::Nothing,
        }
    }
}

/// A message as it arrived, from anyone and with anything in it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    message: Message,
    bytes: &'a [u8],
}

impl<'a> Request<'a> {
    /// A message and the buffer it was received in.
    #[must_use]
    #[inline(always)]
    pub fn new(message: Message, buffer: &'a [u8]) -> Self {
        // Empty if it was longer than the buffer: then it is longer than any operation's message.
        Self { message, bytes: buffer.get(..message.length).unwrap_or(&[]) }
    }

    /// Which operation is meant.
    #[must_use]
    #[inline(always)]
    pub const fn operation(&self) -> u16 {
        self.message.operation
    }

    /// Who asks.
    #[must_use]
    #[inline(always)]
    pub const fn caller(&self) -> Caller {
        Caller(self.message.caller)
    }

    /// The arguments, if the message is one of `M`, with so many leases, from a caller that can
    /// take the longest `R`.
    #[inline(always)]
    pub fn arguments<M: Wire, R: Wire>(&self, leases: usize) -> Result<M, Outcome> {
        if self.message.length != self.bytes.len() {
            return Err(Outcome::Fault(ReplyFault::BadMessageSize));
        }
        if self.message.leases != leases {
            return Err(Outcome::Fault(ReplyFault::BadLeases));
        }
        if self.message.reply_capacity < R::MAX {
            return Err(Outcome::Fault(ReplyFault::ReplyBufferTooSmall));
        }
        M::read(self.bytes).map_err(Outcome::Fault)
    }

    /// The lease with this number, if it is what the interface says.
    #[inline]
    pub fn lease<A: Access>(&self, number: u8, limit: u32) -> Result<Lease<A>, Outcome> {
        Lease::check(self.message.caller, number, limit).map_err(Outcome::from)
    }
}

/// The answer to one call of one operation, to be given later: a value `V`, which travels as `W`,
/// or an error. Generated code gives each operation's a name.
#[derive(Debug)]
pub struct Answer<V, W, E> {
    caller: Caller,
    types: PhantomData<fn(V, W, E)>,
}

impl<V, W: Wire + From<V>, E: ErrorCode> Answer<V, W, E> {
    /// To the caller that a method of this operation got.
    #[must_use]
    pub const fn to(caller: Caller) -> Self {
        Self { caller, types: PhantomData }
    }

    /// Who waits for it.
    #[must_use]
    pub const fn caller(&self) -> Caller {
        self.caller
    }

    /// Answers. False if the caller no longer waits.
    pub fn send(&self, result: Result<V, E>) -> bool {
        match result {
            Ok(value) => kernel::reply(self.caller.0, 0, W::from(value).bytes().as_ref()),
            Err(error) => kernel::reply(self.caller.0, error.code(), &[]),
        }
    }

    /// Faults the caller. False if it no longer waits.
    pub fn fault(&self, reason: ReplyFault) -> bool {
        kernel::reply_fault(self.caller.0, reason)
    }
}

/// A server as the receive loop sees it. Generated code implements it over the interface's trait.
pub trait Dispatch {
    /// Carries out one call. An answer's bytes go to `reply`.
    fn dispatch(&mut self, request: &Request<'_>, reply: &mut [u8]) -> Outcome;
    /// These notifications came.
    fn notified(&mut self, bits: Bits);
}

/// Receives and answers for ever. `message` and `reply` hold the longest of each.
#[inline(always)]
pub fn serve(
    notifications: Bits,
    server: &mut impl Dispatch,
    message: &mut [u8],
    reply: &mut [u8],
) -> ! {
    let mask = notifications.mask();
    let mut received = kernel::recv(TaskId::ANY, message, mask);
    loop {
        received = match step(received, server, message, reply) {
            Some((caller, code, length)) => {
                let answer = reply.get(..length).unwrap_or(&[]);
                kernel::reply_recv(caller, code, answer, message, mask)
            }
            None => kernel::recv(TaskId::ANY, message, mask),
        };
    }
}

/// Deals with what came; says whom to answer.
#[inline(always)]
fn step(
    received: Received,
    server: &mut impl Dispatch,
    buffer: &[u8],
    reply: &mut [u8],
) -> Option<(Handle, u32, usize)> {
    match received {
        Received::Message(message) => {
            match server.dispatch(&Request::new(message, buffer), reply) {
                Outcome::Answer { code, length } => return Some((message.caller, code, length)),
                Outcome::Fault(reason) => {
                    kernel::reply_fault(message.caller, reason);
                }
                Outcome::Nothing => {}
            }
        }
        Received::Notification(bits) => server.notified(Bits::new(bits)),
        // Only a closed receive says so.
        Received::Dead(_) => {}
    }
    None
}
