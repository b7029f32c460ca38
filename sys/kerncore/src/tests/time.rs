//! Timers, and deadlines of `SEND`.

use super::words::{Received, Sent, answer, anyone, from, ok, send};
use super::world::*;
use crate::task::State;
use abi::{Call, NO_DEADLINE, TaskId, Usage};

/// The running task arms its timer.
#[track_caller]
fn arm(w: &mut World, task: usize, deadline: u64, bits: u64) {
    w.plain(task, Call::SetTimer, &[deadline, bits]);
    w.expect_running(task);
}

/// It waits for these bits only.
#[track_caller]
fn wait(w: &mut World, task: usize, bits: u32) {
    w.recv(task, from(TaskId::KERNEL).or_bits(bits));
}

#[test]
fn a_timer_sets_its_bits_when_it_is_due_and_once() {
    let mut w = office();
    w.go(CLIENT);
    arm(&mut w, CLIENT, 100, 6);
    wait(&mut w, CLIENT, 2);
    assert_eq!(w.kernel.machine.alarm, 100);
    w.time(99);
    w.expect_idle();
    w.time(100);
    assert_eq!(w.received(CLIENT), Received::Bits(2));
    assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
    w.plain(CLIENT, Call::GetTimer, &[]);
    assert_eq!(w.words(CLIENT)[..3], [100, NO_DEADLINE, 6]);
    wait(&mut w, CLIENT, 2);
    w.time(1_000_000);
    w.expect_idle();
}

#[test]
fn a_deadline_that_has_passed_is_due_at_once() {
    for deadline in [0, 49, 50] {
        let mut w = office();
        w.time(50);
        w.go(CLIENT);
        arm(&mut w, CLIENT, deadline, 1);
        assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
        wait(&mut w, CLIENT, 1);
        w.expect_running(CLIENT);
        assert_eq!(w.received(CLIENT), Received::Bits(1));
    }
}

#[test]
fn one_that_is_due_at_once_replaces_the_one_that_was_armed() {
    let mut w = office();
    w.time(50);
    w.go(CLIENT);
    arm(&mut w, CLIENT, 100, 1);
    arm(&mut w, CLIENT, 10, 2);
    wait(&mut w, CLIENT, 3);
    assert_eq!(w.received(CLIENT), Received::Bits(2));
    wait(&mut w, CLIENT, 3);
    w.time(200);
    w.expect_idle();
}

#[test]
fn a_timer_is_overwritten_and_cancelled() {
    let mut w = office();
    w.go(CLIENT);
    arm(&mut w, CLIENT, 100, 1);
    arm(&mut w, CLIENT, 300, 2);
    w.plain(CLIENT, Call::GetTimer, &[]);
    assert_eq!(w.words(CLIENT)[..3], [0, 300, 2]);
    wait(&mut w, CLIENT, 3);
    w.time(200);
    w.expect_idle();
    w.time(300);
    assert_eq!(w.received(CLIENT), Received::Bits(2));
    arm(&mut w, CLIENT, 400, 1);
    arm(&mut w, CLIENT, NO_DEADLINE, 0);
    assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
    wait(&mut w, CLIENT, 3);
    w.time(500);
    w.expect_idle();
}

#[test]
fn equal_deadlines_all_come_at_once_and_the_most_important_runs() {
    let mut w = office();
    for task in [THIRD, CLIENT, SERVER, OTHER] {
        w.go(task);
        arm(&mut w, task, 100, 1);
        wait(&mut w, task, 1);
    }
    w.time(100);
    w.expect_running(SERVER);
    for task in [CLIENT, OTHER, THIRD] {
        assert_eq!(w.received(task), Received::Bits(1));
    }
}

#[test]
fn the_alarm_is_the_earliest_of_all() {
    let mut w = office();
    for (task, deadline) in [(SERVER, 300), (CLIENT, 100), (OTHER, 200)] {
        w.go(task);
        arm(&mut w, task, deadline, 1);
        wait(&mut w, task, 1);
    }
    for (task, deadline) in [(CLIENT, 100), (OTHER, 200), (SERVER, 300)] {
        assert_eq!(w.kernel.machine.alarm, deadline);
        w.time(deadline);
        w.expect_running(task);
        w.rest(task);
    }
}

