//! `SEND`, `RECV`, `REPLY` and `REPLY_RECV`.

use super::words::{Received, Sent, answer, anyone, from, ok, send};
use super::world::*;
use crate::task::State;
use abi::call::SendInfo;
use abi::{Call, FAULT_NOTIFICATION, Generation, Handle, ReplyFault, TaskId, Usage};

/// Bytes that are not the same anywhere.
fn text(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 3 + 1) as u8).collect()
}

#[test]
fn a_waiting_server_gets_the_message_and_runs_at_once() {
    let mut w = office();
    w.go(SERVER);
    w.recv(SERVER, anyone());
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 7, b"hello").room(9));
    w.expect_running(SERVER);
    w.expect_state(CLIENT, State::InReply);
    let call = w.message(SERVER);
    assert_eq!((call.operation, call.length, call.leases, call.capacity), (7, 5, 0, 9));
    assert_eq!(call.bytes, b"hello");
    assert_eq!(call.handle.task(), w.id(CLIENT));
    assert!(w.reply(SERVER, call.handle, answer(0, b"world")));
    w.expect_running(SERVER);
    w.rest(SERVER);
    w.expect_running(CLIENT);
    assert_eq!(w.sent(CLIENT), ok(b"world"));
}

#[test]
fn messages_of_every_length_arrive_whole_in_both_directions() {
    for length in [0, 1, 8, 31, 32, 33, 40, 255, 256] {
        let mut w = office();
        w.go(SERVER);
        w.recv(SERVER, anyone());
        w.go(CLIENT);
        w.send(CLIENT, send(w.id(SERVER), 1, &text(length)));
        let call = w.message(SERVER);
        assert_eq!((call.length, &call.bytes), (length, &text(length)));
        let mut reply = text(length);
        reply.reverse();
        w.reply_recv(SERVER, call.handle, answer(5, &reply), anyone());
        w.expect_running(CLIENT);
        assert_eq!(w.sent(CLIENT), Sent::Answered { code: 5, bytes: reply });
    }
}

#[test]
fn a_message_that_was_queued_arrives_the_same() {
    for length in [0, 32, 33, 256] {
        let mut w = office();
        w.go(CLIENT);
        w.send(CLIENT, send(w.id(SERVER), 1, &text(length)));
        w.expect_idle();
        w.expect_state(CLIENT, State::InSend);
        w.go(SERVER);
        w.recv(SERVER, anyone());
        w.expect_running(SERVER);
        w.expect_state(CLIENT, State::InReply);
        assert_eq!(w.message(SERVER).bytes, text(length));
    }
}

#[test]
fn a_small_buffer_gets_the_beginning_and_the_whole_length() {
    let mut w = office();
    w.go(SERVER);
    w.fill(data(SERVER), &[0xee; 64]);
    w.recv(SERVER, anyone().into(data(SERVER), 40));
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &text(60)));
    let call = w.message(SERVER);
    assert_eq!((call.length, &call.bytes), (60, &text(60)[..40].to_vec()));
    assert_eq!(w.peek(data(SERVER) + 40, 24), [0xee; 24]);
}

#[test]
fn the_supervisor_hears_of_a_sender_that_died_while_it_was_about_to_wait() {
    let mut w = world([task(0), task(1).may_send(SUPERVISOR)]);
    w.go(SERVER);
    w.send(SERVER, send(w.id(SUPERVISOR), 1, &text(64)).at(NOWHERE));
    w.go(SUPERVISOR);
    w.recv(SUPERVISOR, anyone().or_bits(FAULT_NOTIFICATION));
    w.expect_fault(SERVER, Usage::InvalidSlice);
    w.expect_running(SUPERVISOR);
    assert_eq!(w.received(SUPERVISOR), Received::Bits(FAULT_NOTIFICATION));
}

#[test]
fn without_a_buffer_only_the_length_arrives() {
    let mut w = office();
    w.go(SERVER);
    w.recv(SERVER, anyone().into(NOWHERE, 0));
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &text(60)));
    assert_eq!((w.message(SERVER).length, w.message(SERVER).bytes), (60, vec![]));
}

#[test]
fn a_message_longer_than_the_limit_faults_its_sender() {
    for length in [257, 0xfff] {
        let mut w = office();
        w.go(CLIENT);
        w.send(CLIENT, send(w.id(SERVER), 1, &text(length)));
        w.expect_fault(CLIENT, Usage::MessageTooBig);
    }
}

