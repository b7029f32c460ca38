//! The answering side: one message at a time, checked before a server's method sees it.

use super::bits::Bits;
use super::buffer::Buffer;
use super::client::ErrorCode;
use super::kernel::{self, Incoming, Payload};
use super::lease::{Access, BadLease, Gone, Lease};
use super::order::{InOrder, Order};
use super::wire::{Decode, Wire};
use abi::call::SendInfo;
use abi::{Handle, INLINE, MAX_MESSAGE, ReplyFault, TaskId};
use core::convert::Infallible;
use core::marker::PhantomData;
use zerocopy::IntoBytes;

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
pub enum Refuse<E = Infallible, O: Order = InOrder> {
    /// Answer with this error.
    Error(E),
    /// Fault the caller: it asked what no right client asks.
    Fault(ReplyFault),
    /// Answer nothing yet: the call was kept. Servers that answer in order cannot say so.
    Later(O::Later),
    /// The caller no longer waits.
    Gone,
}

impl<E, O: Order> From<Gone> for Refuse<E, O> {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// What becomes of the caller of an operation that does not return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// It waits for ever, or until this server dies.
    Silence,
    /// It is faulted.
    Fault(ReplyFault),
}

impl From<NoAnswer> for Outcome<'_> {
    fn from(end: NoAnswer) -> Self {
        match end {
            NoAnswer::Silence => Self::Nothing,
            NoAnswer::Fault(reason) => Self::Fault(reason),
        }
    }
}

/// What to tell the kernel about a call.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'r> {
    /// Answer with this code, 0 for success, and these bytes.
    Answer(u32, Payload<'r>),
    /// Fault the caller.
    Fault(ReplyFault),
    /// Nothing, for now or for ever.
    Nothing,
}

impl From<BadLease> for Outcome<'_> {
    fn from(bad: BadLease) -> Self {
        match bad {
            BadLease::Gone => Self::Nothing,
            BadLease::Fault(reason) => Self::Fault(reason),
        }
    }
}

impl<'r> Outcome<'r> {
    /// What follows from a method's result. `room` is for a long answer.
    #[inline(always)]
    pub fn new<V, W: Wire + From<V>, E: ErrorCode, O: Order>(
        result: Result<V, Refuse<E, O>>,
        room: &'r mut [u8],
    ) -> Self {
        match result {
            Ok(value) => match W::from(value).store(room) {
                Some(answer) => Self::Answer(0, answer),
                None => Self::Fault(ReplyFault::ReplyBufferTooSmall),
            },
            Err(refusal) => Self::refused(refusal),
        }
    }

    #[cold]
    fn refused<E: ErrorCode, O: Order>(refusal: Refuse<E, O>) -> Self {
        match refusal {
            Refuse::Error(error) => Self::Answer(error.code(), Payload::EMPTY),
            Refuse::Fault(reason) => Self::Fault(reason),
            Refuse::Later(_) | Refuse::Gone => Self::Nothing,
        }
    }
}

/// A message as it arrived, from anyone and with anything in it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    incoming: Incoming,
    buffer: &'a [u8],
}

impl<'a> Request<'a> {
    /// What was received, and the buffer that has it if it is long.
    #[must_use]
    #[inline(always)]
    pub const fn new(incoming: Incoming, buffer: &'a [u8]) -> Self {
        Self { incoming, buffer }
    }

    /// Which operation is meant.
    #[must_use]
    #[inline(always)]
    pub const fn operation(&self) -> u16 {
        self.incoming.info.operation()
    }

    /// Who asks.
    #[must_use]
    #[inline(always)]
    pub const fn caller(&self) -> Caller {
        Caller(self.incoming.caller)
    }

