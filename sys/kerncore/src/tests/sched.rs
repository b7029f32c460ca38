//! Who runs.

use super::words::{answer, anyone, from, send};
use super::world::*;
use crate::task::State;
use abi::{Call, TaskId};

#[test]
fn at_the_start_the_most_important_of_those_that_start_runs() {
    let mut w = world([task(0), task(3).starts(), task(2).starts(), task(2).starts()]);
    let first = w.kernel.start();
    assert_eq!(first, Some(w.index(CLIENT)));
    w.expect_state(SUPERVISOR, State::Stopped);
    for task in [CLIENT, OTHER, SERVER] {
        w.expect_running(task);
        w.rest(task);
    }
    w.expect_idle();
}

#[test]
fn with_nobody_to_start_nobody_runs() {
    let mut w = world([task(0)]);
    assert_eq!(w.kernel.start(), None);
    w.expect_idle();
}

#[test]
fn registers_begin_as_the_descriptor_says() {
    let mut w = office();
    let index = w.index(OTHER);
    let frame = w.kernel.frame(index);
    assert_eq!(frame.x, [0; 31]);
    assert_eq!((frame.pc, frame.sp), (constants(OTHER) + 0x100, data(OTHER) + 0x1000));
    assert_eq!(frame.ttbr0, (OTHER as u64 + 1) << 48);
}

#[test]
fn equals_take_turns_and_do_not_preempt() {
    let mut w = world([task(0), task(3), task(3), task(3)]);
    w.go(1);
    w.wake(2);
    w.wake(3);
    w.expect_running(1);
    w.rest(1);
    w.wake(1);
    for task in [2, 3, 1] {
        w.expect_running(task);
        w.rest(task);
    }
    w.expect_idle();
}

#[test]
fn who_is_preempted_goes_on_before_its_equals() {
    let mut w = world([task(0), task(1), task(3), task(3)]);
    w.go(CLIENT);
    w.wake(OTHER);
    w.wake(SERVER);
    w.expect_running(SERVER);
    w.expect_state(CLIENT, State::Ready);
    w.rest(SERVER);
    w.expect_running(CLIENT);
    w.rest(CLIENT);
    w.expect_running(OTHER);
}

#[test]
fn an_answer_makes_the_caller_ready_behind_its_equals() {
    let mut w = office();
    let call = w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.wake(OTHER);
    w.expect_running(SERVER);
    w.reply(SERVER, call, answer(0, b""));
    w.expect_running(SERVER);
    w.rest(SERVER);
    w.expect_running(OTHER);
    w.rest(OTHER);
    w.expect_running(CLIENT);
}

#[test]
fn the_least_and_the_most_important_priorities_work() {
    let mut w = world([task(0), task(63).may_send(SUPERVISOR), task(99).may_send(SUPERVISOR)]);
    assert_eq!(w.kernel.tasks[CLIENT].priority, 63, "as far as priorities go");
    w.go(SUPERVISOR);
    w.recv(SUPERVISOR, anyone());
    w.go(SERVER);
    w.wake(CLIENT);
    w.send(SERVER, send(w.id(SUPERVISOR), 1, b""));
    w.expect_running(SUPERVISOR);
    w.rest(SUPERVISOR);
    w.expect_running(CLIENT);
}

#[test]
fn a_death_of_someone_ready_takes_it_out_of_its_queue() {
    let mut w = world([task(0).starts(), task(3), task(3), task(3)]);
    w.go(1);
    w.wake(2);
    w.wake(3);
    let supervisor = w.index(SUPERVISOR);
    let victim = w.index(2);
    w.kernel.fault_injected(victim, supervisor);
    w.kernel.check_invariants();
    w.rest(1);
    w.expect_running(3);
    w.rest(3);
    w.expect_idle();
}

#[test]
fn what_changes_nothing_for_others_does_not_switch() {
    let mut w = office();
    w.go(CLIENT);
    w.wake(OTHER);
    w.plain(CLIENT, Call::GetTimer, &[]);
    w.plain(CLIENT, Call::RefreshTaskId, &[w.id(SERVER).0]);
    w.expect_running(CLIENT);
    w.recv(CLIENT, from(TaskId::KERNEL));
    w.expect_running(OTHER);
}
