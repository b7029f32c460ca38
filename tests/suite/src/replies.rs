//! `REPLY`, `REPLY_RECV` and `REPLY_FAULT`, with the suite as the server.

use crate::calls::{answered, send, until};
use crate::deadlines::SOON_MS;
use crate::peers::{Peer, suite};
use crate::{Assistant, Case, Resources, task};
use abi::call::SendResult;
use abi::kipc::state;
use abi::{FaultKind, Handle, ReplyFault, Usage};
use userlib::sys::{self, BorrowError, Received};
use userlib::{kipc, time};

pub const CASES: &[Case] = &[
    ("reply: only the first one counts", once),
    ("reply: none reaches a later call of the same task", late),
    ("reply: not to the dead", dead),
    ("reply: not to a call that is only queued", queued),
    ("reply: a bad reply buffer kills the caller, not the server", bad_buffer),
    ("reply: no longer than a message, whatever room there is", longest),
    ("reply fault: each reason arrives", reasons),
    ("reply fault: the supervisor hears of it first", supervisor_first),
    ("reply recv: answers one caller and takes the next", next),
    ("reply recv: notifications come first", notified),
    ("reply recv: answering nobody still receives", nobody),
];

const OPERATION: u16 = 42;
const NOWHERE: u64 = 0x10;

fn calls(peer: &Peer) -> Handle {
    peer.calls(send(suite(), OPERATION, &[]), &mut []).caller
}

fn once(_: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let caller = calls(&peer);
    assert!(sys::reply(caller, 5, &[]));
    assert!(!sys::reply(caller, 6, &[]));
    assert!(!sys::reply_fault(caller, ReplyFault::BadLeases));
    assert_eq!(peer.ends()[0], 5);
}

fn late(resources: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let call = until(send(suite(), OPERATION, &[]), time::after_ms(SOON_MS));
    let caller = peer.calls(call, &mut []).caller;
    resources.until(|| peer.is_queued());
    assert_eq!(peer.ends()[0], SendResult::TIMED_OUT.0);
    // It waits for us again, with memory lent, but in another call.
    assert!(peer.is(state::IN_REPLY) && peer.asked() != caller);
    assert!(!sys::reply(caller, 0, &[]));
    assert!(!sys::reply_fault(caller, ReplyFault::BadLeases));
    assert_eq!(sys::borrow_read(caller, 0, 0, &mut [0; 8]), Err(BorrowError::Gone));
    assert!(peer.is(state::IN_REPLY));
    assert_eq!(peer.get::<u64>(0), 0);
}

fn dead(_: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let caller = calls(&peer);
    kipc::fault(peer.id.index());
    assert_eq!(peer.status().fault.original_state, state::IN_REPLY);
    assert!(!sys::reply(caller, 0, &[]));
    assert!(!sys::reply_fault(caller, ReplyFault::BadLeases));
    assert_eq!(sys::borrow_info(caller, 0), Err(BorrowError::Gone));
    assert_eq!(peer.status().fault.kind, FaultKind::Injected as u32);
}

fn queued(resources: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let asked = peer.asked();
    peer.begins(send(suite(), OPERATION, &[]));
    resources.until(|| peer.is_queued());
    assert!(!sys::reply(asked.next(), 0, &[]), "the call it is in, but not received");
    let received = sys::recv(sys::Whom::undeclared(peer.id), &mut [], 0);
    assert!(matches!(received, Received::Message(one) if one.caller == asked.next()));
    assert!(sys::reply(asked.next(), 0, &[]));
}

fn bad_buffer(_: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let call = answered(send(suite(), OPERATION, &[]), NOWHERE, 40);
    let caller = peer.calls(call, &mut []).caller;
    assert!(!sys::reply(caller, 0, &[1; 40]));
    let fault = peer.status().fault;
    assert_eq!((fault.kind, fault.detail), (FaultKind::Usage as u32, Usage::InvalidSlice as u32));
    assert_eq!(fault.original_state, state::IN_REPLY);
    // What fits the registers needs no buffer.
    let mut peer = peer.revived();
    let call = answered(send(suite(), OPERATION, &[]), NOWHERE, 32);
    let caller = peer.calls(call, &mut []).caller;
    assert!(sys::reply(caller, 0, &[1; 32]));
    assert_eq!(peer.ends()[..3], [0, 32, 0x0101_0101_0101_0101]);
}