#[test]
fn an_alarm_for_nothing_does_nothing() {
    let mut w = office();
    w.go(CLIENT);
    arm(&mut w, CLIENT, 100, 1);
    let next = w.kernel.alarm();
    assert_eq!(next, Some(w.index(CLIENT)));
    assert_eq!(w.kernel.machine.alarm, 100);
}

#[test]
fn bits_a_timer_cannot_set_fault() {
    let mut w = office();
    w.go(CLIENT);
    w.plain(CLIENT, Call::SetTimer, &[100, 1 << 32]);
    w.expect_fault(CLIENT, Usage::NotPermitted);
}

#[test]
fn a_send_that_is_not_received_in_time_is_over() {
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b"").until(100));
    w.go(THIRD);
    w.send(THIRD, send(w.id(SERVER), 2, b""));
    assert_eq!(w.kernel.machine.alarm, 100);
    w.time(100);
    w.expect_running(CLIENT);
    assert_eq!(w.sent(CLIENT), Sent::TimedOut);
    w.go(SERVER);
    w.recv(SERVER, anyone());
    assert_eq!(w.message(SERVER).operation, 2, "the other one is still there");
}

#[test]
fn a_send_that_is_not_answered_in_time_is_over_and_the_answer_is_discarded() {
    let mut w = office();
    let late = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b"").until(100));
    w.time(100);
    w.expect_running(SERVER);
    assert_eq!(w.sent(CLIENT), Sent::TimedOut);
    w.recv(SERVER, anyone());
    // The client calls again, and the server answers the first call.
    w.send(CLIENT, send(w.id(SERVER), 2, b"").until(200));
    let call = w.message(SERVER).handle;
    assert!(!w.reply(SERVER, late, answer(0, b"late")));
    w.expect_state(CLIENT, State::InReply);
    w.reply_recv(SERVER, call, answer(0, b"right"), anyone());
    assert_eq!(w.sent(CLIENT), ok(b"right"));
    assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
}

#[test]
fn a_deadline_goes_on_counting_when_the_message_is_received() {
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b"").until(100));
    w.go(SERVER);
    w.recv(SERVER, anyone());
    w.expect_state(CLIENT, State::InReply);
    w.time(100);
    assert_eq!(w.sent(CLIENT), Sent::TimedOut);
}

#[test]
fn a_deadline_that_has_passed_sends_nothing() {
    let mut w = office();
    w.time(50);
    w.go(SERVER);
    w.recv(SERVER, anyone());
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b"").until(50));
    w.expect_running(CLIENT);
    assert_eq!(w.sent(CLIENT), Sent::TimedOut);
    w.expect_state(SERVER, State::InRecv);
}

#[test]
fn a_deadline_ends_with_the_call_however_it_ends() {
    // Answered.
    let mut w = office();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b"").until(100));
    w.reply(SERVER, call, answer(0, b""));
    assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
    // The server died.
    let mut w = office();
    w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b"").until(100));
    w.dies(SERVER);
    assert_eq!(w.sent(CLIENT), Sent::Dead(w.generation(SERVER)));
    assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
    // The server died before it received.
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b"").until(100));
    w.go(SERVER);
    w.dies(SERVER);
    assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
    // The caller was faulted.
    let mut w = office();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b"").until(100));
    w.plain(SERVER, Call::ReplyFault, &[call.0, 1]);
    assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
    // The server was killed by the message itself.
    let mut w = office();
    w.go(SERVER);
    w.recv(SERVER, anyone().into(NOWHERE, 256));
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &[1; 64]).until(100));
    assert_eq!(w.sent(CLIENT), Sent::Dead(w.generation(SERVER)));
    assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
}

#[test]
fn a_timer_and_a_deadline_do_not_meet() {
    let mut w = office();
    w.go(CLIENT);
    arm(&mut w, CLIENT, 50, 4);
    w.send(CLIENT, send(w.id(SERVER), 1, b"").until(100));
    w.time(60);
    w.expect_state(CLIENT, State::InSend);
    w.time(100);
    assert_eq!(w.sent(CLIENT), Sent::TimedOut);
    wait(&mut w, CLIENT, 4);
    assert_eq!(w.received(CLIENT), Received::Bits(4));
}

#[test]
fn time_runs_for_a_server_that_is_dead() {
    let mut w = office();
    w.go(SERVER);
    w.dies(SERVER);
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b"").until(100));
    w.expect_state(CLIENT, State::InSend);
    w.time(100);
    assert_eq!(w.sent(CLIENT), Sent::TimedOut);
}