#[test]
fn reserved_bits_and_too_many_leases_fault_the_sender() {
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b"").info(1 << 36));
    w.expect_fault(CLIENT, Usage::MessageTooBig);
    w.go(OTHER);
    w.send(OTHER, send(w.id(SERVER), 1, b"").lending(17, data(OTHER)));
    w.expect_fault(OTHER, Usage::TooManyLeases);
    w.go(THIRD);
    w.send(THIRD, send(w.id(SERVER), 1, b"").lending(16, NOWHERE));
    w.expect_state(THIRD, State::InSend);
}

#[test]
fn who_has_no_slot_may_not_send() {
    let mut w = world([task(0), task(1), task(2)]);
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    w.expect_fault(CLIENT, Usage::SendNotAllowed);
}

#[test]
fn nobody_sends_downhill_or_level_even_with_a_slot() {
    for priority in [1, 2] {
        let mut w = world([task(0), task(priority).may_send(CLIENT), task(2)]);
        w.go(SERVER);
        w.send(SERVER, send(w.id(CLIENT), 1, b""));
        w.expect_fault(SERVER, Usage::SendNotAllowed);
    }
}

#[test]
fn nobody_sends_to_itself_or_to_tasks_there_are_not() {
    let mut w = world([task(0), task(1), task(2).may_send(CLIENT), task(2), task(2)]);
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(CLIENT), 1, b""));
    w.expect_fault(CLIENT, Usage::SendNotAllowed);
    w.go(OTHER);
    w.send(OTHER, send(TaskId::new(5, Generation(0)), 1, b""));
    w.expect_fault(OTHER, Usage::TaskOutOfRange);
    w.go(THIRD);
    w.send(THIRD, send(TaskId::ANY, 1, b""));
    w.expect_fault(THIRD, Usage::TaskOutOfRange);
}

#[test]
fn an_id_of_an_earlier_life_gets_the_dead_code_and_the_new_generation() {
    let mut w = office();
    let id = w.id(SERVER);
    w.go(SERVER);
    w.dies(SERVER);
    w.go(CLIENT);
    w.send(CLIENT, send(id, 1, b""));
    assert_eq!(w.sent(CLIENT), Sent::Dead(id.generation().next()));
    w.expect_running(CLIENT);
    w.plain(CLIENT, Call::RefreshTaskId, &[id.0]);
    assert_eq!(TaskId(w.x(CLIENT, 0)), w.id(SERVER));
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    w.expect_state(CLIENT, State::InSend);
}

#[test]
fn senders_queue_by_priority_and_among_equals_in_order() {
    let mut w = office();
    for client in [THIRD, OTHER, CLIENT] {
        w.go(client);
        w.send(client, send(w.id(SERVER), client as u16, b""));
    }
    w.go(SERVER);
    for client in [OTHER, CLIENT, THIRD] {
        w.recv(SERVER, anyone());
        assert_eq!(usize::from(w.message(SERVER).operation), client);
    }
    w.recv(SERVER, anyone());
    w.expect_idle();
}

#[test]
fn a_sender_with_a_bad_message_dies_and_the_next_one_is_heard() {
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &text(64)).at(data(CLIENT) + 0x2000 - 63));
    w.go(OTHER);
    w.send(OTHER, send(w.id(SERVER), 2, &text(64)).at(device(OTHER)));
    w.go(THIRD);
    w.send(THIRD, send(w.id(SERVER), 3, b""));
    w.go(SERVER);
    w.recv(SERVER, anyone());
    w.expect_running(SERVER);
    assert_eq!(w.message(SERVER).operation, 3);
    w.expect_fault(CLIENT, Usage::InvalidSlice);
    w.expect_fault(OTHER, Usage::InvalidSlice);
}

#[test]
fn a_sender_with_a_bad_message_to_a_waiting_server_dies_and_the_server_waits_on() {
    let mut w = office();
    w.go(SERVER);
    w.recv(SERVER, anyone());
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &text(64)).at(NOWHERE));
    w.expect_fault(CLIENT, Usage::InvalidSlice);
    w.expect_state(SERVER, State::InRecv);
    w.go(OTHER);
    w.send(OTHER, send(w.id(SERVER), 2, b""));
    assert_eq!(w.message(SERVER).operation, 2);
}

#[test]
fn a_message_may_lie_among_constants_but_not_be_received_there() {
    let mut w = office();
    w.go(SERVER);
    w.recv(SERVER, anyone());
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &text(64)).at(constants(CLIENT)));
    assert_eq!(w.message(SERVER).bytes, w.peek(constants(CLIENT), 64));
    w.recv(SERVER, anyone().into(constants(SERVER), 64));
    w.go(OTHER);
    w.send(OTHER, send(w.id(SERVER), 1, &text(64)));
    w.expect_fault(SERVER, Usage::InvalidSlice);
}

