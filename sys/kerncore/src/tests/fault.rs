//! Death, who learns of it, and the life after it.

use super::words::{Received, Sent, anyone, from, send};
use super::world::*;
use crate::machine::{End, Frame};
use crate::task::State;
use abi::kipc::{Op, Restart, Target, state};
use abi::{Call, FAULT_NOTIFICATION, FaultKind, Generation, Handle, TaskId};

/// As [`office`], with a supervisor that waits to hear of faults.
fn watched() -> World {
    let mut w = office();
    watch(&mut w);
    w
}

#[track_caller]
fn watch(w: &mut World) {
    if w.running() != Some(SUPERVISOR) {
        w.go(SUPERVISOR);
    }
    w.recv(SUPERVISOR, from(TaskId::KERNEL).or_bits(FAULT_NOTIFICATION));
}

#[track_caller]
fn restart(w: &mut World, task: usize, start: u32) {
    w.ask(SUPERVISOR, Op::Restart, &Restart { task: task as u32, start });
    assert_eq!(w.sent(SUPERVISOR), super::words::ok(b""));
}

#[test]
fn a_fault_is_recorded_and_the_supervisor_runs_at_once() {
    let mut w = watched();
    w.go(CLIENT);
    w.exception(CLIENT, FaultKind::MemoryAccess, 0xdead_0000, 0x1234);
    w.expect_running(SUPERVISOR);
    assert_eq!(w.received(SUPERVISOR), Received::Bits(FAULT_NOTIFICATION));
    w.expect_state(CLIENT, State::Faulted);
    let fault = w.fault(CLIENT);
    assert_eq!(fault.kind, FaultKind::MemoryAccess as u32);
    assert_eq!((fault.address, fault.pc), (0xdead_0000, 0x1234));
    assert_eq!(fault.original_state, state::READY);
}

#[test]
fn the_generation_rises_at_the_fault_and_not_at_the_restart() {
    let mut w = watched();
    let first = w.generation(CLIENT);
    w.go(CLIENT);
    w.dies(CLIENT);
    assert_eq!(w.generation(CLIENT), first.next());
    restart(&mut w, CLIENT, 1);
    assert_eq!(w.generation(CLIENT), first.next());
    assert_eq!(w.kernel.tasks[CLIENT].restarts, 1);
}

#[test]
fn after_the_last_generation_comes_the_first() {
    let mut w = watched();
    w.kernel.tasks[SERVER].handle = Handle::first(SERVER, Generation(u32::MAX));
    let last = w.id(SERVER);
    w.go(SERVER);
    w.recv(SERVER, anyone());
    w.go(CLIENT);
    w.send(CLIENT, send(last, 1, b""));
    w.expect_running(SERVER);
    w.dies(SERVER);
    assert_eq!(w.generation(SERVER), Generation(0));
    assert_eq!(w.sent(CLIENT), Sent::Dead(Generation(0)));
    restart(&mut w, SERVER, 1);
    watch(&mut w);
    w.expect_running(SERVER);
    w.recv(SERVER, anyone());
    w.send(CLIENT, send(last, 1, b""));
    assert_eq!(w.sent(CLIENT), Sent::Dead(Generation(0)), "the last life is over");
    w.send(CLIENT, send(w.id(SERVER), 2, b""));
    w.expect_running(SERVER);
    assert_eq!(w.message(SERVER).operation, 2);
}

#[test]
fn an_access_just_below_the_stack_is_an_overflow() {
    let bottom = data(CLIENT);
    for (address, kind) in [
        (bottom - 1, FaultKind::StackOverflow),
        (bottom - 4096, FaultKind::StackOverflow),
        (bottom - 4097, FaultKind::MemoryAccess),
        (bottom, FaultKind::MemoryAccess),
        (0, FaultKind::MemoryAccess),
        (u64::MAX, FaultKind::MemoryAccess),
    ] {
        let mut w = office();
        w.go(CLIENT);
        w.exception(CLIENT, FaultKind::MemoryAccess, address, 0);
        assert_eq!(w.fault(CLIENT).kind, kind as u32, "{address:x}");
    }
    let mut w = office();
    w.go(CLIENT);
    w.exception(CLIENT, FaultKind::Alignment, bottom - 1, 0);
    assert_eq!(w.fault(CLIENT).kind, FaultKind::Alignment as u32);
}

#[test]
fn whoever_waits_in_any_way_is_told_with_the_new_generation() {
    let mut w = office();
    // Received and not answered; a closed receive; queued behind.
    w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.go(OTHER);
    w.recv(OTHER, from(w.id(SERVER)));
    w.go(THIRD);
    w.send(THIRD, send(w.id(SERVER), 1, b""));
    w.go(SERVER);
    w.dies(SERVER);
    assert_eq!(w.sent(CLIENT), Sent::Dead(Generation(1)));
    assert_eq!(w.received(OTHER), Received::Dead(Generation(1)));
    assert_eq!(w.sent(THIRD), Sent::Dead(Generation(1)));
    for task in [CLIENT, OTHER, THIRD] {
        w.expect_running(task);
        w.rest(task);
    }
}