fn longest(_: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let call = answered(send(suite(), OPERATION, &[]), peer.scratch, u64::MAX);
    let message = peer.calls(call, &mut []);
    assert_eq!(message.reply_capacity as u64, u64::MAX);
    assert!(sys::reply(message.caller, 0, &[7; abi::MAX_MESSAGE]));
    assert_eq!(peer.ends()[..2], [0, abi::MAX_MESSAGE as u64]);
    assert_eq!(peer.get::<[u8; abi::MAX_MESSAGE + 1]>(0)[abi::MAX_MESSAGE - 1..], [7, 0]);
}

fn reasons(_: &Resources, _: &Assistant) {
    let reasons = [
        ReplyFault::UndefinedOperation,
        ReplyFault::BadMessageSize,
        ReplyFault::BadMessageContents,
        ReplyFault::BadLeases,
        ReplyFault::ReplyBufferTooSmall,
        ReplyFault::AccessViolation,
    ];
    let mut peer = Peer::wake(task::PEER_A);
    for reason in reasons {
        assert!(sys::reply_fault(calls(&peer), reason));
        let status = peer.status();
        assert_eq!(
            (status.state, status.fault.kind),
            (state::FAULTED, FaultKind::FromServer as u32)
        );
        assert_eq!((status.fault.detail, status.fault.from), (reason as u32, task::SUITE as u32));
        assert_eq!(status.fault.original_state, state::IN_REPLY);
        assert_eq!(status.generation, peer.id.generation().next().0);
        peer = peer.revived();
    }
}

fn supervisor_first(resources: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let caller = calls(&peer);
    let index = task::PEER_A as u32;
    crate::tell(resources, test_protocol::runner::AUTO_RESTART, &index.to_le_bytes(), &mut []);
    let before = peer.status();
    assert!(sys::reply_fault(caller, ReplyFault::BadLeases));
    // Already: the supervisor ran before this call came back.
    let after = peer.status();
    assert_eq!((after.restarts, after.state), (before.restarts + 1, state::READY));
}

fn next(resources: &Resources, _: &Assistant) {
    let [mut a, mut b, _] = Peer::wake_all();
    for peer in [&a, &b] {
        peer.begins(send(suite(), OPERATION, &[]));
    }
    resources.until(|| a.is_queued() && b.is_queued());
    let Received::Message(first) = sys::recv(sys::Whom::ANY, &mut [], 0) else { panic!() };
    let Received::Message(second) = sys::reply_recv(first.caller, 1, &[], &mut [], 0) else {
        panic!("nobody")
    };
    assert_eq!((first.caller.task(), second.caller.task()), (a.id, b.id));
    assert!(a.is(state::READY), "answered, but less important");
    assert!(sys::reply(second.caller, 2, &[]));
    assert_eq!((a.ends()[0], b.ends()[0]), (1, 2));
}

fn notified(resources: &Resources, _: &Assistant) {
    let [mut a, b, _] = Peer::wake_all();
    b.begins(send(suite(), OPERATION, &[]));
    let caller = calls(&a);
    let bit = resources.spare.bits();
    sys::set_timer(0, bit);
    let received = sys::reply_recv(caller, 1, &[], &mut [], bit);
    assert_eq!(received, Received::Notification(bit));
    assert_eq!(a.ends()[0], 1);
}

fn nobody(resources: &Resources, _: &Assistant) {
    let [a, b, _] = Peer::wake_all();
    let caller = calls(&a);
    assert!(sys::reply(caller, 0, &[]));
    b.begins(send(suite(), OPERATION, &[]));
    resources.until(|| b.is_queued());
    kipc::fault(a.id.index());
    let Received::Message(message) = sys::reply_recv(caller, 9, &[], &mut [], 0) else {
        panic!("nobody")
    };
    assert_eq!(message.caller.task(), b.id);
}