#[test]
fn a_server_with_a_bad_buffer_dies_and_the_sender_learns() {
    let mut w = office();
    let next = w.generation(SERVER).next();
    w.go(SERVER);
    w.recv(SERVER, anyone().into(NOWHERE, 256));
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &text(64)));
    w.expect_fault(SERVER, Usage::InvalidSlice);
    w.expect_running(CLIENT);
    assert_eq!(w.sent(CLIENT), Sent::Dead(next));
}

#[test]
fn so_does_one_that_was_queued() {
    let mut w = office();
    let next = w.generation(SERVER).next();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &text(64)));
    w.go(SERVER);
    w.recv(SERVER, anyone().into(NOWHERE, 256));
    w.expect_fault(SERVER, Usage::InvalidSlice);
    w.expect_running(CLIENT);
    assert_eq!(w.sent(CLIENT), Sent::Dead(next));
}

#[test]
fn a_bad_buffer_does_not_matter_to_a_message_in_registers() {
    let mut w = office();
    w.go(SERVER);
    w.recv(SERVER, anyone().into(NOWHERE, 256));
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &text(32)));
    assert_eq!(w.message(SERVER).bytes, text(32));
}

#[test]
fn a_reply_longer_than_the_callers_room_faults_the_server() {
    for (room, length) in [(0, 1), (31, 32), (255, 256), (u64::MAX, 257)] {
        let mut w = office();
        let next = w.generation(SERVER).next();
        let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b"").room(room));
        w.reply(SERVER, call, answer(0, &text(length)));
        w.expect_fault(SERVER, Usage::ReplyTooBig);
        assert_eq!(w.sent(CLIENT), Sent::Dead(next));
    }
}

#[test]
fn a_caller_with_a_bad_reply_buffer_dies_and_the_server_goes_on() {
    let mut w = office();
    let message = send(w.id(SERVER), 1, b"").answered_at(constants(CLIENT));
    let call = w.in_reply(CLIENT, SERVER, message);
    assert!(!w.reply(SERVER, call, answer(0, &text(33))));
    w.expect_running(SERVER);
    w.expect_fault(CLIENT, Usage::InvalidSlice);
}

#[test]
fn a_server_with_a_bad_reply_dies_and_the_caller_learns() {
    let mut w = office();
    let next = w.generation(SERVER).next();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.reply(SERVER, call, answer(0, &text(33)).at(device(SERVER)));
    w.expect_fault(SERVER, Usage::InvalidSlice);
    assert_eq!(w.sent(CLIENT), Sent::Dead(next));
}

#[test]
fn an_answer_to_another_call_reaches_nobody() {
    let mut w = office();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    let earlier = Handle(call.0.wrapping_sub(1 << 10));
    let earlier_life = Handle(call.0.wrapping_sub(1 << 32));
    for wrong in [earlier, call.next(), earlier_life, Handle::KERNEL, Handle(u64::MAX)] {
        assert!(!w.reply(SERVER, wrong, answer(0, b"wrong")));
        w.expect_state(CLIENT, State::InReply);
    }
    assert!(w.reply(SERVER, call, answer(0, b"right")));
    assert!(!w.reply(SERVER, call, answer(0, b"again")));
    assert_eq!(w.sent(CLIENT), ok(b"right"));
}

#[test]
fn only_the_server_that_has_the_call_answers_it() {
    let mut w = office();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.go(OTHER);
    assert!(!w.reply(OTHER, call, answer(0, b"mine")));
    w.expect_state(CLIENT, State::InReply);
}

#[test]
fn a_call_not_yet_received_cannot_be_answered() {
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    let call = w.kernel.tasks[CLIENT].handle;
    w.go(SERVER);
    assert!(!w.reply(SERVER, call, answer(0, b"")));
    w.expect_state(CLIENT, State::InSend);
}

#[test]
fn each_call_has_a_number_of_its_own() {
    let mut w = office();
    let first = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.reply_recv(SERVER, first, answer(0, b""), anyone());
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    let second = w.message(SERVER).handle;
    assert_eq!((second.task(), second), (first.task(), first.next()));
}

#[test]
fn reply_recv_goes_straight_back_to_the_caller() {
    let mut w = office();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.reply_recv(SERVER, call, answer(0, b""), anyone());
    w.expect_running(CLIENT);
    w.expect_state(SERVER, State::InRecv);
}

