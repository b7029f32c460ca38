//! Memory that a task names in a call: only its own, with the right that the call needs, and
//! wholly in one region.

use crate::calls::{answered, ask, call, receive_into, send_from};
use crate::deadlines::SOON_MS;
use crate::peers::{Peer, suite};
use crate::{Assistant, Case, Resources, task};
use abi::call::ReplyInfo;
use abi::kipc::{Op, ReadDump, Target, state};
use abi::{Call, TaskId, Usage};
use test_protocol::{RawCall, RawResult, assist};
use userlib::sys::{self, SendError};
use userlib::{kipc, time};

pub const CASES: &[Case] = &[
    ("slice: a message from anything that can be read", readable),
    ("slice: no byte beyond a region", beyond),
    ("slice: nothing of others, nothing of the kernel", foreign),
    ("slice: no device, not even an own one", device),
    ("slice: a reply from nowhere kills the server", reply),
    ("slice: an answer of the kernel to nowhere", kernel_answer),
    ("slice: a dump to nowhere", dump),
    ("slice: an empty one may be anywhere", empty),
];

const NOWHERE: u64 = 0x10;
const LENGTH: usize = 40;

fn readable(resources: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let mut regions = 0;
    for region in resources.regions().readable(task::PEER_A) {
        let last = region.base + region.size - LENGTH as u64;
        for address in [region.base, last] {
            let message = peer.calls(send_from(suite(), 42, address, LENGTH), &mut [0; LENGTH]);
            assert!(sys::reply(message.caller, 0, &[]));
            peer.ends();
        }
        regions += 1;
    }
    assert!(regions >= 3, "text, constants and stack at least");
}

fn kills(address: u64) {
    let peer = Peer::wake(task::PEER_A);
    let killed = peer.dies(send_from(suite(), 42, address, LENGTH));
    assert_eq!(killed.detail, Usage::InvalidSlice as u32, "{address:#x}");
    kipc::restart(task::PEER_A, true);
}

fn beyond(resources: &Resources, _: &Assistant) {
    for region in resources.regions().readable(task::PEER_A) {
        kills(region.base - 1);
        kills(region.base + region.size - LENGTH as u64 + 1);
    }
}

fn foreign(resources: &Resources, _: &Assistant) {
    let regions = resources.regions();
    for task in [task::RUNNER, task::SUITE, task::ASSIST, task::PEER_B] {
        kills(regions.text(task).start);
        kills(regions.stack(task).start);
    }
    for address in [0, NOWHERE, 0xffff_ffc0_0000_0000, u64::MAX, u64::MAX - LENGTH as u64 + 1] {
        kills(address);
    }
}

fn device(resources: &Resources, assistant: &Assistant) {
    let mut driver = resources.assistant(resources.driver);
    let mut devices = 0;
    for region in resources.regions().devices(task::DRIVER) {
        // Its caller is the suite, which lends and waits for up to 64 bytes.
        let reply = call(Call::Reply, &[0, ReplyInfo::new(0, LENGTH).0, region.base]);
        driver.misuses_caller(&reply, &[], Usage::InvalidSlice);
        driver = driver.revived();
        let borrow = call(Call::BorrowRead, &[0, 0, 0, region.base, 4]);
        driver.misuses_caller(&borrow, &[sys::Lease::read(b"byte")], Usage::InvalidSlice);
        driver = driver.revived();
        devices += 1;
    }
    assert_eq!(devices, 2);
    assert_eq!(assistant.number(assist::ADD, 1), 1);
}

fn reply(resources: &Resources, assistant: &Assistant) {
    let mut assistant = assistant.next_life();
    let end = resources.regions().stack(task::ASSIST).end;
    for address in [NOWHERE, end - LENGTH as u64 + 1] {
        for number in [Call::Reply, Call::ReplyRecv] {
            let wrong = call(number, &[0, ReplyInfo::new(0, LENGTH).0, address]);
            assistant.misuses_caller(&wrong, &[], Usage::InvalidSlice);
            assistant = assistant.revived();
        }
    }
}

fn kernel_answer(resources: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let text = resources.regions().text(task::PEER_A).start;
    for room in [NOWHERE, text, resources.regions().stack(task::SUITE).start] {
        let target = Target { task: task::ASSIST as u32 };
        peer.misuses(ask(Op::ReadStatus, &target, room), Usage::InvalidSlice);
        peer = peer.revived();
    }
}

fn dump(resources: &Resources, assistant: &Assistant) {
    kipc::fault(assistant.index());
    let mut peer = Peer::wake(task::PEER_A);
    let source = resources.regions().stack(task::ASSIST).start;
    let text = resources.regions().text(task::PEER_A).start;
    for destination in [NOWHERE, text] {
        let dump = ReadDump { task: task::ASSIST as u32, length: 8, source, destination };
        peer.misuses(ask(Op::ReadDump, &dump, peer.scratch), Usage::InvalidSlice);
        peer = peer.revived();
    }
}

fn empty(resources: &Resources, assistant: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    let call = answered(send_from(suite(), 42, NOWHERE, 0), NOWHERE, 0);
    let message = peer.calls(call, &mut []);
    assert!(sys::reply(message.caller, 0, &[]));
    assert_eq!(peer.ends()[..2], [0, 0]);
    // A buffer of no length takes of any message nothing.
    peer.put(0, &receive_into(TaskId::ANY, 0, NOWHERE, 0));
    let raw = send_from(assistant.id, assist::RAW, peer.scratch, size_of::<RawCall>());
    peer.begins(answered(raw, peer.scratch, size_of::<RawResult>() as u64));
    resources.until(|| peer.waits(state::IN_REPLY, task::ASSIST));
    let deadline = time::after_ms(SOON_MS);
    let sent = sys::send(assistant.id, assist::ECHO, &[1; LENGTH], &mut [], &[], deadline);
    assert_eq!(sent, Err(SendError::TimedOut), "received, and not answered");
    assert_eq!(peer.ends()[0], 0);
}
