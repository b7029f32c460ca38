//! `SET_TIMER`, `GET_TIMER` and the counter.

use crate::calls::{call, receive};
use crate::deadlines::SOON_MS;
use crate::peers::Peer;
use crate::{Assistant, Case, Resources, task};
use abi::{Call, Handle, NO_DEADLINE, TaskId};
use test_protocol::{assist, peer};
use userlib::sys::{self, SendError};
use userlib::time;

pub const CASES: &[Case] = &[
    ("timer: the counter advances", advances),
    ("timer: wakes at its deadline, not before", wakes),
    ("timer: a deadline in the past comes at once", past),
    ("timer: the last one set counts", overwritten),
    ("timer: cancelled, it does not come", cancelled),
    ("timer: reads back what was set", reads_back),
    ("timer: without bits it passes in silence", silent),
    ("timer: passes while its owner is busy, and is not lost", busy),
    ("timer: passes while its owner waits for an answer", in_call),
    ("timer: each task has its own", each),
    ("timer: forgotten after a restart", restarted),
    ("timer: what it brings has no sender and no message", plain),
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

fn silent(resources: &Resources, _: &Assistant) {
    let deadline = time::after_ms(2);
    sys::set_timer(deadline, 0);
    while time::now() < deadline {}
    while sys::get_timer().1 != NO_DEADLINE {}
    let spare = resources.spare.bits();
    sys::set_timer(0, spare);
    assert_eq!(sys::recv_notification(u32::MAX), spare);
}

fn busy(resources: &Resources, assistant: &Assistant) {
    let bit = resources.timer.bits();
    let deadline = time::after_ms(1);
    sys::set_timer(deadline, bit);
    while sys::get_timer().1 != NO_DEADLINE {
        assert_eq!(assistant.number(assist::ADD, 0), 0);
    }
    assert!(time::now() >= deadline);
    assert_eq!(sys::recv_notification(bit), bit);
}

fn in_call(resources: &Resources, assistant: &Assistant) {
    let bit = resources.timer.bits();
    sys::set_timer(time::after_ms(1), bit);
    let deadline = time::after_ms(5);
    let reply = sys::send(assistant.id, assist::WAIT, &[], &mut [], &[], deadline);
    assert_eq!(reply, Err(SendError::TimedOut), "only the deadline ends a call");
    assert_eq!(sys::recv_notification(bit), bit);
}

fn each(resources: &Resources, _: &Assistant) {
    let [mut a, mut b, _] = Peer::wake_all();
    let deadline = time::after_ms(20);
    for peer in [&mut a, &mut b] {
        peer.does(call(Call::SetTimer, &[deadline, peer::GO.into()]));
        peer.begins(receive(TaskId::KERNEL, peer::GO));
    }
    let bit = resources.timer.bits();
    sys::set_timer(deadline, bit);
    assert_eq!(sys::recv_notification(bit), bit);
    for peer in [&mut a, &mut b] {
        assert_eq!(peer.ends()[2], peer::GO.into());
        assert_eq!(peer.does(call(Call::GetTimer, &[]))[1], NO_DEADLINE);
    }
}

fn restarted(resources: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let deadline = time::after_ms(SOON_MS);
    peer.does(call(Call::SetTimer, &[deadline, 1 << 7]));
    assert_eq!(peer.does(call(Call::GetTimer, &[]))[1..3], [deadline, 1 << 7]);
    let mut peer = peer.revived();
    assert_eq!(peer.does(call(Call::GetTimer, &[]))[1..3], [NO_DEADLINE, 0]);
    time::sleep_until(deadline + time::from_ms(2), resources.timer.bits());
    // Nothing is there: only what is asked for now comes.
    peer.does(call(Call::SetTimer, &[0, 1 << 8]));
    assert_eq!(peer.does(receive(TaskId::KERNEL, u32::MAX))[2], 1 << 8);
}

fn plain(_: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    peer.does(call(Call::SetTimer, &[0, 1 << 31]));
    let [sender, info, bits, ..] = peer.does(receive(TaskId::ANY, u32::MAX));
    assert_eq!((Handle(sender), info, bits), (Handle::KERNEL, 0, 1 << 31));
}
