//! System calls as functions. Registers and meanings: [`abi::call`].

pub use crate::fast::{Exchange, Incoming, Payload, answer_and_receive, exchange, receive};

use crate::svc::{Registers, call};
use abi::call::{BorrowResult, ReplyInfo, SendInfo, SendResult};
use abi::{Call, Generation, Handle, INLINE, LeaseAttributes, LeaseDesc, ReplyFault, TaskId};
use core::marker::PhantomData;

/// Memory lent to a server for one call.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Lease<'a>(LeaseDesc, PhantomData<&'a mut [u8]>);

impl<'a> Lease<'a> {
    /// Lends for reading.
    #[must_use]
    #[inline]
    pub fn read(bytes: &'a [u8]) -> Self {
        Self::new(bytes.as_ptr() as u64, bytes.len(), LeaseAttributes::READ)
    }

    /// Lends for writing.
    #[must_use]
    #[inline]
    pub fn write(bytes: &'a mut [u8]) -> Self {
        Self::new(bytes.as_mut_ptr() as u64, bytes.len(), LeaseAttributes::WRITE)
    }

    /// Lends nothing, where a lease may be left out.
    #[must_use]
    #[inline]
    pub fn none() -> Self {
        Self::new(0, 0, LeaseAttributes::NONE)
    }

    /// Lends for both.
    #[must_use]
    #[inline]
    pub fn read_write(bytes: &'a mut [u8]) -> Self {
        Self::new(bytes.as_mut_ptr() as u64, bytes.len(), LeaseAttributes::READ_WRITE)
    }

    #[inline]
    fn new(address: u64, length: usize, attributes: LeaseAttributes) -> Self {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        Self(LeaseDesc { address, length, attributes }, PhantomData)
    }
}

/// Why a `SEND` brought no answer of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The peer died, or the id named an earlier life. This is its present one.
    Dead(Generation),
    /// The peer is stopped for good.
    Gone,
    /// The deadline passed.
    TimedOut,
}

/// A server's answer; its bytes are in the reply buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// 0 for success; the rest is the interface's.
    pub code: u32,
    /// Bytes in the reply buffer.
    pub length: usize,
}

/// What a receive brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// These notification bits were set; they are now cleared.
    Notification(u32),
    /// A call, to be answered.
    Message(Message),
    /// The one task a closed receive waits for is dead; this is its present generation.
    Dead(Generation),
}

/// A call as its server sees it; its bytes are in the receive buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whom to answer.
    pub caller: Handle,
    /// Which operation.
    pub operation: u16,
    /// Length as sent; may exceed the buffer, which then holds the beginning.
    pub length: usize,
    /// The longest reply the caller can take.
    pub reply_capacity: usize,
    /// Number of leases.
    pub leases: usize,
}

/// Why nothing could be borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BorrowError {
    /// The caller no longer waits for this answer.
    Gone,
    /// The lease is not for this direction.
    NotAllowed,
}

#[inline(always)]
fn words(bytes: &[u8]) -> [u64; 4] {
    if bytes.len() > INLINE {
        return [bytes.as_ptr() as u64, 0, 0, 0];
    }
    let mut raw = [0; INLINE];
    raw[..bytes.len()].copy_from_slice(bytes);
    core::array::from_fn(|i| {
        let mut word = [0; 8];
        word.copy_from_slice(&raw[i * 8..i * 8 + 8]);
        u64::from_le_bytes(word)
    })
}

#[inline(always)]
fn spill(words: &[u64], length: usize, buffer: &mut [u8]) {
    if length > INLINE {
        return;
    }
    let mut raw = [0; INLINE];
    for (chunk, word) in raw.chunks_exact_mut(8).zip(words) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    // Four stores, where the buffer has room for them. What lies beyond the length means nothing.
    if let Some(whole) = buffer.first_chunk_mut() {
        *whole = raw;
        return;
    }
    let length = length.min(buffer.len());
    buffer[..length].copy_from_slice(&raw[..length]);
}

#[inline(always)]
const fn field(length: usize) -> usize {
    if length > 0xfff { 0xfff } else { length }
}

