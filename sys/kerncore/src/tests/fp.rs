//! Floating-point registers: whose they are, and when they move.

use super::world::*;
use abi::kipc::{Op, Restart};

/// Supervisor, one without, and three with floating point.
fn painters() -> World {
    world([task(0), task(1), task(3).fp(0x200), task(3).fp(0x300), task(4).fp(0x400)])
}

/// The running task puts something into its registers.
fn put(w: &mut World, value: u64) {
    assert!(w.kernel.machine.fp_open);
    w.kernel.machine.fp = value;
}

#[track_caller]
fn finds(w: &World, value: u64) {
    assert!(w.kernel.machine.fp_open);
    assert_eq!(w.kernel.machine.fp, value);
}

#[test]
fn each_finds_what_it_left() {
    let mut w = painters();
    for (task, value) in [(CLIENT, 22), (OTHER, 33), (THIRD, 44)] {
        w.go(task);
        finds(&w, 0);
        put(&mut w, value);
    }
    for (task, value) in [(CLIENT, 22), (OTHER, 33), (THIRD, 44), (CLIENT, 22)] {
        w.rest(w.running().expect("the one before"));
        w.go(task);
        finds(&w, value);
    }
}

#[test]
fn nothing_moves_for_one_alone() {
    let mut w = painters();
    w.go(CLIENT);
    put(&mut w, 22);
    let moves = w.kernel.machine.fp_moves;
    for _ in 0..3 {
        // Preempted, and blocked.
        w.wake(SERVER);
        assert!(!w.kernel.machine.fp_open);
        w.rest(SERVER);
        finds(&w, 22);
        w.rest(CLIENT);
        assert!(!w.kernel.machine.fp_open, "nobody runs");
        w.go(CLIENT);
    }
    assert_eq!(w.kernel.machine.fp_moves, moves);
    w.wake(OTHER);
    w.rest(CLIENT);
    w.expect_running(OTHER);
    assert_eq!(w.kernel.machine.fp_moves, moves.map(|times| times + 1));
}

#[test]
fn who_has_none_may_not_use_those_of_others() {
    let mut w = painters();
    w.go(CLIENT);
    put(&mut w, 22);
    w.go(SERVER);
    assert!(!w.kernel.machine.fp_open);
    assert!(w.kernel.machine.fp_kept.is_empty(), "they stay where they are");
}

#[test]
fn the_dead_leave_them_in_memory() {
    let mut w = painters();
    w.go(CLIENT);
    put(&mut w, 22);
    w.dies(CLIENT);
    assert_eq!(w.kernel.machine.fp_kept[&0x200], 22);
    assert!(!w.kernel.machine.fp_open);
    // Somebody else's do not get there.
    w.go(OTHER);
    put(&mut w, 33);
    w.go(THIRD);
    assert_eq!(w.kernel.machine.fp_kept[&0x200], 22);
}

#[test]
fn a_new_life_finds_zeros() {
    for dies in [true, false] {
        let mut w = painters();
        w.go(CLIENT);
        put(&mut w, 22);
        if dies {
            w.dies(CLIENT);
        } else {
            w.rest(CLIENT);
        }
        w.go(SUPERVISOR);
        w.ask(SUPERVISOR, Op::Restart, &Restart { task: CLIENT as u32, start: 1 });
        w.rest(SUPERVISOR);
        w.expect_running(CLIENT);
        finds(&w, 0);
    }
}

#[test]
fn another_ones_registers_survive_a_restart() {
    let mut w = painters();
    w.go(OTHER);
    put(&mut w, 33);
    w.wake(CLIENT);
    w.rest(OTHER);
    w.wake(OTHER);
    w.wake(SUPERVISOR);
    w.ask(SUPERVISOR, Op::Restart, &Restart { task: CLIENT as u32, start: 0 });
    w.rest(SUPERVISOR);
    w.expect_running(OTHER);
    finds(&w, 33);
}
