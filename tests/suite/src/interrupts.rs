//! `IRQ_CONTROL` and `IRQ_STATUS`, with interrupts that the runner makes pending.

use crate::calls::call;
use crate::{Assistant, Case, Resources, tell};
use abi::call::irq::{ENABLE, PENDING, POSTED};
use abi::{Call, Usage};
use mmio::{Bus, Registers};
use test_protocol::{assist, runner};
use userlib::{sys, time};
use zerocopy::IntoBytes;

pub const CASES: &[Case] = &[
    ("irq: arrives as a notification and is then held back", arrives),
    ("irq: held back, it stays pending", held_back),
    ("irq: pending ones can be forgotten", forgotten),
    ("irq: its status through its life", status),
    ("irq: only the owner's", not_the_owners),
    ("irq: a device's, again and again until the device is quiet", level),
    ("irq: held back after a restart of its owner", restarted),
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

/// The real-time clock, a PL031 (Arm DDI 0224), as something that interrupts.
pub struct Alarm(Registers);

const DATA: usize = 0x00;
const MATCH: usize = 0x04;
const MASK: usize = 0x10;
const CLEAR: usize = 0x1c;

impl Alarm {
    pub const fn new(registers: Registers) -> Self {
        Self(registers)
    }

    /// Interrupts when so many seconds have passed; with zero, now.
    pub fn after_seconds(&mut self, seconds: u32) {
        self.0.write32(MASK, 1);
        self.0.write32(MATCH, self.0.read32(DATA).wrapping_add(seconds));
    }

    /// Interrupts no longer.
    pub fn quiet(&mut self) {
        self.0.write32(MASK, 0);
        self.0.write32(CLEAR, 1);
    }
}

fn level(resources: &Resources, _: &Assistant) {
    let (bit, timer) = (resources.rtc_irq.bits(), resources.timer.bits());
    let mut alarm = resources.alarm.borrow_mut();
    alarm.after_seconds(0);
    sys::irq_clear_and_enable(bit);
    for _ in 0..3 {
        assert_eq!(sys::recv_notification(bit | timer), bit);
        sys::irq_control(bit, true);
    }
    alarm.quiet();
    assert_eq!(sys::recv_notification(bit), bit, "what had come before it was quiet");
    sys::irq_control(bit, true);
    sys::set_timer(time::after_ms(3), timer);
    assert_eq!(sys::recv_notification(bit | timer), timer);
}

fn restarted(resources: &Resources, _: &Assistant) {
    let driver = resources.assistant(resources.driver);
    let owner = [resources.driver.index() as u32, 1];
    let flags = |driver: &Assistant| driver.raw(&call(Call::IrqStatus, &[1]))[0];
    driver.raw(&call(Call::IrqControl, &[1, ENABLE]));
    assert_eq!(flags(&driver), ENABLE);
    let driver = driver.revived();
    assert_eq!(flags(&driver), 0);
    tell(resources, runner::INTERRUPT, owner.as_bytes(), &mut []);
    assert_eq!(flags(&driver), PENDING);
    assert_eq!(driver.number(assist::BITS, 0), 0);
    driver.raw(&call(Call::IrqControl, &[1, ENABLE]));
    assert_eq!(driver.number(assist::BITS, 0) as u32, 1, "and then it comes");
}
