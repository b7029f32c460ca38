//! `POST` and notification masks.

use crate::deadlines::keep_busy;
use crate::peers::Peer;
use crate::{Assistant, Case, Resources, task};
use abi::{Call, Generation, TaskId, Usage};
use test_protocol::assist;
use userlib::{sys, time};

pub const CASES: &[Case] = &[
    ("post: bits arrive, together and once", arrive),
    ("post: not without the right", no_right),
    ("post: to nobody", nobody),
    ("post: to an earlier life", stale),
    ("post: only the bits that are asked for are taken", partial),
    ("post: a bit that is not asked for wakes nobody", asleep),
];

const FIRST: u32 = 1 << 0;
const SECOND: u32 = 1 << 1;

fn arrive(_: &Resources, assistant: &Assistant) {
    assert_eq!(sys::post(assistant.id, FIRST), Ok(()));
    assert_eq!(sys::post(assistant.id, SECOND | FIRST), Ok(()));
    assert_eq!(assistant.number(assist::BITS, 0) as u32, FIRST | SECOND);
    assert_eq!(assistant.number(assist::BITS, 0) as u32, 0);
}

fn no_right(resources: &Resources, assistant: &Assistant) {
    let x = [resources.runner.task_id().0, 1, 0, 0, 0, 0, 0, 0];
    assistant.misuses(Call::Post as u64, x, [0; 4], Usage::NotPermitted);
}

fn nobody(_: &Resources, assistant: &Assistant) {
    let x = [200, 1, 0, 0, 0, 0, 0, 0];
    assistant.misuses(Call::Post as u64, x, [0; 4], Usage::TaskOutOfRange);
}

fn stale(_: &Resources, assistant: &Assistant) {
    let earlier =
        TaskId::new(assistant.index(), Generation(assistant.id.generation().0.wrapping_sub(1)));
    assert_eq!(sys::post(earlier, FIRST), Err(assistant.id.generation()));
    assert_eq!(assistant.number(assist::BITS, 0) as u32, 0);
}

fn partial(resources: &Resources, _: &Assistant) {
    let (timer, spare) = (resources.timer.bits(), resources.spare.bits());
    sys::set_timer(0, timer | spare);
    assert_eq!(sys::recv_notification(spare), spare);
    assert_eq!(sys::recv_notification(timer | spare), timer);
    sys::set_timer(time::after_ms(1), spare);
    assert_eq!(sys::recv_notification(timer | spare), spare, "both are gone");
}

fn asleep(resources: &Resources, assistant: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    // It waits for the first bit only.
    keep_busy(resources, assistant, &peer);
    assert_eq!(sys::post(assistant.id, SECOND), Ok(()));
    assert_eq!(assistant.status().state, abi::kipc::state::IN_RECV);
    assert_eq!(sys::post(assistant.id, FIRST), Ok(()));
    peer.ends();
    assert_eq!(assistant.number(assist::BITS, 0) as u32, SECOND, "it was kept");
}