#[test]
fn reply_recv_takes_the_next_message_before_the_caller_goes_on() {
    let mut w = office();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.go(OTHER);
    w.send(OTHER, send(w.id(SERVER), 2, &text(100)));
    w.go(SERVER);
    w.reply_recv(SERVER, call, answer(0, b"done"), anyone());
    w.expect_running(SERVER);
    assert_eq!((w.message(SERVER).operation, w.message(SERVER).bytes), (2, text(100)));
    assert_eq!(w.sent(CLIENT), ok(b"done"));
}

#[test]
fn reply_recv_lets_someone_more_important_run_before_the_caller() {
    let mut w = world([task(0), task(1), task(5).may_send(SERVER), task(3), task(5)]);
    for (ready, first) in [(OTHER, OTHER), (THIRD, THIRD)] {
        let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
        w.wake(ready);
        w.expect_running(SERVER);
        w.reply_recv(SERVER, call, answer(0, b""), anyone());
        // The one that became ready first also goes before its equals.
        w.expect_running(first);
        w.rest(first);
        w.expect_running(CLIENT);
        w.rest(CLIENT);
    }
}

#[test]
fn reply_recv_to_nobody_still_receives() {
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 3, b""));
    w.go(SERVER);
    w.reply_recv(SERVER, Handle::first(THIRD, Generation(0)), answer(0, b""), anyone());
    assert_eq!(w.message(SERVER).operation, 3);
}

#[test]
fn reply_recv_faults_for_a_bad_reply_and_for_a_bad_buffer() {
    let mut w = office();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b"").room(0));
    w.reply_recv(SERVER, call, answer(0, b"x"), anyone());
    w.expect_fault(SERVER, Usage::ReplyTooBig);

    let mut w = office();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.go(OTHER);
    w.send(OTHER, send(w.id(SERVER), 1, &text(33)));
    w.go(SERVER);
    w.reply_recv(SERVER, call, answer(0, b"done"), anyone().into(NOWHERE, 256));
    w.expect_fault(SERVER, Usage::InvalidSlice);
    assert_eq!(w.sent(CLIENT), ok(b"done"), "it was answered before");
    assert_eq!(w.sent(OTHER), Sent::Dead(w.generation(SERVER)));
}

#[test]
fn a_closed_receive_hears_only_its_peer() {
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    w.go(SERVER);
    w.recv(SERVER, from(w.id(OTHER)));
    w.expect_idle();
    w.go(THIRD);
    w.send(THIRD, send(w.id(SERVER), 2, b""));
    w.expect_state(SERVER, State::InRecv);
    w.go(OTHER);
    w.send(OTHER, send(w.id(SERVER), 3, &text(50)));
    w.expect_running(SERVER);
    assert_eq!((w.message(SERVER).operation, w.message(SERVER).bytes), (3, text(50)));
    w.recv(SERVER, from(w.id(THIRD)));
    assert_eq!(w.message(SERVER).operation, 2, "past the one before it");
}

#[test]
fn a_closed_receive_that_was_answered_is_over() {
    let mut w = office();
    w.go(SERVER);
    w.recv(SERVER, from(w.id(CLIENT)));
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    let call = w.message(SERVER).handle;
    w.reply_recv(SERVER, call, answer(0, b""), anyone());
    w.dies(CLIENT);
    // The server waits for anyone now: this death is none of its business.
    w.expect_state(SERVER, State::InRecv);
    w.expect_idle();
}

#[test]
fn a_closed_receive_learns_that_its_peer_died() {
    let mut w = office();
    w.go(SERVER);
    w.recv(SERVER, from(w.id(CLIENT)));
    w.go(CLIENT);
    w.dies(CLIENT);
    w.expect_running(SERVER);
    assert_eq!(w.received(SERVER), Received::Dead(w.generation(CLIENT)));
    w.recv(SERVER, from(TaskId::new(CLIENT, Generation(0))));
    assert_eq!(w.received(SERVER), Received::Dead(Generation(1)), "and that it had been dead");
}

#[test]
fn a_closed_receive_learns_that_its_peers_message_killed_it() {
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &text(64)).at(NOWHERE));
    w.go(SERVER);
    w.recv(SERVER, from(w.id(CLIENT)));
    w.expect_running(SERVER);
    assert_eq!(w.received(SERVER), Received::Dead(w.generation(CLIENT)));

    w.recv(SERVER, from(w.id(OTHER)));
    w.go(OTHER);
    w.send(OTHER, send(w.id(SERVER), 1, &text(64)).at(NOWHERE));
    w.expect_running(SERVER);
    assert_eq!(w.received(SERVER), Received::Dead(w.generation(OTHER)));
}

