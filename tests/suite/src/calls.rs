//! System calls as registers, for peers and the assistant to make.

use abi::call::SendInfo;
use abi::kipc::Op;
use abi::{Call, NO_DEADLINE, TaskId};
use test_protocol::RawCall;
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Any call, by x0 to x4.
pub fn call(number: Call, arguments: &[u64]) -> RawCall {
    let mut raw = RawCall { number: number as u64, ..RawCall::default() };
    raw.x[..arguments.len()].copy_from_slice(arguments);
    raw
}

/// `RECV` from these with this mask, without a buffer.
pub fn receive(from: TaskId, mask: u32) -> RawCall {
    receive_into(from, mask, 0, 0)
}

/// The same into a buffer.
pub fn receive_into(from: TaskId, mask: u32, buffer: u64, size: u64) -> RawCall {
    RawCall { more: [buffer, size, mask.into(), 0], ..call(Call::Recv, &[from.0]) }
}

/// A `SEND` of at most 32 bytes.
pub fn send(target: TaskId, operation: u16, message: &[u8]) -> RawCall {
    let mut bytes = [0; 32];
    bytes[..message.len()].copy_from_slice(message);
    let mut raw = send_from(target, operation, 0, message.len());
    raw.x[2..6].copy_from_slice(&<[u64; 4]>::read_from_bytes(&bytes).expect("32 bytes"));
    raw
}

/// A `SEND` of bytes that lie somewhere.
pub fn send_from(target: TaskId, operation: u16, address: u64, length: usize) -> RawCall {
    let info = SendInfo::new(operation, length, 0).0;
    let mut raw = call(Call::Send, &[target.0, info, address]);
    raw.x[7] = NO_DEADLINE;
    raw
}

/// A message to the kernel, with room for its answer at an address.
pub fn ask(op: Op, message: &(impl IntoBytes + Immutable), room: u64) -> RawCall {
    answered(send(TaskId::KERNEL, op as u16, message.as_bytes()), room, abi::MAX_MESSAGE as u64)
}

/// That `SEND` with room for an answer.
pub const fn answered(mut send: RawCall, address: u64, capacity: u64) -> RawCall {
    send.x[6] = capacity;
    send.more[0] = address;
    send
}

/// That `SEND` with a deadline.
pub const fn until(mut send: RawCall, deadline: u64) -> RawCall {
    send.x[7] = deadline;
    send
}

/// That `SEND` with a table of leases.
pub const fn lending(mut send: RawCall, table: u64, count: u64) -> RawCall {
    send.x[1] |= count << 28;
    send.more[3] = table;
    send
}
