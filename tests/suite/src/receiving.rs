//! `RECV`: from whom, in which order, and what of the message.

use crate::calls::{answered, call, receive_into, send, send_from};
use crate::peers::{Peer, suite};
use crate::{Assistant, Case, Resources, task};
use abi::kipc::state;
use abi::{Call, FaultKind, TaskId, Usage};
use test_protocol::assist;
use userlib::sys::{self, Received};
use userlib::{kipc, time};

pub const CASES: &[Case] = &[
    ("recv: says who calls, what, and how much room there is", announced),
    ("recv: a long message is cut to the buffer, not its length", long_cut),
    ("recv: a short message is cut to the buffer, too", short_cut),
    ("recv: the most important sender first, equals in order", order),
    ("recv: closed, from the one that is meant", closed),
    ("recv: closed, the death of the one that is meant is told", closed_death),
    ("recv: closed, notifications still come", closed_notified),
    ("recv: closed on itself is a mistake", closed_on_itself),
    ("recv: notifications only, messages wait", notifications_only),
    ("recv: notifications come before messages", notifications_first),
    ("recv: a message, a notification and the time at once", all_at_once),
    ("recv: a queued sender whose message is nowhere is passed over", bad_sender),
    ("recv: who waits does not notice a bad sender", bad_sender_unnoticed),
    ("recv: who dies in the queue is not heard", dead_sender),
    ("recv: a bad buffer kills the receiver once it is needed", bad_buffer),
];

const OPERATION: u16 = 42;
const NOWHERE: u64 = 0x10;
/// Longer than anything here takes.
const FAR_MS: u64 = 10_000;

