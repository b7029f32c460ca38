//! Plays the kernel for tests on the host: one thread, its servers, and calls in progress.
//!
//! ```ignore
//! host::start(PONG, pong_api::server::Serve(Server::new()));
//! let pong = Pong::to(PONG);
//! assert_eq!(pong.ping(1), Ok(2));
//! host::kill_during(PONG, 1); // the next call finds it dying
//! ```

extern crate std;

use super::bits::Bits;
use super::buffer::Buffer;
use super::client::Lend;
use super::server::{Dispatch, Outcome, Request};
use abi::call::{SendInfo, SendResult};
use abi::{Generation, Handle, INLINE, LeaseAttributes, MAX_BORROW, MAX_MESSAGE, NO_DEADLINE};
use abi::{ReplyFault, TaskId};
use core::cell::{Cell, RefCell};
use std::boxed::Box;
use std::collections::BTreeMap;
use std::vec::Vec;

pub use crate::sys::{BorrowError, Exchange, Incoming, Payload};

std::thread_local! {
    static SERVERS: RefCell<BTreeMap<usize, Server>> = const { RefCell::new(BTreeMap::new()) };
    static CALLS: RefCell<BTreeMap<u64, Call>> = const { RefCell::new(BTreeMap::new()) };
    static NEXT: Cell<Handle> = const { Cell::new(Handle::first(CLIENT, Generation(0))) };
}

/// The index that clients on the host have.
pub const CLIENT: usize = 100;

struct Server {
    /// Absent while it works.
    code: Option<Box<dyn Dispatch>>,
    generation: Generation,
    dies: u32,
    stopped: bool,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With this code and these bytes.
    Answer(u32, Vec<u8>),
    /// The server faulted the caller.
    Fault(ReplyFault),
}

struct Call {
    leases: Vec<(LeaseAttributes, Vec<u8>)>,
    end: Option<End>,
}

/// Memory lent to a server for one call.
pub struct Lease<'a>(Memory<'a>);

enum Memory<'a> {
    None,
    Read(&'a [u8]),
    Write(LeaseAttributes, &'a [Cell<u8>]),
}

impl<'a> Lease<'a> {
    /// Lends for reading.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Self {
        Self(Memory::Read(bytes))
    }

    /// Lends for writing.
    #[must_use]
    pub fn write(bytes: &'a mut [u8]) -> Self {
        Self(Memory::Write(LeaseAttributes::WRITE, Cell::from_mut(bytes).as_slice_of_cells()))
    }

    /// Lends nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self(Memory::None)
    }

    /// Lends for both.
    #[must_use]
    pub fn read_write(bytes: &'a mut [u8]) -> Self {
        Self(Memory::Write(LeaseAttributes::READ_WRITE, Cell::from_mut(bytes).as_slice_of_cells()))
    }

    fn contents(&self) -> (LeaseAttributes, Vec<u8>) {
        match self.0 {
            Memory::None => (LeaseAttributes::NONE, Vec::new()),
            Memory::Read(bytes) => (LeaseAttributes::READ, bytes.to_vec()),
            Memory::Write(attributes, cells) => (attributes, cells.iter().map(Cell::get).collect()),
        }
    }

    fn take_back(&self, contents: &[u8]) {
        if let Memory::Write(_, cells) = self.0 {
            for (cell, byte) in cells.iter().zip(contents) {
                cell.set(*byte);
            }
        }
    }
}

/// Makes all later calls come from this task; in the beginning they come from `CLIENT`.
pub fn call_as(task: TaskId) {
    NEXT.set(Handle::first(task.index(), task.generation()));
}

/// Makes this server answer at that task's index, in that task's life.
pub fn start(task: TaskId, server: impl Dispatch + 'static) {
    let generation = task.generation();
    let server = Server { code: Some(Box::new(server)), generation, dies: 0, stopped: false };
    SERVERS.with_borrow_mut(|servers| servers.insert(task.index(), server));
}

/// Lets the next `calls` calls find the server dying. Each time it lives again at once.
pub fn kill_during(task: TaskId, calls: u32) {
    with_server(task, |server| server.dies = calls);
}