    /// The arguments, if the message is one of `M`, for this operation, with so many leases, from
    /// a caller that can take the longest `R`.
    #[inline(always)]
    pub fn arguments<'m, M: Decode<'m>, R: Wire>(
        &'m self,
        operation: u16,
        leases: usize,
    ) -> Result<M, Outcome<'static>> {
        let info = self.incoming.info;
        let length = if M::EXACT { M::MAX } else { info.length() };
        let fits = self.incoming.reply_capacity >= R::MAX as u64;
        if info != SendInfo::new(operation, length, leases) || !fits {
            return Err(self.misfit(M::EXACT.then_some(M::MAX), leases));
        }
        let long = if M::EXACT { M::MAX > INLINE } else { length > INLINE };
        let bytes = if long { self.buffer } else { self.incoming.words.as_bytes() };
        match bytes.get(..length) {
            Some(bytes) => M::decode(bytes).map_err(Outcome::Fault),
            // Longer than the buffer: then it is longer than any operation's message.
            None => Err(Outcome::Fault(ReplyFault::BadMessageSize)),
        }
    }

    /// What is wrong with length, leases or room for the answer.
    #[cold]
    fn misfit(&self, length: Option<usize>, leases: usize) -> Outcome<'static> {
        let info = self.incoming.info;
        Outcome::Fault(if length.is_some_and(|length| length != info.length()) {
            ReplyFault::BadMessageSize
        } else if info.leases() != leases {
            ReplyFault::BadLeases
        } else {
            ReplyFault::ReplyBufferTooSmall
        })
    }

    /// As [`Self::lease`], for one that the caller may leave out.
    #[inline]
    pub fn optional_lease<A: Access>(
        &self,
        number: u8,
        limit: u32,
    ) -> Result<Option<Lease<A>>, Outcome<'static>> {
        Lease::check_optional(self.incoming.caller, number, limit).map_err(Outcome::from)
    }

    /// The lease with this number, if it is what the interface says.
    #[inline]
    pub fn lease<A: Access>(&self, number: u8, limit: u32) -> Result<Lease<A>, Outcome<'static>> {
        Lease::check(self.incoming.caller, number, limit).map_err(Outcome::from)
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
            Ok(value) => {
                let mut room = Buffer::<MAX_MESSAGE>::new();
                // There always is room: no answer is longer than a message.
                let Some(answer) = W::from(value).store(&mut room) else { return false };
                kernel::reply(self.caller.0, 0, answer.bytes())
            }
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
    /// Carries out one call. `room` is for a long answer.
    fn dispatch<'r>(&mut self, request: &Request<'_>, room: &'r mut [u8]) -> Outcome<'r>;
    /// These notifications came.
    fn notified(&mut self, bits: Bits);
    /// Whether it takes calls now; otherwise only notifications, and callers wait in line.
    fn accepts(&self) -> bool {
        true
    }
}

/// Receives and answers for ever. `message` and `room` hold the longest of each.
#[inline(always)]
pub fn serve(
    notifications: Bits,
    server: &mut impl Dispatch,
    message: &mut [u8],
    room: &mut [u8],
) -> ! {
    let mask = notifications.mask();
    let mut incoming = kernel::receive(message, mask);
    loop {
        if incoming.caller == Handle::KERNEL {
            server.notified(Bits::new(incoming.words[0] as u32));
            notifications_only(server, mask);
            incoming = kernel::receive(message, mask);
            continue;
        }
        incoming = match server.dispatch(&Request::new(incoming, message), room) {
            Outcome::Answer(code, answer) if server.accepts() => {
                kernel::answer_and_receive(incoming.caller, code, answer, message, mask)
            }
            other => {
                end(incoming.caller, other);
                notifications_only(server, mask);
                kernel::receive(message, mask)
            }
        };
    }
}

/// Until the server accepts calls again.
#[inline(always)]
fn notifications_only(server: &mut impl Dispatch, mask: u32) {
    while !server.accepts() {
        server.notified(Bits::new(kernel::recv_notification(mask)));
    }
}

#[cold]
#[inline(never)]
fn end(caller: Handle, outcome: Outcome<'_>) {
    match outcome {
        Outcome::Answer(code, answer) => kernel::reply(caller, code, answer.bytes()),
        Outcome::Fault(reason) => kernel::reply_fault(caller, reason),
        Outcome::Nothing => false,
    };
}