#[test]
fn who_dies_in_a_queue_leaves_it() {
    let mut w = office();
    for client in [CLIENT, OTHER, THIRD] {
        w.go(client);
        w.send(client, send(w.id(SERVER), client as u16, b""));
    }
    let (other, by) = (w.index(OTHER), w.index(SUPERVISOR));
    w.kernel.fault_injected(other, by);
    w.kernel.check_invariants();
    assert_eq!(w.fault(OTHER).original_state, state::IN_SEND);
    w.go(SERVER);
    for client in [CLIENT, THIRD] {
        w.recv(SERVER, anyone());
        assert_eq!(usize::from(w.message(SERVER).operation), client);
    }
}

#[test]
fn a_second_fault_is_ignored() {
    let mut w = watched();
    w.go(CLIENT);
    w.dies(CLIENT);
    let (fault, generation) = (w.fault(CLIENT), w.generation(CLIENT));
    w.ask(SUPERVISOR, Op::Fault, &Target { task: CLIENT as u32 });
    assert_eq!((w.fault(CLIENT), w.generation(CLIENT)), (fault, generation));
    assert_eq!(w.kernel.tasks[SUPERVISOR].notifications, 0);
}

#[test]
fn each_fault_is_told() {
    let mut w = watched();
    for task in [CLIENT, OTHER] {
        w.go(task);
        w.dies(task);
        w.expect_running(SUPERVISOR);
        assert_eq!(w.received(SUPERVISOR), Received::Bits(FAULT_NOTIFICATION));
        watch(&mut w);
    }
}

#[test]
fn a_fault_while_the_supervisor_runs_waits_for_its_receive() {
    let mut w = office();
    w.go(CLIENT);
    w.wake(SUPERVISOR);
    w.ask(SUPERVISOR, Op::Fault, &Target { task: CLIENT as u32 });
    w.expect_running(SUPERVISOR);
    watch(&mut w);
    w.expect_running(SUPERVISOR);
    assert_eq!(w.received(SUPERVISOR), Received::Bits(FAULT_NOTIFICATION));
}

#[test]
fn a_panic_keeps_where_its_message_is() {
    let mut w = office();
    w.go(CLIENT);
    w.plain(CLIENT, Call::Panic, &[0x1234, 1 << 40]);
    w.expect_state(CLIENT, State::Faulted);
    let fault = w.fault(CLIENT);
    assert_eq!(fault.kind, FaultKind::Panic as u32);
    assert_eq!((fault.address, fault.detail), (0x1234, u32::MAX));
}

#[test]
fn a_restart_begins_anew() {
    let spec = task(3).irq(33, 1).may_send(SERVER);
    let mut w = world([task(0), task(1), spec]);
    w.go(CLIENT);
    w.plain(CLIENT, Call::SetTimer, &[100, 4]);
    w.plain(CLIENT, Call::IrqControl, &[1, abi::call::irq::ENABLE]);
    let client = w.index(CLIENT);
    w.kernel.notify(client, 8);
    w.dies(CLIENT);
    w.go(SUPERVISOR);
    restart(&mut w, CLIENT, 1);
    assert_eq!(w.kernel.machine.alarm, abi::NO_DEADLINE);
    assert!(w.kernel.machine.enabled.is_empty());
    w.rest(SUPERVISOR);
    w.expect_running(CLIENT);
    let frame = *w.kernel.frame(client);
    assert_eq!(frame.x, [0; 31]);
    assert_eq!((frame.pc(), frame.sp), (constants(CLIENT) + 0x100, data(CLIENT) + 0x1000));
    assert_eq!(frame.ttbr0, (CLIENT as u64 + 1) << 48);
    w.plain(CLIENT, Call::GetTimer, &[]);
    assert_eq!(w.words(CLIENT)[..3], [0, abi::NO_DEADLINE, 0]);
    w.recv(CLIENT, from(TaskId::KERNEL).or_bits(u32::MAX));
    w.expect_idle();
}

#[test]
fn what_was_posted_to_the_dead_is_lost() {
    let mut w = world([task(0), task(1), task(2).may_post(SERVER, 1)]);
    w.go(SERVER);
    w.dies(SERVER);
    w.go(CLIENT);
    w.post(CLIENT, w.id(SERVER), 1);
    w.expect_running(CLIENT);
    w.go(SUPERVISOR);
    restart(&mut w, SERVER, 1);
    w.rest(SUPERVISOR);
    w.recv(SERVER, anyone().or_bits(1));
    w.expect_state(SERVER, State::InRecv);
}

