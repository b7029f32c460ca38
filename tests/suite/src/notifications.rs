//! `POST` and notification masks.

use crate::{Assistant, Case, Resources};
use abi::{Call, Generation, TaskId, Usage};
use test_protocol::assist;
use userlib::sys;

pub const CASES: &[Case] = &[
    ("post: bits arrive, together and once", arrive),
    ("post: not without the right", no_right),
    ("post: to nobody", nobody),
    ("post: to an earlier life", stale),
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
