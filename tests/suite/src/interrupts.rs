//! `IRQ_CONTROL` and `IRQ_STATUS`, with interrupts that the runner makes pending.

use crate::{Assistant, Case, Resources, tell};
use abi::call::irq::{ENABLE, PENDING, POSTED};
use abi::{Call, Usage};
use test_protocol::runner;
use userlib::{sys, time};
use zerocopy::IntoBytes;

pub const CASES: &[Case] = &[
    ("irq: arrives as a notification and is then held back", arrives),
    ("irq: held back, it stays pending", held_back),
    ("irq: pending ones can be forgotten", forgotten),
    ("irq: its status through its life", status),
    ("irq: only the owner's", not_the_owners),
];

/// This task's index.
const SELF: u32 = 1;

fn trigger(resources: &Resources) {
    let message = [SELF, resources.rtc_irq.bits()];
    tell(resources, runner::INTERRUPT, message.as_bytes(), &mut []);
}

fn arrives(resources: &Resources, _: &Assistant) {
    let bit = resources.rtc_irq.bits();
    sys::irq_clear_and_enable(bit);
    for _ in 0..3 {
        trigger(resources);
        assert_eq!(sys::recv_notification(bit), bit);
        assert_eq!(sys::irq_status(bit) & ENABLE, 0, "held back after it came");
        sys::irq_control(bit, true);
    }
}

fn held_back(resources: &Resources, _: &Assistant) {
    let (bit, timer) = (resources.rtc_irq.bits(), resources.timer.bits());
    sys::irq_control(bit, false);
    trigger(resources);
    sys::set_timer(time::after_ms(2), timer);
    assert_eq!(sys::recv_notification(bit | timer), timer);
    sys::irq_control(bit, true);
    assert_eq!(sys::recv_notification(bit), bit);
}

fn forgotten(resources: &Resources, _: &Assistant) {
    let (bit, timer) = (resources.rtc_irq.bits(), resources.timer.bits());
    sys::irq_control(bit, false);
    trigger(resources);
    sys::irq_clear_and_enable(bit);
    sys::set_timer(time::after_ms(2), timer);
    assert_eq!(sys::recv_notification(bit | timer), timer);
}

fn status(resources: &Resources, _: &Assistant) {
    let bit = resources.rtc_irq.bits();
    sys::irq_control(bit, false);
    assert_eq!(sys::irq_status(bit), 0);
    trigger(resources);
    assert_eq!(sys::irq_status(bit), PENDING);
    sys::irq_control(bit, true);
    assert_eq!(sys::irq_status(bit) & (POSTED | ENABLE), POSTED);
    assert_eq!(sys::recv_notification(bit), bit);
    assert_eq!(sys::irq_status(bit) & POSTED, 0);
}

fn not_the_owners(_: &Resources, assistant: &Assistant) {
    let x = [u64::from(u32::MAX), ENABLE, 0, 0, 0, 0, 0, 0];
    assistant.misuses(Call::IrqControl as u64, x, [0; 4], Usage::NoIrq);
    assistant.revived().misuses(Call::IrqStatus as u64, x, [0; 4], Usage::NoIrq);
}