/// Stops the server for good.
pub fn stop(task: TaskId) {
    with_server(task, |server| server.stopped = true);
}

/// Tells a server of these notification bits.
pub fn notify(task: TaskId, bits: Bits) {
    let code = with_server(task, |server| server.code.take());
    if let Some(mut code) = code {
        code.notified(bits);
        with_server(task, |server| server.code = Some(code));
    }
}

fn with_server<R>(task: TaskId, f: impl FnOnce(&mut Server) -> R) -> R {
    SERVERS.with_borrow_mut(|servers| match servers.get_mut(&task.index()) {
        Some(server) => f(server),
        None => panic!("host: no server was started as {task:?}"),
    })
}

/// A call with these leases, as a server would find it. For tests that make messages themselves.
#[must_use]
pub fn open_call(leases: Vec<(LeaseAttributes, Vec<u8>)>) -> Handle {
    let handle = NEXT.get();
    NEXT.set(handle.next());
    CALLS.with_borrow_mut(|calls| calls.insert(handle.0, Call { leases, end: None }));
    handle
}

/// Ends a call: how the server ended it, if it did, and what the leases hold now.
pub fn close_call(handle: Handle) -> (Option<End>, Vec<Vec<u8>>) {
    CALLS.with_borrow_mut(|calls| match calls.remove(&handle.0) {
        Some(call) => (call.end, call.leases.into_iter().map(|(_, bytes)| bytes).collect()),
        None => (None, Vec::new()),
    })
}

/// Plays `SEND`.
///
/// # Panics
///
/// If the server faults the client, or never answers though there is no deadline.
pub fn exchange(
    target: TaskId,
    info: SendInfo,
    message: Payload<'_>,
    reply: &mut [u8],
    leases: &[Lend<'_>],
    deadline: u64,
) -> Exchange {
    let ended = |result, detail| Exchange { result, detail, words: [0; 4] };
    let mut server = match with_server(target, |server| server.accept(target)) {
        Ok(server) => server,
        Err((result, detail)) => return ended(result, detail),
    };
    let caller = open_call(leases.iter().map(Lease::contents).collect());
    let reply_capacity = reply.len().max(INLINE);
    carry_out(&mut *server, caller, info, message.bytes(), reply_capacity);
    with_server(target, |place| place.code = Some(server));
    let (end, contents) = close_call(caller);
    for (lease, contents) in leases.iter().zip(&contents) {
        lease.take_back(contents);
    }
    match end {
        Some(End::Answer(code, bytes)) => {
            if bytes.len() > INLINE {
                reply[..bytes.len()].copy_from_slice(&bytes);
            }
            let words = Payload::short(&bytes).words();
            Exchange { result: SendResult(code.into()), detail: bytes.len() as u64, words }
        }
        Some(End::Fault(reason)) => panic!("{target:?} faulted its client: {reason:?}"),
        None if deadline == NO_DEADLINE => panic!("{target:?} never answered"),
        None => ended(SendResult::TIMED_OUT, 0),
    }
}

impl Server {
    fn accept(&mut self, target: TaskId) -> Result<Box<dyn Dispatch>, (SendResult, u64)> {
        if self.stopped {
            return Err((SendResult::GONE, 0));
        }
        if target.generation() == self.generation && self.dies > 0 {
            self.dies -= 1;
            self.generation = self.generation.next();
        }
        if target.generation() != self.generation {
            return Err((SendResult::DEAD, self.generation.0.into()));
        }
        match self.code.take() {
            Some(code) => Ok(code),
            None => panic!("{target:?} calls itself, or its client does from within"),
        }
    }
}

/// As the receive loop does; whoever answers later gets all notifications once to do so.
fn carry_out(
    server: &mut dyn Dispatch,
    caller: Handle,
    info: SendInfo,
    message: &[u8],
    capacity: usize,
) {
    let mut room = Buffer::<MAX_MESSAGE>::new();
    match deliver(server, caller, info, message, capacity, &mut room) {
        Outcome::Answer(code, answer) => {
            self::reply(caller, code, answer.bytes());
        }
        Outcome::Fault(reason) => {
            reply_fault(caller, reason);
        }
        Outcome::Nothing => server.notified(Bits::new(u32::MAX)),
    }
}

/// Gives a message to a server as the receive loop would. For tests that make messages themselves:
/// `info` may lie about the length.
pub fn deliver<'r>(
    server: &mut dyn Dispatch,
    caller: Handle,
    info: SendInfo,
    message: &[u8],
    capacity: usize,
    room: &'r mut [u8],
) -> Outcome<'r> {
    let mut buffer = Buffer::<MAX_MESSAGE>::new();
    buffer[..message.len()].copy_from_slice(message);
    let words = Payload::short(message).words();
    let incoming = Incoming { caller, info, words, reply_capacity: capacity as u64 };
    server.dispatch(&Request::new(incoming, &buffer), room)
}