#[test]
fn a_closed_receive_with_a_bad_buffer_kills_the_receiver() {
    let mut w = office();
    w.go(SERVER);
    w.recv(SERVER, from(w.id(CLIENT)).into(NOWHERE, 64));
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, &text(64)));
    w.expect_fault(SERVER, Usage::InvalidSlice);
    assert_eq!(w.sent(CLIENT), Sent::Dead(w.generation(SERVER)));
}

#[test]
fn nobody_receives_from_itself_or_from_tasks_there_are_not() {
    let mut w = office();
    w.go(SERVER);
    w.recv(SERVER, from(w.id(SERVER)));
    w.expect_fault(SERVER, Usage::IllegalTask);
    w.go(CLIENT);
    w.recv(CLIENT, from(TaskId::new(5, Generation(0))));
    w.expect_fault(CLIENT, Usage::TaskOutOfRange);
}

#[test]
fn a_call_without_a_number_faults() {
    for number in [15, u64::MAX] {
        let mut w = office();
        w.go(CLIENT);
        w.call(CLIENT, number, [0; 31]);
        w.expect_fault(CLIENT, Usage::BadCallNumber);
    }
}

#[test]
fn the_present_id_of_a_task_that_is_not_cannot_be_asked() {
    let mut w = office();
    w.go(CLIENT);
    w.plain(CLIENT, Call::RefreshTaskId, &[TaskId::KERNEL.0]);
    w.expect_fault(CLIENT, Usage::TaskOutOfRange);
}

#[test]
fn a_server_serves_and_calls_in_turn() {
    let mut w = world([task(0), task(1).may_send(SUPERVISOR), task(2).may_send(SERVER)]);
    w.go(SERVER);
    w.recv(SERVER, anyone());
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    let call = w.message(SERVER).handle;
    w.send(SERVER, send(w.id(SUPERVISOR), 1, b""));
    w.expect_state(SERVER, State::InSend);
    w.go(SUPERVISOR);
    w.recv(SUPERVISOR, anyone());
    let inner = w.message(SUPERVISOR).handle;
    w.reply_recv(SUPERVISOR, inner, answer(0, b"deep"), anyone());
    w.expect_running(SERVER);
    assert_eq!(w.sent(SERVER), ok(b"deep"));
    assert!(w.reply(SERVER, call, answer(0, b"shallow")));
    w.rest(SERVER);
    assert_eq!(w.sent(CLIENT), ok(b"shallow"));
}

#[test]
fn reply_fault_kills_the_caller_and_says_why() {
    let mut w = office();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.plain(SERVER, Call::ReplyFault, &[call.0, ReplyFault::BadLeases as u64]);
    w.expect_running(SERVER);
    assert_eq!(w.x(SERVER, 0), 0);
    w.expect_state(CLIENT, State::Faulted);
    let fault = w.fault(CLIENT);
    assert_eq!(fault.kind, abi::FaultKind::FromServer as u32);
    assert_eq!((fault.detail, fault.from), (ReplyFault::BadLeases as u32, SERVER as u32));
    assert_eq!(fault.original_state, abi::kipc::state::IN_REPLY);
    w.plain(SERVER, Call::ReplyFault, &[call.0, ReplyFault::BadLeases as u64]);
    assert_eq!(w.x(SERVER, 0), 1, "it has gone");
}

#[test]
fn reply_fault_needs_a_reason_there_is() {
    for reason in [0, 7, 1 << 32 | 1] {
        let mut w = office();
        let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
        w.plain(SERVER, Call::ReplyFault, &[call.0, reason]);
        w.expect_fault(SERVER, Usage::BadReplyFault);
        assert_eq!(w.sent(CLIENT), Sent::Dead(w.generation(SERVER)));
    }
}

#[test]
fn the_operation_and_the_leases_arrive_as_they_were_sent() {
    let mut w = office();
    let message = send(w.id(SERVER), u16::MAX, b"abc").lending(16, data(CLIENT));
    w.in_reply(CLIENT, SERVER, message);
    let call = w.message(SERVER);
    assert_eq!((call.operation, call.leases, call.bytes), (u16::MAX, 16, b"abc".to_vec()));
    assert_eq!(SendInfo(w.x(SERVER, 1)), SendInfo::new(u16::MAX, 3, 16));
}
