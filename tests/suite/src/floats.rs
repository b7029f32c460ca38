//! Vector registers of tasks that have them, among others that have them and others that have not.

use crate::calls::{call, receive};
use crate::peers::Peer;
use crate::{Assistant, Case, Resources, task};
use abi::kipc::state;
use abi::{Call, FaultKind, TaskId};
use test_protocol::{RawCall, assist, peer};
use userlib::{kipc, sys};

pub const CASES: &[Case] = &[
    ("float: all registers survive another task that fills them", other_fills),
    ("float: and a task that has none", none_between),
    ("float: and any number of turns with another one", turns),
    ("float: and the death of another one", other_dies),
    ("float: a restarted task finds nothing of its earlier life", fresh),
    ("float: an instruction without the right touches nobody's", no_right),
];

/// Every register as it was.
const ALL: u64 = u32::MAX as u64;

fn floats() -> [Peer; 2] {
    [task::FLOAT_A, task::FLOAT_B].map(Peer::wake)
}

/// It waits for "go" with all registers in use.
fn waits(resources: &Resources, peer: &Peer) {
    peer.begins_deed(peer::VECTORS, receive(TaskId::KERNEL, peer::GO));
    resources.until(|| peer.is(state::IN_RECV));
}

fn went_well(peer: &mut Peer) {
    assert_eq!(sys::post(peer.id, peer::GO), Ok(()));
    assert_eq!(peer.ends()[6], ALL, "one bit for each register that was kept");
}

fn other_fills(resources: &Resources, _: &Assistant) {
    let [mut a, mut b] = floats();
    waits(resources, &a);
    waits(resources, &b);
    went_well(&mut a);
    went_well(&mut b);
}

fn none_between(resources: &Resources, assistant: &Assistant) {
    let [mut a, _] = floats();
    let mut plain = Peer::wake(task::PEER_A);
    waits(resources, &a);
    assert_eq!(assistant.number(assist::ADD, 1), 1);
    plain.does(call(Call::GetTimer, &[]));
    went_well(&mut a);
}

fn turns(resources: &Resources, _: &Assistant) {
    let [mut a, mut b] = floats();
    a.begins_deed(peer::HOLD_VECTORS, RawCall::default());
    b.begins_deed(peer::HOLD_VECTORS, RawCall::default());
    // The suite wakes in between, so that they are interrupted in all kinds of places.
    resources.until(|| a.is_queued() && b.is_queued());
    assert_eq!((a.ends()[6], b.ends()[6]), (ALL, ALL));
}

fn other_dies(resources: &Resources, _: &Assistant) {
    let [mut a, b] = floats();
    waits(resources, &a);
    b.begins_deed(peer::VECTORS, call(Call::Panic, &[0, 0]));
    resources.until(|| b.is(state::FAULTED));
    assert_eq!(b.status().fault.kind, FaultKind::Panic as u32);
    went_well(&mut a);
    let b = b.revived();
    waits(resources, &a);
    kipc::fault(b.id.index());
    went_well(&mut a);
}

fn fresh(resources: &Resources, _: &Assistant) {
    let [a, b] = floats();
    waits(resources, &b);
    waits(resources, &a);
    let seeds = [a.scratch, b.scratch];
    let mut a = a.revived();
    a.begins_deed(peer::READ_VECTORS, RawCall::default());
    a.ends();
    let vectors: [u128; 32] = a.get(0);
    let filling = |seed: u64, n: u64| u128::from(seed * (n + 2)) * (1 << 64 | 1);
    for (register, vector) in vectors.iter().enumerate() {
        let old = seeds.iter().any(|&seed| (0..32).any(|n| filling(seed, n) == *vector));
        assert!(!old, "v{register} is {vector:#x}");
    }
    // The compiler has used some of them since.
    let zeros = vectors.iter().filter(|&&vector| vector == 0).count();
    assert!(zeros >= 16, "{vectors:x?}");
}

fn no_right(resources: &Resources, assistant: &Assistant) {
    let [mut a, _] = floats();
    waits(resources, &a);
    assistant.dies(assist::FLOAT, &[], FaultKind::FloatingPoint);
    went_well(&mut a);
    // Nor does one that runs right after a task that has them.
    waits(resources, &a);
    let low = assistant.revived();
    low.dies(assist::FLOAT, &[], FaultKind::FloatingPoint);
    went_well(&mut a);
}