fn end(caller: Handle, end: End) -> bool {
    CALLS.with_borrow_mut(|calls| match calls.get_mut(&caller.0) {
        Some(call) if call.end.is_none() => {
            call.end = Some(end);
            true
        }
        _ => false,
    })
}

/// Plays `REPLY`.
pub fn reply(caller: Handle, code: u32, reply: &[u8]) -> bool {
    end(caller, End::Answer(code, reply.to_vec()))
}

/// Plays `REPLY_FAULT`.
pub fn reply_fault(caller: Handle, reason: ReplyFault) -> bool {
    end(caller, End::Fault(reason))
}

/// There is nothing to wait for on the host: a server there is called, see [`start`].
pub fn receive(_: &mut [u8], _: u32) -> Incoming {
    panic!("host: give the server to `host::start` instead of letting it receive")
}

/// As [`receive`].
pub fn recv_notification(mask: u32) -> u32 {
    receive(&mut [], mask).words[0] as u32
}

/// As [`receive`].
pub fn answer_and_receive(
    _: Handle,
    _: u32,
    _: Payload<'_>,
    buffer: &mut [u8],
    mask: u32,
) -> Incoming {
    receive(buffer, mask)
}

fn with_lease<R>(
    caller: Handle,
    lease: usize,
    wanted: LeaseAttributes,
    f: impl FnOnce(LeaseAttributes, &mut [u8]) -> R,
) -> Result<R, BorrowError> {
    CALLS.with_borrow_mut(|calls| {
        let call = calls.get_mut(&caller.0).filter(|call| call.end.is_none());
        let call = call.ok_or(BorrowError::Gone)?;
        let Some((attributes, bytes)) = call.leases.get_mut(lease) else {
            panic!("the kernel faults a server that asks for a lease that is not there");
        };
        if !attributes.allows(wanted) {
            return Err(BorrowError::NotAllowed);
        }
        Ok(f(*attributes, bytes))
    })
}

/// Plays `BORROW_READ`.
pub fn borrow_read(
    caller: Handle,
    lease: usize,
    offset: usize,
    into: &mut [u8],
) -> Result<usize, BorrowError> {
    with_lease(caller, lease, LeaseAttributes::READ, |_, bytes| {
        let from = bytes.get(offset..).unwrap_or(&[]);
        let length = from.len().min(into.len()).min(MAX_BORROW);
        into[..length].copy_from_slice(&from[..length]);
        length
    })
}

/// Plays `BORROW_WRITE`.
pub fn borrow_write(
    caller: Handle,
    lease: usize,
    offset: usize,
    from: &[u8],
) -> Result<usize, BorrowError> {
    with_lease(caller, lease, LeaseAttributes::WRITE, |_, bytes| {
        let into = bytes.get_mut(offset..).unwrap_or(&mut []);
        let length = into.len().min(from.len()).min(MAX_BORROW);
        into[..length].copy_from_slice(&from[..length]);
        length
    })
}

/// Plays `BORROW_INFO`.
pub fn borrow_info(caller: Handle, lease: usize) -> Result<(LeaseAttributes, usize), BorrowError> {
    with_lease(caller, lease, LeaseAttributes(0), |attributes, bytes| (attributes, bytes.len()))
}
