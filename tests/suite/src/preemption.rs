//! Who runs when somebody becomes ready.

use crate::calls::call;
use crate::peers::{Peer, suite};
use crate::{Assistant, Case, Resources, task, tell};
use abi::kipc::state;
use abi::{Call, TaskId};
use test_protocol::{peer, runner};
use userlib::sys::{self, Received};
use userlib::{kipc, time};

pub const CASES: &[Case] = &[
    ("preempt: a post wakes someone more important at once", post_up),
    ("preempt: a post to someone less important does not", post_down),
    ("preempt: a timer interrupts whoever runs", timer),
    ("preempt: an interrupt interrupts whoever runs", interrupt),
    ("preempt: who is restarted and more important runs at once", restart),
    ("preempt: the supervisor runs before a fault returns", fault),
    ("equals: without a time slice the first keeps the processor", equals),
    ("equals: who was interrupted goes on before its equals", goes_on),
];

fn posts(resources: &Resources) -> test_protocol::RawCall {
    call(Call::Post, &[suite().0, resources.spare.bits().into()])
}

fn post_up(resources: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    peer.begins(posts(resources));
    sys::recv_notification(resources.spare.bits());
    // It has not come to its next instruction, let alone to asking again.
    assert!(peer.is(state::READY));
    assert_eq!(peer.ends()[0], 0);
}

fn post_down(_: &Resources, _: &Assistant) {
    let index = task::PEER_A;
    while kipc::read_status(index).state != state::IN_RECV {
        sys::set_timer(time::after_ms(1), 1);
        sys::recv_notification(1);
    }
    let id = sys::refresh_task_id(TaskId::new(index, abi::Generation(0)));
    assert_eq!(sys::post(id, peer::GO), Ok(()));
    assert_eq!(kipc::read_status(index).state, state::READY, "it is ready, and we go on");
}

fn timer(resources: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    peer.spins();
    for _ in 0..3 {
        resources.rest();
        assert!(peer.is(state::READY));
    }
    kipc::fault(peer.id.index());
}

fn interrupt(resources: &Resources, _: &Assistant) {
    let mut alarm = resources.alarm.borrow_mut();
    let peer = Peer::wake(task::PEER_A);
    peer.spins();
    let bit = resources.rtc_irq.bits();
    alarm.after_seconds(1);
    sys::irq_clear_and_enable(bit);
    assert_eq!(sys::recv_notification(bit), bit);
    assert!(peer.is(state::READY));
    alarm.quiet();
    kipc::fault(peer.id.index());
}

fn restart(_: &Resources, assistant: &Assistant) {
    kipc::restart(assistant.index(), true);
    assert_eq!(assistant.status().state, state::IN_RECV, "it ran, and waits");
}

fn fault(resources: &Resources, assistant: &Assistant) {
    let index = assistant.index() as u32;
    tell(resources, runner::AUTO_RESTART, &index.to_le_bytes(), &mut []);
    let restarts = assistant.status().restarts;
    kipc::fault(assistant.index());
    let status = assistant.status();
    assert_eq!((status.restarts, status.state), (restarts + 1, state::IN_RECV));
}

fn waits(mask: u32, milliseconds: u64, timer: u32) -> Received {
    sys::set_timer(time::after_ms(milliseconds), timer);
    sys::recv(sys::Whom::NOBODY, &mut [], mask | timer)
}

fn equals(resources: &Resources, _: &Assistant) {
    let (spare, timer) = (resources.spare.bits(), resources.timer.bits());
    let [_, b, c] = Peer::wake_all();
    b.spins();
    resources.rest();
    c.begins(posts(resources));
    assert_eq!(waits(spare, 20, timer), Received::Notification(timer));
    kipc::fault(b.id.index());
    assert_eq!(sys::recv_notification(spare), spare, "and then it was its turn");
}

fn goes_on(resources: &Resources, _: &Assistant) {
    let (spare, timer) = (resources.spare.bits(), resources.timer.bits());
    let [_, b, c] = Peer::wake_all();
    b.spins();
    c.begins(posts(resources));
    // Interrupted again and again, the first is the first each time.
    for _ in 0..5 {
        assert_eq!(waits(spare, 2, timer), Received::Notification(timer));
    }
    kipc::fault(b.id.index());
    assert_eq!(sys::recv_notification(spare), spare);
}
