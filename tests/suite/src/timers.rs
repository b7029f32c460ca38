//! `SET_TIMER`, `GET_TIMER` and the counter.

use crate::{Assistant, Case, Resources};
use abi::NO_DEADLINE;
use userlib::{sys, time};

pub const CASES: &[Case] = &[
    ("timer: the counter advances", advances),
    ("timer: wakes at its deadline, not before", wakes),
    ("timer: a deadline in the past comes at once", past),
    ("timer: the last one set counts", overwritten),
    ("timer: cancelled, it does not come", cancelled),
    ("timer: reads back what was set", reads_back),
];

fn advances(_: &Resources, _: &Assistant) {
    let before = time::now();
    while time::now() == before {}
    assert!(time::now() > before);
    let (now, _, _) = sys::get_timer();
    assert!(now > before && now <= time::now());
}

fn wakes(resources: &Resources, _: &Assistant) {
    let bit = resources.timer.bits();
    for milliseconds in [1, 5, 2] {
        let deadline = time::after_ms(milliseconds);
        sys::set_timer(deadline, bit);
        assert_eq!(sys::recv_notification(bit), bit);
        assert!(time::now() >= deadline);
    }
}

fn past(resources: &Resources, _: &Assistant) {
    let bit = resources.timer.bits();
    for deadline in [0, time::now()] {
        sys::set_timer(deadline, bit);
        assert_eq!(sys::recv_notification(bit), bit);
    }
}

fn overwritten(resources: &Resources, _: &Assistant) {
    let (timer, spare) = (resources.timer.bits(), resources.spare.bits());
    sys::set_timer(time::after_ms(1), timer);
    let deadline = time::after_ms(10);
    sys::set_timer(deadline, spare);
    assert_eq!(sys::recv_notification(timer | spare), spare);
    assert!(time::now() >= deadline);
}

fn cancelled(resources: &Resources, _: &Assistant) {
    let (timer, spare) = (resources.timer.bits(), resources.spare.bits());
    sys::set_timer(time::after_ms(1), timer);
    sys::set_timer(NO_DEADLINE, timer);
    sys::set_timer(time::after_ms(5), spare);
    assert_eq!(sys::recv_notification(timer | spare), spare);
}

fn reads_back(resources: &Resources, _: &Assistant) {
    let deadline = time::after_ms(1000);
    sys::set_timer(deadline, resources.spare.bits());
    let (_, set, bits) = sys::get_timer();
    assert_eq!((set, bits), (deadline, resources.spare.bits()));
    sys::set_timer(NO_DEADLINE, 0);
    assert_eq!(sys::get_timer().1, NO_DEADLINE);
}
