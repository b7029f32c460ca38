//! Interrupts, `IRQ_CONTROL` and `IRQ_STATUS`.

use super::words::{Received, from};
use super::world::*;
use abi::call::irq::{ENABLE, PENDING, POSTED};
use abi::{Call, TaskId, Usage};

/// A driver of three interrupts, two of which set the same bit; and somebody else's.
fn wired() -> World {
    world([task(0), task(1).irq(33, 1).irq(34, 2).irq(35, 2), task(2).irq(40, 1)])
}

#[track_caller]
fn control(w: &mut World, bits: u64, flags: u64) {
    w.plain(SERVER, Call::IrqControl, &[bits, flags]);
}

#[track_caller]
fn status(w: &mut World, bits: u64) -> u64 {
    w.plain(SERVER, Call::IrqStatus, &[bits]);
    w.expect_running(SERVER);
    w.x(SERVER, 0)
}

#[test]
fn an_interrupt_wakes_its_owner_and_is_held_back_until_it_says_so() {
    let mut w = wired();
    w.go(SERVER);
    control(&mut w, 1, ENABLE);
    assert!(w.kernel.machine.enabled.contains(&33));
    w.recv(SERVER, from(TaskId::KERNEL).or_bits(1));
    w.go(CLIENT);
    w.interrupt(33);
    w.expect_running(SERVER);
    assert_eq!(w.received(SERVER), Received::Bits(1));
    assert!(!w.kernel.machine.enabled.contains(&33));
    assert_eq!(status(&mut w, 1), 0);
    control(&mut w, 1, ENABLE);
    assert_eq!(status(&mut w, 1), ENABLE);
}

#[test]
fn an_interrupt_while_all_sleep_wakes_the_machine() {
    let mut w = wired();
    w.go(SERVER);
    w.recv(SERVER, from(TaskId::KERNEL).or_bits(2));
    w.expect_idle();
    w.interrupt(33);
    w.expect_idle();
    w.interrupt(35);
    w.expect_running(SERVER);
    assert_eq!(w.received(SERVER), Received::Bits(2));
}

#[test]
fn control_and_status_are_for_all_interrupts_of_the_bits() {
    let mut w = wired();
    w.go(SERVER);
    control(&mut w, 2, ENABLE);
    assert_eq!(w.kernel.machine.enabled, [34, 35].into());
    w.kernel.machine.pending.insert(35);
    assert_eq!(status(&mut w, 3), ENABLE | PENDING);
    assert_eq!(status(&mut w, 1), 0);
    w.interrupt(34);
    assert_eq!(status(&mut w, 2), ENABLE | PENDING | POSTED, "35 is still let come");
    control(&mut w, 2, PENDING);
    assert_eq!(status(&mut w, 2), POSTED);
}

#[test]
fn pending_is_forgotten_only_when_that_is_asked() {
    let mut w = wired();
    w.go(SERVER);
    w.kernel.machine.pending.extend([33, 40]);
    control(&mut w, 1, ENABLE);
    assert_eq!(status(&mut w, 1), ENABLE | PENDING);
    control(&mut w, 1, ENABLE | PENDING);
    assert_eq!(status(&mut w, 1), ENABLE);
    control(&mut w, 1, 0);
    assert_eq!(status(&mut w, 1), 0);
    assert_eq!(w.kernel.machine.pending, [40].into(), "somebody else's");
}

#[test]
fn who_has_no_interrupt_with_these_bits_is_faulted() {
    for number in [Call::IrqControl, Call::IrqStatus] {
        for bits in [0, 4, 1 << 32 | 1] {
            let mut w = wired();
            w.go(SERVER);
            w.plain(SERVER, number, &[bits, ENABLE]);
            w.expect_fault(SERVER, Usage::NoIrq);
            assert!(w.kernel.machine.enabled.is_empty());
        }
    }
}

#[test]
fn interrupts_of_nobody_are_held_back_and_counted() {
    let mut w = wired();
    w.go(CLIENT);
    for irq in [41, 63, 64, 1023] {
        w.kernel.machine.enabled.insert(irq);
        w.interrupt(irq);
        assert!(!w.kernel.machine.enabled.contains(&irq));
    }
    w.expect_running(CLIENT);
    assert_eq!(w.kernel.spurious_interrupts, 4);
    w.kernel.spurious_interrupt();
    w.expect_running(CLIENT);
    assert_eq!(w.kernel.spurious_interrupts, 5);
    w.kernel.spurious_interrupts = u32::MAX;
    w.interrupt(41);
    assert_eq!(w.kernel.spurious_interrupts, u32::MAX);
}

#[test]
fn the_timers_interrupt_is_known() {
    assert_eq!(wired().kernel.timer_irq(), TIMER_IRQ);
}
