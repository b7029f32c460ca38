//! Budgets and time slices.

use super::words::{Received, Sent, answer, anyone, from, ok, send};
use super::world::*;
use crate::task::State;
use abi::kipc::{Op, Restart, Target, state};
use abi::{Call, FaultKind, NO_DEADLINE, TaskId};

/// The supervisor's bit that says that a budget is spent.
const SPENT: u32 = 4;
const CLIENT_RUNS: Option<usize> = Some(CLIENT);
const OTHER_RUNS: Option<usize> = Some(OTHER);
const SERVER_RUNS: Option<usize> = Some(SERVER);

/// Supervisor and server; a client with 20 of 100 ticks; someone less important, who runs.
fn limited() -> World {
    let mut w = world([task(0), task(1), task(3).may_send(SERVER).budget(20, 100), task(5)]);
    w.go(OTHER);
    w
}

/// The same, and the supervisor waits for the bit.
fn supervised() -> World {
    let client = task(3).budget(20, 100).budget_bits(SPENT);
    let mut w = world([task(0), task(1), client, task(5)]);
    w.go(SUPERVISOR);
    w.recv(SUPERVISOR, from(TaskId::KERNEL).or_bits(SPENT));
    w.go(OTHER);
    w
}

fn status(w: &World) -> [u32; 2] {
    let bytes = w.peek(inbox(SUPERVISOR), 20);
    [0, 16].map(|at| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")))
}

#[test]
fn a_task_with_a_budget_runs_so_long_in_each_period() {
    let mut w = limited();
    w.wake(CLIENT);
    let period = [(CLIENT_RUNS, 20), (OTHER_RUNS, 80)];
    assert_eq!(w.watch(300), [period, period, period].concat());
    w.expect_state(OTHER, State::Ready);
    w.time(320);
    w.expect_state(CLIENT, State::Spent);
    assert_eq!(w.kernel.tasks[CLIENT].overruns, 4);
}

#[test]
fn with_nobody_else_the_machine_rests_meanwhile() {
    let mut w = world([task(0), task(3).budget(20, 100)]);
    w.go(SERVER);
    assert_eq!(w.watch(200), [(SERVER_RUNS, 20), (None, 80), (SERVER_RUNS, 20), (None, 80)]);
}

#[test]
fn an_overrun_is_counted_and_told() {
    let mut w = supervised();
    w.wake(CLIENT);
    w.time(20);
    w.expect_running(SUPERVISOR);
    assert_eq!(w.received(SUPERVISOR), Received::Bits(SPENT));
    w.ask(SUPERVISOR, Op::ReadStatus, &Target { task: CLIENT as u32 });
    assert_eq!(status(&w), [state::OUT_OF_BUDGET, 1]);
    w.recv(SUPERVISOR, from(TaskId::KERNEL).or_bits(SPENT));
    assert_eq!(w.watch(120), [(OTHER_RUNS, 80), (CLIENT_RUNS, 20)]);
    w.expect_running(SUPERVISOR);
    w.ask(SUPERVISOR, Op::ReadStatus, &Target { task: CLIENT as u32 });
    assert_eq!(status(&w), [state::OUT_OF_BUDGET, 2]);
}

#[test]
fn who_did_not_ask_is_not_told() {
    let mut w = limited();
    w.wake(CLIENT);
    w.time(20);
    w.expect_state(CLIENT, State::Spent);
    assert_eq!(w.kernel.tasks[SUPERVISOR].notifications, 0);
}

#[test]
fn time_of_others_is_not_on_ones_own_budget() {
    let mut w = limited();
    w.wake(CLIENT);
    w.time(5);
    w.wake(SERVER);
    assert_eq!(w.watch(65), [(SERVER_RUNS, 60)]);
    w.rest(SERVER);
    assert_eq!(w.watch(100), [(CLIENT_RUNS, 15), (OTHER_RUNS, 20)]);
}

#[test]
fn the_server_pays_and_not_the_client() {
    let server = task(1).budget(30, 100);
    let mut w = world([task(0), server, task(3).may_send(SERVER).budget(10, 100), task(5)]);
    w.go(SERVER);
    w.recv(SERVER, anyone());
    w.go(OTHER);
    w.wake(CLIENT);
    w.time(4);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    w.time(19);
    let call = w.message(SERVER).handle;
    w.reply_recv(SERVER, call, answer(0, b""), anyone());
    // 6 are left of 10 for the client.
    assert_eq!(w.watch(30), [(CLIENT_RUNS, 6), (OTHER_RUNS, 5)]);
    w.time(100);
    w.send(CLIENT, send(w.id(SERVER), 2, b""));
    assert_eq!(w.watch(150), [(SERVER_RUNS, 30), (OTHER_RUNS, 20)]);
    // In the middle of its work; the caller waits as long.
    w.expect_state(CLIENT, State::InReply);
    w.time(200);
    w.expect_running(SERVER);
    let call = w.message(SERVER).handle;
    w.reply_recv(SERVER, call, answer(0, b"late"), anyone());
    assert_eq!(w.sent(CLIENT), ok(b"late"));
}

/// A server that waits for messages, and not a tick is left of its 20.
fn exhausted() -> World {
    let mut w = world([task(0), task(1).budget(20, 100), task(3).may_send(SERVER), task(5)]);
    w.go(SERVER);
    // The alarm does not come before the call.
    w.kernel.machine.clock = 20;
    w.recv(SERVER, anyone());
    w.go(OTHER);
    w.wake(CLIENT);
    w.expect_running(CLIENT);
    w
}

#[test]
fn a_call_to_a_server_without_budget_waits_for_its_period() {
    let mut w = exhausted();
    w.send(CLIENT, send(w.id(SERVER), 1, b"hello"));
    w.expect_state(CLIENT, State::InReply);
    w.expect_state(SERVER, State::Spent);
    assert_eq!(w.watch(100), [(OTHER_RUNS, 80)]);
    w.expect_running(SERVER);
    let call = w.message(SERVER);
    assert_eq!(call.bytes, b"hello");
    w.reply_recv(SERVER, call.handle, answer(0, b""), anyone());
    w.expect_running(CLIENT);
}

#[test]
fn its_client_need_not_wait_so_long() {
    let mut w = exhausted();
    w.send(CLIENT, send(w.id(SERVER), 1, b"").until(50));
    assert_eq!(w.watch(60), [(OTHER_RUNS, 30), (CLIENT_RUNS, 10)]);
    assert_eq!(w.sent(CLIENT), Sent::TimedOut);
    w.time(100);
    w.expect_running(SERVER);
    let late = w.message(SERVER).handle;
    assert!(!w.reply(SERVER, late, answer(0, b"")));
}

#[test]
fn bits_wake_nobody_without_budget_and_are_not_lost() {
    let mut w = world([task(0), task(1).budget(20, 100).irq(33, 2), task(5)]);
    w.go(SERVER);
    w.kernel.machine.clock = 20;
    w.recv(SERVER, anyone().or_bits(2));
    w.interrupt(33);
    w.expect_state(SERVER, State::Spent);
    w.time(100);
    w.expect_running(SERVER);
    assert_eq!(w.received(SERVER), Received::Bits(2));
}

#[test]
fn what_is_not_used_is_lost() {
    let mut w = limited();
    w.wake(CLIENT);
    w.time(5);
    w.rest(CLIENT);
    w.time(350);
    w.wake(CLIENT);
    assert_eq!(w.watch(400), [(CLIENT_RUNS, 20), (OTHER_RUNS, 30)]);
}

#[test]
fn a_period_that_begins_while_it_runs_brings_all_of_its_time() {
    let mut w = limited();
    w.time(90);
    w.wake(CLIENT);
    // 10 of the old period, 20 of the new one.
    assert_eq!(w.watch(200), [(CLIENT_RUNS, 30), (OTHER_RUNS, 80)]);
    assert_eq!(w.kernel.tasks[CLIENT].overruns, 1);
}

#[test]
fn all_of_every_period_is_no_limit() {
    let mut w = world([task(0), task(3).budget(100, 100).budget_bits(SPENT), task(5)]);
    w.go(CLIENT);
    w.wake(SERVER);
    assert_eq!(w.watch(1_000), [(SERVER_RUNS, 1_000)]);
    assert_eq!(w.kernel.tasks[SERVER].overruns, 0);
}

#[track_caller]
fn restart(w: &mut World, task: usize) {
    w.ask(SUPERVISOR, Op::Restart, &Restart { task: task as u32, start: 1 });
}

#[test]
fn a_restart_brings_no_new_budget() {
    let mut w = supervised();
    w.wake(CLIENT);
    w.time(20);
    restart(&mut w, CLIENT);
    w.expect_state(CLIENT, State::Spent);
    w.rest(SUPERVISOR);
    assert_eq!(w.watch(120), [(OTHER_RUNS, 80), (CLIENT_RUNS, 20)]);
    assert_eq!(w.words(CLIENT), [0; 31]);
    assert_eq!(w.generation(CLIENT).0, 1);
    // Not when a part of it is used, either.
    let mut w = supervised();
    w.wake(CLIENT);
    w.time(12);
    w.rest(CLIENT);
    w.go(SUPERVISOR);
    restart(&mut w, CLIENT);
    w.rest(SUPERVISOR);
    assert_eq!(w.watch(30), [(CLIENT_RUNS, 8), (OTHER_RUNS, 10)]);
}

#[test]
fn who_waits_for_a_period_can_be_faulted_and_stopped() {
    for op in [Op::Fault, Op::Stop] {
        let mut w = supervised();
        w.wake(CLIENT);
        w.time(20);
        w.ask(SUPERVISOR, op, &Target { task: CLIENT as u32 });
        w.expect_state(CLIENT, State::Faulted);
        let fault = w.fault(CLIENT);
        assert_eq!(fault.kind, FaultKind::Injected as u32);
        assert_eq!(fault.original_state, state::OUT_OF_BUDGET);
        assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
        w.rest(SUPERVISOR);
        w.time(100);
        w.expect_running(OTHER);
    }
}

#[test]
fn who_dies_while_it_has_budget_leaves_no_timer() {
    let mut w = limited();
    w.wake(CLIENT);
    w.time(5);
    w.dies(CLIENT);
    assert_eq!(w.kernel.machine.alarm, NO_DEADLINE);
}

#[test]
fn a_budget_a_timer_and_a_deadline_do_not_meet() {
    let mut w = limited();
    w.wake(CLIENT);
    w.plain(CLIENT, Call::SetTimer, &[50, 8]);
    assert_eq!(w.kernel.machine.alarm, 20);
    w.send(CLIENT, send(w.id(SERVER), 1, b"").until(60));
    assert_eq!(w.kernel.machine.alarm, 50);
    w.time(50);
    w.expect_running(OTHER);
    assert_eq!(w.kernel.tasks[CLIENT].notifications, 8);
    assert_eq!(w.kernel.machine.alarm, 60);
    assert_eq!(w.watch(100), [(OTHER_RUNS, 10), (CLIENT_RUNS, 20), (OTHER_RUNS, 20)]);
    assert_eq!(w.sent(CLIENT), Sent::TimedOut);
    // Its timer, and the end of its budget, in one moment; the bits are its own business.
    w.plain(CLIENT, Call::SetTimer, &[120, 1]);
    w.time(120);
    w.expect_state(CLIENT, State::Spent);
    assert_eq!(w.kernel.tasks[CLIENT].notifications, 9);
}

#[test]
fn an_alarm_that_comes_late_charges_what_was_used() {
    let mut w = limited();
    w.wake(CLIENT);
    w.time(130);
    // It ran all the time; 20 of it would have been allowed since 100.
    w.expect_state(CLIENT, State::Spent);
    assert_eq!(w.kernel.machine.alarm, 200);
}

#[test]
fn a_supervisor_with_a_budget_is_told_of_its_own_end() {
    let mut w = world([task(0).budget(20, 100).budget_bits(SPENT), task(5)]);
    w.go(SERVER);
    w.wake(SUPERVISOR);
    assert_eq!(w.watch(100), [(Some(SUPERVISOR), 20), (SERVER_RUNS, 80)]);
    w.recv(SUPERVISOR, from(TaskId::KERNEL).or_bits(SPENT));
    assert_eq!(w.received(SUPERVISOR), Received::Bits(SPENT));
}

/// Someone urgent; two equals, the first of which runs.
fn equals(slice: u64) -> World {
    let mut w = world([task(0), task(1), task(3).slice(slice), task(3).slice(slice)]);
    w.go(CLIENT);
    w.wake(OTHER);
    w
}

#[test]
fn equals_with_slices_alternate() {
    let mut w = equals(10);
    let both = [(CLIENT_RUNS, 10), (OTHER_RUNS, 10)];
    assert_eq!(w.watch(60), [both, both, both].concat());
}

#[test]
fn equals_without_do_not() {
    let mut w = equals(0);
    assert_eq!(w.watch(60), [(CLIENT_RUNS, 60)]);
}

#[test]
fn one_with_a_slice_waits_for_one_without() {
    let mut w = world([task(0), task(1), task(3).slice(10), task(3)]);
    w.go(CLIENT);
    w.wake(OTHER);
    assert_eq!(w.watch(60), [(CLIENT_RUNS, 10), (OTHER_RUNS, 50)]);
    w.rest(OTHER);
    assert_eq!(w.watch(100), [(CLIENT_RUNS, 40)]);
}

#[test]
fn who_is_preempted_keeps_the_rest_of_its_turn() {
    let mut w = equals(10);
    w.time(4);
    w.wake(SERVER);
    w.time(34);
    w.rest(SERVER);
    assert_eq!(w.watch(60), [(CLIENT_RUNS, 6), (OTHER_RUNS, 10), (CLIENT_RUNS, 10)]);
}

#[test]
fn a_turn_that_ends_with_a_preemption_is_over() {
    let mut w = equals(10);
    w.kernel.machine.clock = 10;
    w.wake(SERVER);
    w.rest(SERVER);
    assert_eq!(w.watch(30), [(OTHER_RUNS, 10), (CLIENT_RUNS, 10)]);
}

#[test]
fn who_blocks_has_a_whole_turn_afterwards() {
    let mut w = equals(10);
    w.time(4);
    w.rest(CLIENT);
    w.wake(CLIENT);
    assert_eq!(
        w.watch(44),
        [(OTHER_RUNS, 10), (CLIENT_RUNS, 10), (OTHER_RUNS, 10), (CLIENT_RUNS, 10)]
    );
}

#[test]
fn who_has_no_equal_goes_on() {
    let mut w = equals(10);
    w.rest(CLIENT);
    assert_eq!(w.watch(95), [(OTHER_RUNS, 95)]);
    w.wake(CLIENT);
    assert_eq!(w.watch(110), [(OTHER_RUNS, 5), (CLIENT_RUNS, 10)]);
}

#[test]
fn slices_and_budgets_go_together() {
    let both = || task(3).slice(10).budget(15, 100);
    let mut w = world([task(0), task(5), both(), both()]);
    w.go(SERVER);
    w.wake(CLIENT);
    w.wake(OTHER);
    w.expect_running(CLIENT);
    let turns = [(CLIENT_RUNS, 10), (OTHER_RUNS, 10), (CLIENT_RUNS, 5), (OTHER_RUNS, 5)];
    let period = [&turns[..], &[(SERVER_RUNS, 70)]].concat();
    assert_eq!(w.watch(200), [&period[..], &period[..]].concat());
}