/// Sends and waits for the answer, until `deadline` ([`abi::NO_DEADLINE`] for ever).
///
/// Faults the caller if it may not send to `target`, or a buffer is not its own.
#[inline(always)]
pub fn send(
    target: TaskId,
    operation: u16,
    message: &[u8],
    reply: &mut [u8],
    leases: &[Lease<'_>],
    deadline: u64,
) -> Result<Reply, SendError> {
    let [w0, w1, w2, w3] = words(message);
    let info = SendInfo::new(operation, field(message.len()), leases.len().min(0xff));
    let registers = Registers {
        x: [target.0, info.0, w0, w1, w2, w3, reply.len() as u64, deadline],
        buffer: reply.as_mut_ptr() as u64,
        leases: leases.as_ptr() as u64,
        ..Registers::default()
    };
    // SAFETY: message and leases are borrowed for the call, the reply buffer mutably.
    let out = unsafe { call(Call::Send, registers) };
    match SendResult(out[0]) {
        SendResult::DEAD => Err(SendError::Dead(Generation(out[1] as u32))),
        SendResult::GONE => Err(SendError::Gone),
        SendResult::TIMED_OUT => Err(SendError::TimedOut),
        SendResult(code) => {
            let length = (out[1] as usize).min(reply.len());
            spill(&out[2..6], length, reply);
            Ok(Reply { code: code as u32, length })
        }
    }
}

#[inline(always)]
fn received(out: [u64; 7], buffer: &mut [u8]) -> Received {
    let caller = Handle(out[0]);
    if caller == Handle::KERNEL {
        return Received::Notification(out[2] as u32);
    }
    if caller.is_dead() {
        return Received::Dead(caller.generation());
    }
    let info = SendInfo(out[1]);
    spill(&out[2..6], info.length(), buffer);
    Received::Message(Message {
        caller,
        operation: info.operation(),
        length: info.length(),
        reply_capacity: out[6] as usize,
        leases: info.leases(),
    })
}

/// From whom a message is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whom(TaskId);

impl Whom {
    /// From anyone.
    pub const ANY: Self = Self(TaskId::ANY);
    /// From nobody: only notifications.
    pub const NOBODY: Self = Self(TaskId::KERNEL);

    /// From this task in its present life, which `app.toml` must say (`receives-from`): the build
    /// tool makes sure that no tasks can wait for each other for ever.
    #[must_use]
    pub fn only(sender: crate::Sender) -> Self {
        Self(refresh_task_id(TaskId::new(sender.index(), Generation(0))))
    }

    /// From a task that `app.toml` knows nothing of. Only for tests of the kernel.
    #[doc(hidden)]
    #[must_use]
    pub const fn undeclared(task: TaskId) -> Self {
        Self(task)
    }
}

/// Waits for a message or for one of the `notifications`, whatever comes first.
#[inline(always)]
pub fn recv(from: Whom, buffer: &mut [u8], notifications: u32) -> Received {
    let registers = Registers {
        x: [from.0.0, 0, 0, 0, 0, 0, 0, 0],
        buffer: buffer.as_mut_ptr() as u64,
        capacity: buffer.len() as u64,
        mask: u64::from(notifications),
        ..Registers::default()
    };
    // SAFETY: the buffer is borrowed mutably for the call.
    let out = unsafe { call(Call::Recv, registers) };
    received(out, buffer)
}

/// Waits for notifications only and returns those that came.
#[inline]
pub fn recv_notification(notifications: u32) -> u32 {
    loop {
        if let Received::Notification(bits) = recv(Whom::NOBODY, &mut [], notifications) {
            return bits;
        }
    }
}

/// Answers a caller. False if it no longer waits.
#[inline(always)]
pub fn reply(caller: Handle, code: u32, reply: &[u8]) -> bool {
    let [w0, w1, w2, w3] = words(reply);
    let info = ReplyInfo::new(code, field(reply.len()));
    let registers =
        Registers { x: [caller.0, info.0, w0, w1, w2, w3, 0, 0], ..Registers::default() };
    // SAFETY: the reply is borrowed for the call.
    unsafe { call(Call::Reply, registers)[0] == 0 }
}

/// Answers a caller, then receives from anyone: two calls in one entry to the kernel.
#[inline(always)]
pub fn reply_recv(
    caller: Handle,
    code: u32,
    reply: &[u8],
    buffer: &mut [u8],
    notifications: u32,
) -> Received {
    let [w0, w1, w2, w3] = words(reply);
    let info = ReplyInfo::new(code, field(reply.len()));
    let registers = Registers {
        x: [caller.0, info.0, w0, w1, w2, w3, 0, 0],
        buffer: buffer.as_mut_ptr() as u64,
        capacity: buffer.len() as u64,
        mask: u64::from(notifications),
        ..Registers::default()
    };
    // SAFETY: the reply is borrowed for the call, the buffer mutably.
    let out = unsafe { call(Call::ReplyRecv, registers) };
    received(out, buffer)
}

fn borrowed(result: u64) -> Result<(), BorrowError> {
    match BorrowResult(result) {
        BorrowResult::OK => Ok(()),
        BorrowResult::NOT_ALLOWED => Err(BorrowError::NotAllowed),
        _ => Err(BorrowError::Gone),
    }
}

fn borrow(
    number: Call,
    caller: Handle,
    lease: usize,
    offset: usize,
    address: u64,
    length: usize,
) -> Result<usize, BorrowError> {
    let x = [caller.0, lease as u64, offset as u64, address, length as u64, 0, 0, 0];
    // SAFETY: both callers of this function hold a borrow of `address..address + length` that
    // allows what the call does.
    let out = unsafe { call(number, Registers { x, ..Registers::default() }) };
    borrowed(out[0])?;
    Ok(out[1] as usize)
}

/// Copies from a caller's lease, from `offset` on, at most 4096 bytes; says how many.
pub fn borrow_read(
    caller: Handle,
    lease: usize,
    offset: usize,
    into: &mut [u8],
) -> Result<usize, BorrowError> {
    borrow(Call::BorrowRead, caller, lease, offset, into.as_mut_ptr() as u64, into.len())
}

/// Copies to a caller's lease, at `offset`, at most 4096 bytes; says how many.
pub fn borrow_write(
    caller: Handle,
    lease: usize,
    offset: usize,
    from: &[u8],
) -> Result<usize, BorrowError> {
    borrow(Call::BorrowWrite, caller, lease, offset, from.as_ptr() as u64, from.len())
}

/// What a lease allows, and its length.
pub fn borrow_info(caller: Handle, lease: usize) -> Result<(LeaseAttributes, usize), BorrowError> {
    let x = [caller.0, lease as u64, 0, 0, 0, 0, 0, 0];
    // SAFETY: no memory is named.
    let out = unsafe { call(Call::BorrowInfo, Registers { x, ..Registers::default() }) };
    borrowed(out[0])?;
    Ok((LeaseAttributes(out[1] as u32), out[2] as usize))
}

#[inline(always)]
fn plain(number: Call, x0: u64, x1: u64) -> [u64; 7] {
    let x = [x0, x1, 0, 0, 0, 0, 0, 0];
    // SAFETY: none of the calls that come here reads or writes memory of the caller.
    unsafe { call(number, Registers { x, ..Registers::default() }) }
}

/// Lets the interrupts behind these notification bits come, or holds them back. An interrupt that
/// came is held back until this is called again.
pub fn irq_control(notifications: u32, enable: bool) {
    plain(Call::IrqControl, u64::from(notifications), u64::from(enable));
}

/// Forgets what is pending behind these notification bits, then lets the interrupts come.
pub fn irq_clear_and_enable(notifications: u32) {
    let flags = abi::call::irq::ENABLE | abi::call::irq::PENDING;
    plain(Call::IrqControl, u64::from(notifications), flags);
}

/// [`abi::call::irq`] flags of all interrupts behind these notification bits.
#[must_use]
pub fn irq_status(notifications: u32) -> u64 {
    plain(Call::IrqStatus, u64::from(notifications), 0)[0]
}

/// Asks for these notification bits at `deadline`; [`abi::NO_DEADLINE`] cancels. A task has one
/// timer.
pub fn set_timer(deadline: u64, notifications: u32) {
    plain(Call::SetTimer, deadline, u64::from(notifications));
}

/// Now, the timer's deadline ([`abi::NO_DEADLINE`] if not armed) and its notification bits.
#[must_use]
pub fn get_timer() -> (u64, u64, u32) {
    let out = plain(Call::GetTimer, 0, 0);
    (out[0], out[1], out[2] as u32)
}

/// The same task in its present life.
#[must_use]
pub fn refresh_task_id(id: TaskId) -> TaskId {
    TaskId(plain(Call::RefreshTaskId, id.0, 0)[0])
}

/// Sets notification bits of another task.
pub fn post(target: TaskId, notifications: u32) -> Result<(), Generation> {
    let out = plain(Call::Post, target.0, u64::from(notifications));
    if out[0] == SendResult::OK.0 { Ok(()) } else { Err(Generation(out[1] as u32)) }
}

/// Faults a caller instead of answering it. False if it no longer waits.
pub fn reply_fault(caller: Handle, reason: ReplyFault) -> bool {
    plain(Call::ReplyFault, caller.0, reason as u64)[0] == 0
}

/// Dies with a message, at most 256 bytes of which are kept.
pub fn panic(message: &[u8]) -> ! {
    let x = [message.as_ptr() as u64, message.len() as u64, 0, 0, 0, 0, 0, 0];
    loop {
        // SAFETY: the message is borrowed for ever: the call does not return.
        unsafe { call(Call::Panic, Registers { x, ..Registers::default() }) };
    }
}
