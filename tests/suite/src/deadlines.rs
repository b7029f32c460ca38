//! `SEND` with a deadline, when the server has not even received, and what ends with it.

use crate::calls::{answered, lending, receive, send, send_from, until};
use crate::peers::{Peer, suite};
use crate::tables::lease;
use crate::{Assistant, Case, Resources, task};
use abi::call::SendResult;
use abi::kipc::state;
use abi::{LeaseAttributes, TaskId};
use test_protocol::{RawCall, RawResult, assist};
use userlib::sys::{self, BorrowError, SendError};
use userlib::time;
use zerocopy::IntoBytes;

pub const CASES: &[Case] = &[
    ("deadline: passes in the queue, and the message never arrives", in_queue),
    ("deadline: leases end with it", leases_end),
    ("deadline: an answer that comes first ends it", answered_first),
    ("deadline: of the dead means nothing to their next life", dead),
];

/// Far enough for a peer to make its call first, on a machine that is busy with other things.
pub const SOON_MS: u64 = 200;
/// The assistant's bit that ends its wait.
const FIRST: u32 = 1 << 0;

/// Has a peer keep the assistant busy: it waits for `FIRST`, and receives no messages.
pub fn keep_busy(resources: &Resources, assistant: &Assistant, peer: &Peer) {
    peer.put(0, &receive(TaskId::KERNEL, FIRST));
    let raw = send_from(assistant.id, assist::RAW, peer.scratch, size_of::<RawCall>());
    peer.begins(answered(raw, peer.scratch, size_of::<RawResult>() as u64));
    resources.until(|| peer.waits(state::IN_REPLY, task::ASSIST));
    assert_eq!(assistant.status().state, state::IN_RECV);
}

fn in_queue(resources: &Resources, assistant: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    keep_busy(resources, assistant, &peer);
    let five = 5u64;
    let deadline = time::after_ms(5);
    let reply = sys::send(assistant.id, assist::ADD, five.as_bytes(), &mut [0; 8], &[], deadline);
    assert_eq!(reply, Err(SendError::TimedOut));
    assert!(time::now() >= deadline);
    assert_eq!(sys::post(assistant.id, FIRST), Ok(()));
    assert_eq!(peer.ends()[0], SendResult::OK.0);
    assert_eq!(assistant.number(assist::ADD, 1), 1, "five had arrived");
}

fn leases_end(resources: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let memory = peer.scratch + 64;
    peer.put(0, &lease(memory, 8, LeaseAttributes::READ_WRITE));
    let call = lending(until(send(suite(), 42, &[]), time::after_ms(SOON_MS)), peer.scratch, 1);
    let caller = peer.calls(call, &mut []).caller;
    assert_eq!(sys::borrow_write(caller, 0, 0, &[1; 8]), Ok(8));
    resources.until(|| peer.is_queued());
    assert_eq!(sys::borrow_read(caller, 0, 0, &mut [0; 8]), Err(BorrowError::Gone));
    assert_eq!(sys::borrow_write(caller, 0, 0, &[2; 8]), Err(BorrowError::Gone));
    assert_eq!(sys::borrow_info(caller, 0), Err(BorrowError::Gone));
    assert!(!sys::reply(caller, 0, &[]));
    assert_eq!(peer.ends()[0], SendResult::TIMED_OUT.0);
    assert_eq!(peer.get::<[u8; 8]>(64), [1; 8]);
}

fn answered_first(resources: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let deadline = time::after_ms(SOON_MS);
    let caller = peer.calls(until(send(suite(), 42, &[]), deadline), &mut []).caller;
    assert!(sys::reply(caller, 3, &[]));
    assert_eq!(peer.ends()[0], 3);
    // When it passes, the peer is in another call, which has none.
    time::sleep_until(deadline + time::from_ms(5), resources.timer.bits());
    assert!(peer.is(state::IN_REPLY));
}

fn dead(resources: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let deadline = time::after_ms(SOON_MS);
    peer.calls(until(send(suite(), 42, &[]), deadline), &mut []);
    let peer = peer.revived();
    time::sleep_until(deadline + time::from_ms(5), resources.timer.bits());
    assert!(peer.is(state::IN_REPLY));
}