#[test]
fn who_sends_to_the_next_life_waits_for_it() {
    let mut w = office();
    w.go(SERVER);
    w.dies(SERVER);
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b"early"));
    w.go(OTHER);
    w.recv(OTHER, from(w.id(SERVER)));
    w.go(SUPERVISOR);
    restart(&mut w, SERVER, 1);
    w.rest(SUPERVISOR);
    w.expect_running(SERVER);
    w.expect_state(CLIENT, State::InSend);
    w.expect_state(OTHER, State::InRecv);
    w.recv(SERVER, anyone());
    assert_eq!(w.message(SERVER).bytes, b"early");
}

#[test]
fn restarting_the_living_ends_their_life_first() {
    let mut w = office();
    w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.go(SUPERVISOR);
    restart(&mut w, SERVER, 1);
    assert_eq!(w.generation(SERVER), Generation(1));
    assert_eq!(w.sent(CLIENT), Sent::Dead(Generation(1)));
    w.expect_state(SERVER, State::Ready);
    assert_eq!(w.kernel.tasks[SUPERVISOR].notifications, 0, "it knows");
}

#[test]
fn a_restart_may_leave_a_task_stopped() {
    let mut w = office();
    w.go(SERVER);
    w.go(SUPERVISOR);
    restart(&mut w, SERVER, 0);
    w.expect_state(SERVER, State::Stopped);
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    w.go(SUPERVISOR);
    restart(&mut w, SERVER, 1);
    w.expect_state(SERVER, State::Ready);
    w.expect_state(CLIENT, State::InSend);
    assert_eq!((w.generation(SERVER), w.kernel.tasks[SERVER].restarts), (Generation(1), 1));
}

#[test]
fn the_first_start_is_not_a_restart() {
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b"early"));
    w.go(SUPERVISOR);
    restart(&mut w, SERVER, 1);
    w.expect_state(SERVER, State::Ready);
    w.expect_state(CLIENT, State::InSend);
    assert_eq!((w.generation(SERVER), w.kernel.tasks[SERVER].restarts), (Generation(0), 0));
}

#[test]
fn who_is_stopped_for_good_is_gone_for_all() {
    let mut w = office();
    w.go(SERVER);
    w.dies(SERVER);
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    w.go(OTHER);
    w.recv(OTHER, from(w.id(SERVER)));
    w.go(SUPERVISOR);
    w.ask(SUPERVISOR, Op::Stop, &Target { task: SERVER as u32 });
    assert_eq!(w.sent(CLIENT), Sent::Gone);
    assert_eq!(w.received(OTHER), Received::Dead(Generation(1)));
    w.go(THIRD);
    for deadline in [abi::NO_DEADLINE, 100] {
        w.send(THIRD, send(w.id(SERVER), 1, b"").until(deadline));
        assert_eq!(w.sent(THIRD), Sent::Gone);
    }
    w.send(THIRD, send(TaskId::new(SERVER, Generation(0)), 1, b""));
    assert_eq!(w.sent(THIRD), Sent::Dead(Generation(1)));
    w.recv(THIRD, from(w.id(SERVER)));
    assert_eq!(w.received(THIRD), Received::Dead(Generation(1)));
}

#[test]
fn stopping_the_living_kills_them_and_tells_their_callers() {
    let mut w = office();
    w.in_reply(CLIENT, SERVER, send(w.id(SERVER), 1, b""));
    w.go(SUPERVISOR);
    w.ask(SUPERVISOR, Op::Stop, &Target { task: SERVER as u32 });
    w.expect_state(SERVER, State::Faulted);
    assert_eq!(w.fault(SERVER).kind, FaultKind::Injected as u32);
    assert_eq!(w.sent(CLIENT), Sent::Dead(Generation(1)));
}

#[test]
fn a_restart_brings_back_who_was_gone() {
    let mut w = office();
    w.go(SUPERVISOR);
    w.ask(SUPERVISOR, Op::Stop, &Target { task: SERVER as u32 });
    restart(&mut w, SERVER, 1);
    w.rest(SUPERVISOR);
    w.recv(SERVER, anyone());
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    w.expect_running(SERVER);
}

#[test]
fn the_supervisors_own_fault_is_the_end() {
    let mut w = office();
    w.go(SUPERVISOR);
    w.exception(SUPERVISOR, FaultKind::IllegalText, 8, 8);
    let Some(End::SupervisorFault { record }) = w.kernel.machine.ended else {
        panic!("{:?}", w.kernel.machine.ended)
    };
    assert_eq!((record.kind, record.pc), (FaultKind::IllegalText as u32, 8));
}
