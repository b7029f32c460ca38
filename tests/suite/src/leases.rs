//! `BORROW_READ`, `BORROW_WRITE` and `BORROW_INFO`.

use crate::{Assistant, Case, Resources};
use abi::call::SendInfo;
use abi::{Call, MAX_LEASES, NO_DEADLINE, Usage};
use test_protocol::assist;
use userlib::sys::{self, BorrowError, Lease};
use zerocopy::IntoBytes;

pub const CASES: &[Case] = &[
    ("lease: copied whole, in pieces", copied),
    ("lease: as much as the shorter holds", shorter),
    ("lease: an empty one", empty),
    ("lease: only in the direction lent", direction),
    ("lease: none from a task that does not wait", nobody_waits),
    ("lease: no more than sixteen", too_many),
];

fn copied(_: &Resources, assistant: &Assistant) {
    let from: [u8; 1500] = core::array::from_fn(|i| (i * 7) as u8);
    let mut to = [0; 1500];
    let mut count = 0u32;
    let leases = [Lease::read(&from), Lease::write(&mut to)];
    assistant.lend(assist::COPY, &leases, count.as_mut_bytes());
    assert_eq!(count, 1500);
    assert_eq!(from, to);
}

fn shorter(_: &Resources, assistant: &Assistant) {
    let from = [0x77; 1000];
    let mut to = [0; 600];
    let mut count = 0u32;
    let leases = [Lease::read(&from), Lease::write(&mut to)];
    assistant.lend(assist::COPY, &leases, count.as_mut_bytes());
    assert_eq!(count, 600);
    assert!(to.iter().all(|&byte| byte == 0x77));
}

fn empty(_: &Resources, assistant: &Assistant) {
    let mut count = 9u32;
    let leases = [Lease::read(&[]), Lease::write(&mut [])];
    assistant.lend(assist::COPY, &leases, count.as_mut_bytes());
    assert_eq!(count, 0);
}

fn direction(_: &Resources, assistant: &Assistant) {
    let (from, mut to) = ([1; 8], [0; 8]);
    let mut count = 9u32;
    let leases = [Lease::write(&mut to), Lease::read(&from)];
    assistant.lend(assist::COPY, &leases, count.as_mut_bytes());
    assert_eq!((count, to), (0, [0; 8]));
}

fn nobody_waits(_: &Resources, assistant: &Assistant) {
    let never = abi::Handle::first(assistant.index(), assistant.id.generation());
    assert_eq!(sys::borrow_read(never, 0, 0, &mut [0; 4]), Err(BorrowError::Gone));
    assert_eq!(sys::borrow_write(never, 0, 0, &[0; 4]), Err(BorrowError::Gone));
    assert_eq!(sys::borrow_info(never, 0), Err(BorrowError::Gone));
}

fn too_many(resources: &Resources, assistant: &Assistant) {
    let info = SendInfo::new(99, 0, MAX_LEASES + 1).0;
    let x = [resources.runner.task_id().0, info, 0, 0, 0, 0, 0, NO_DEADLINE];
    assistant.misuses(Call::Send as u64, x, [0; 4], Usage::TooManyLeases);
}
