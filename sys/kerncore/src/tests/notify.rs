//! Notification bits and `POST`.

use super::words::{Received, answer, anyone, from, send};
use super::world::*;
use crate::task::State;
use abi::call::SendResult;
use abi::{TaskId, Usage};

/// A server, and a client that may post it the bits 0b1110.
fn posting() -> World {
    world([task(0), task(1), task(3).may_send(SERVER).may_post(SERVER, 0b0110).may_post(SERVER, 8)])
}

#[test]
fn bits_wake_who_waits_for_one_of_them_and_it_preempts() {
    let mut w = posting();
    w.go(SERVER);
    w.recv(SERVER, anyone().or_bits(0b0011));
    w.go(CLIENT);
    w.post(CLIENT, w.id(SERVER), 0b0110);
    w.expect_running(SERVER);
    assert_eq!(w.received(SERVER), Received::Bits(0b0010), "the others stay");
    assert_eq!(SendResult(w.x(CLIENT, 0)), SendResult::OK);
    w.recv(SERVER, anyone().or_bits(0b1111));
    w.expect_running(SERVER);
    assert_eq!(w.received(SERVER), Received::Bits(0b0100));
}

#[test]
fn masked_bits_wait() {
    let mut w = posting();
    w.go(SERVER);
    w.recv(SERVER, anyone().or_bits(0b0001));
    w.go(CLIENT);
    w.post(CLIENT, w.id(SERVER), 0b1000);
    w.expect_running(CLIENT);
    w.expect_state(SERVER, State::InRecv);
    w.post(CLIENT, w.id(SERVER), 0b0010);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    assert_eq!(w.message(SERVER).operation, 1);
    w.recv(SERVER, anyone().or_bits(u32::MAX));
    assert_eq!(w.received(SERVER), Received::Bits(0b1010), "both at once");
}

#[test]
fn bits_come_before_messages() {
    let mut w = posting();
    w.go(CLIENT);
    w.post(CLIENT, w.id(SERVER), 2);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    w.go(SERVER);
    w.recv(SERVER, anyone().or_bits(2));
    assert_eq!(w.received(SERVER), Received::Bits(2));
    w.recv(SERVER, anyone().or_bits(2));
    assert_eq!(w.message(SERVER).operation, 1);
}

#[test]
fn also_after_an_answer() {
    let mut w = posting();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    let server = w.index(SERVER);
    w.kernel.notify(server, 4);
    w.reply_recv(SERVER, call, answer(0, b""), anyone().or_bits(4));
    w.expect_running(SERVER);
    assert_eq!(w.received(SERVER), Received::Bits(4));
    w.expect_state(CLIENT, State::Ready);
}

#[test]
fn a_receive_of_notifications_takes_no_messages() {
    let mut w = posting();
    w.go(SERVER);
    w.recv(SERVER, from(TaskId::KERNEL).or_bits(2));
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    w.expect_state(CLIENT, State::InSend);
    w.expect_idle();
    let server = w.index(SERVER);
    w.kernel.notify(server, 2);
    let next = w.kernel.choose();
    assert_eq!(next, Some(server));
    assert_eq!(w.received(SERVER), Received::Bits(2));
    w.expect_state(CLIENT, State::InSend);
}

#[test]
fn bits_that_are_set_end_every_kind_of_receive_at_once() {
    for peer in [TaskId::KERNEL, TaskId::ANY, TaskId::new(CLIENT, abi::Generation(0))] {
        let mut w = posting();
        w.go(CLIENT);
        w.post(CLIENT, w.id(SERVER), 2);
        w.go(SERVER);
        w.recv(SERVER, from(peer).or_bits(3));
        w.expect_running(SERVER);
        assert_eq!(w.received(SERVER), Received::Bits(2));
    }
}

#[test]
fn bits_end_a_closed_receive_that_waits_and_the_peer_forgets_it() {
    let mut w = posting();
    w.go(SERVER);
    w.recv(SERVER, from(w.id(CLIENT)).or_bits(2));
    w.go(CLIENT);
    w.post(CLIENT, w.id(SERVER), 2);
    assert_eq!(w.received(SERVER), Received::Bits(2));
    w.rest(SERVER);
    w.dies(CLIENT);
    w.expect_state(SERVER, State::InRecv);
}

#[test]
fn only_bits_that_were_granted_can_be_posted() {
    for bits in [1, 0b0111, 0b1_0000, 1 << 32 | 2] {
        let mut w = posting();
        w.go(CLIENT);
        w.post(CLIENT, w.id(SERVER), bits);
        w.expect_fault(CLIENT, Usage::NotPermitted);
        assert_eq!(w.kernel.tasks[SERVER].notifications, 0);
    }
}

#[test]
fn only_to_tasks_there_are_and_for_which_they_were_granted() {
    for (to, usage) in [
        (TaskId::new(3, abi::Generation(0)), Usage::TaskOutOfRange),
        (TaskId::KERNEL, Usage::TaskOutOfRange),
        (TaskId::new(SUPERVISOR, abi::Generation(0)), Usage::NotPermitted),
    ] {
        let mut w = posting();
        w.go(CLIENT);
        w.post(CLIENT, to, 2);
        w.expect_fault(CLIENT, usage);
    }
}

#[test]
fn a_post_to_an_earlier_life_says_so_and_sets_nothing() {
    let mut w = posting();
    let id = w.id(SERVER);
    w.go(SERVER);
    w.dies(SERVER);
    w.go(CLIENT);
    w.post(CLIENT, id, 2);
    assert_eq!(SendResult(w.x(CLIENT, 0)), SendResult::DEAD);
    assert_eq!(w.x(CLIENT, 1), u64::from(w.generation(SERVER).0));
    assert_eq!(w.kernel.tasks[SERVER].notifications, 0);
}

#[test]
fn bits_for_a_task_that_does_not_receive_wait_for_it() {
    let mut w = posting();
    w.go(SERVER);
    w.wake(CLIENT);
    w.expect_running(SERVER);
    w.rest(SERVER);
    w.post(CLIENT, w.id(SERVER), 2);
    w.expect_running(CLIENT);
    w.go(SERVER);
    w.recv(SERVER, anyone().or_bits(2));
    assert_eq!(w.received(SERVER), Received::Bits(2));
}