fn anyone(buffer: &mut [u8]) -> sys::Message {
    match sys::recv(sys::Whom::ANY, buffer, 0) {
        Received::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

fn announced(_: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let room = peer.scratch;
    peer.begins(answered(send(suite(), OPERATION, b"hello"), room, 40));
    let mut buffer = [0; 32];
    let message = anyone(&mut buffer);
    assert_eq!((message.caller.task(), message.operation), (peer.id, OPERATION));
    assert_eq!((message.length, message.reply_capacity, message.leases), (5, 40, 0));
    assert_eq!(&buffer[..5], b"hello");
    let answer: [u8; 40] = core::array::from_fn(|i| 0x80 | i as u8);
    assert!(sys::reply(message.caller, 7, &answer));
    assert_eq!(peer.ends()[..2], [7, 40]);
    assert_eq!(peer.get::<[u8; 40]>(0), answer);
}

fn long_cut(_: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let text: [u8; 100] = core::array::from_fn(|i| i as u8);
    peer.put(0, &text);
    let mut memory = [0xee; 64];
    let sent = send_from(suite(), OPERATION, peer.scratch, text.len());
    let message = peer.calls(sent, &mut memory[..40]);
    assert_eq!(message.length, text.len());
    assert_eq!((&memory[..40], &memory[40..]), (&text[..40], &[0xee; 24][..]));
}

fn short_cut(_: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let mut memory = [0xee; 8];
    let message =
        peer.calls(send(suite(), OPERATION, b"a message of 23 bytes.."), &mut memory[..5]);
    assert_eq!((message.length, &memory), (23, b"a mes\xee\xee\xee"));
}

fn order(resources: &Resources, _: &Assistant) {
    let [a, b, c] = Peer::wake_all();
    for peer in [&c, &b, &a] {
        peer.begins(send(suite(), OPERATION, &[]));
        resources.until(|| peer.is_queued());
    }
    for peer in [&a, &c, &b] {
        assert_eq!(anyone(&mut []).caller.task(), peer.id);
    }
}

fn closed(resources: &Resources, _: &Assistant) {
    let [a, b, c] = Peer::wake_all();
    a.begins(send(suite(), OPERATION, &[]));
    b.begins(send(suite(), OPERATION, &[]));
    resources.until(|| a.is_queued() && b.is_queued());
    // One that waits already, then one that is only to come; a more important one has to wait.
    assert_eq!(closed_on(&b), b.id);
    c.begins(send(suite(), OPERATION, &[]));
    assert_eq!(closed_on(&c), c.id);
    // As a task says it that is no test.
    let received = sys::recv(sys::Whom::only(resources.from_a), &mut [], 0);
    assert!(matches!(received, Received::Message(message) if message.caller.task() == a.id));
}

fn closed_on(peer: &Peer) -> TaskId {
    match sys::recv(sys::Whom::undeclared(peer.id), &mut [], 0) {
        Received::Message(message) => message.caller.task(),
        other => panic!("{other:?}"),
    }
}

fn closed_death(resources: &Resources, _: &Assistant) {
    let [a, b, _] = Peer::wake_all();
    b.begins(send(suite(), OPERATION, &[]));
    resources.until(|| b.is_queued());
    let fault = a.dies(call(Call::Panic, &[NOWHERE, 0]));
    assert_eq!(fault.kind, FaultKind::Panic as u32);
    // Now without waiting, and the old id is as dead.
    let next = a.id.generation().next();
    assert_eq!(sys::recv(sys::Whom::undeclared(a.id), &mut [], 0), Received::Dead(next));
    assert_eq!(closed_on(&b), b.id);
}

fn closed_notified(resources: &Resources, _: &Assistant) {
    let [a, b, _] = Peer::wake_all();
    b.begins(send(suite(), OPERATION, &[]));
    let bit = resources.timer.bits();
    sys::set_timer(time::after_ms(2), bit);
    assert_eq!(sys::recv(sys::Whom::undeclared(a.id), &mut [], bit), Received::Notification(bit));
    // The peer keeps no count of a wait that is over.
    kipc::fault(a.id.index());
    assert_eq!(closed_on(&b), b.id);
}

fn closed_on_itself(_: &Resources, assistant: &Assistant) {
    assistant.misuses_raw(&call(Call::Recv, &[assistant.id.0]), Usage::IllegalTask);
}

fn notifications_only(resources: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    peer.begins(send(suite(), OPERATION, &[]));
    resources.until(|| peer.is_queued());
    assert_eq!(anyone(&mut []).caller.task(), peer.id);
}

fn notifications_first(resources: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    peer.begins(send(suite(), OPERATION, &[]));
    resources.until(|| peer.is_queued());
    let bit = resources.spare.bits();
    sys::set_timer(0, bit);
    assert_eq!(sys::recv(sys::Whom::ANY, &mut [], bit), Received::Notification(bit));
    assert!(matches!(sys::recv(sys::Whom::ANY, &mut [], bit), Received::Message(_)));
}

/// One wait, which each of them ends.
fn all_at_once(resources: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let (timer, spare) = (resources.timer.bits(), resources.spare.bits());
    let wait = |milliseconds| {
        sys::set_timer(time::after_ms(milliseconds), timer);
        sys::recv(sys::Whom::ANY, &mut [], timer | spare)
    };
    assert_eq!(wait(2), Received::Notification(timer));
    peer.begins(call(Call::Post, &[suite().0, spare.into()]));
    assert_eq!(wait(FAR_MS), Received::Notification(spare));
    peer.ends();
    peer.begins(send(suite(), OPERATION, &[]));
    let Received::Message(message) = wait(FAR_MS) else { panic!("no message") };
    assert_eq!(message.operation, OPERATION);
}

fn bad_sender(resources: &Resources, _: &Assistant) {
    let [a, b, _] = Peer::wake_all();
    a.begins(send_from(suite(), OPERATION, NOWHERE, 40));
    b.begins(send(suite(), OPERATION, b"well"));
    resources.until(|| a.is_queued() && b.is_queued());
    let mut buffer = [0; 64];
    assert_eq!(anyone(&mut buffer).caller.task(), b.id);
    assert_eq!(&buffer[..4], b"well");
    let status = a.status();
    assert_eq!((status.state, status.fault.original_state), (state::FAULTED, state::IN_SEND));
    assert_eq!(status.fault.detail, Usage::InvalidSlice as u32);
}

fn bad_sender_unnoticed(resources: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    peer.begins(send_from(suite(), OPERATION, NOWHERE, 40));
    let bit = resources.timer.bits();
    let mut buffer = [0x11; 64];
    while !peer.is(state::FAULTED) {
        sys::set_timer(time::after_ms(1), bit);
        assert_eq!(sys::recv(sys::Whom::ANY, &mut buffer, bit), Received::Notification(bit));
    }
    assert_eq!(buffer, [0x11; 64]);
    let fault = peer.status().fault;
    assert_eq!((fault.kind, fault.detail), (FaultKind::Usage as u32, Usage::InvalidSlice as u32));
}

fn dead_sender(resources: &Resources, _: &Assistant) {
    let [a, b, _] = Peer::wake_all();
    a.begins(send(suite(), OPERATION, &[]));
    b.begins(send(suite(), OPERATION, &[]));
    resources.until(|| a.is_queued() && b.is_queued());
    kipc::fault(a.id.index());
    assert_eq!(a.status().fault.original_state, state::IN_SEND);
    assert_eq!(anyone(&mut []).caller.task(), b.id);
    let bit = resources.timer.bits();
    sys::set_timer(time::after_ms(2), bit);
    assert_eq!(sys::recv(sys::Whom::ANY, &mut [], bit), Received::Notification(bit));
}

fn bad_buffer(resources: &Resources, assistant: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let text = resources.regions().text(task::ASSIST).start;
    for buffer in [NOWHERE, text] {
        let assistant = if buffer == text { assistant.revived() } else { assistant.next_life() };
        // The peer has the assistant receive there; what comes then is ours.
        peer.put(0, &receive_into(TaskId::ANY, 0, buffer, 64));
        let length = size_of::<test_protocol::RawCall>();
        peer.begins(send_from(assistant.id, assist::RAW, peer.scratch, length));
        resources.until(|| peer.waits(state::IN_REPLY, task::ASSIST));
        assert_eq!(assistant.status().state, state::IN_RECV);
        let next = assistant.id.generation().next();
        let reply = assistant.call(assist::ECHO, &[1; 40], &mut []);
        assert_eq!(reply, Err(sys::SendError::Dead(next)));
        let fault = assistant.status().fault;
        assert_eq!(fault.detail, Usage::InvalidSlice as u32);
        assert_eq!(fault.original_state, state::IN_RECV);
        assert_eq!(peer.ends()[..2], [abi::call::SendResult::DEAD.0, next.0.into()]);
    }
}
