//! Arguments that no call has a use for: each kills the task that passes them, and nobody else.
//!
//! What concerns rights is in `rights`, leases in `lending`, memory in `slices`.

use crate::calls::{ask, call, send};
use crate::peers::Peer;
use crate::{Assistant, Case, Resources, task};
use abi::call::ReplyInfo;
use abi::kipc::{DumpRegion, Op, ReadDump, Restart, Target};
use abi::{Call, MAX_BORROW, TaskId, Usage};
use test_protocol::RawCall;

pub const CASES: &[Case] = &[
    ("usage: tasks that are not, in calls", no_task),
    ("usage: tasks that are not, in messages to the kernel", no_subject),
    ("usage: neither itself nor the supervisor", wrong_task),
    ("usage: reserved bits of a send", reserved),
    ("usage: a reply that is too long", reply_too_big),
    ("usage: reasons of a reply fault that are not", no_reason),
    ("usage: notification bits that are not", no_bits),
    ("usage: a restart that is neither yes nor no", no_choice),
    ("usage: dumps of itself and of too much", wrong_dump),
];

/// Just past the last, and far past it.
const NO_TASK: [usize; 3] = [task::COUNT, abi::MAX_TASKS, 0x3ff - 1];

fn no_task(_: &Resources, assistant: &Assistant) {
    let mut assistant = assistant.next_life();
    for index in NO_TASK {
        let id = index as u64;
        let calls = [
            send(TaskId(id), 1, &[]),
            call(Call::Recv, &[id]),
            call(Call::Post, &[id, 1]),
            call(Call::RefreshTaskId, &[id]),
            call(Call::RefreshTaskId, &[id | 0xffff_fc00]),
        ];
        for wrong in calls {
            assistant.misuses_raw(&wrong, Usage::TaskOutOfRange);
            assistant = assistant.revived();
        }
    }
}

fn about(index: u32, room: u64) -> [RawCall; 7] {
    let target = Target { task: index };
    let dump = ReadDump { task: index, length: 8, source: 0, destination: room };
    [
        ask(Op::ReadStatus, &target, room),
        ask(Op::Restart, &Restart { task: index, start: 1 }, room),
        ask(Op::Stop, &target, room),
        ask(Op::Fault, &target, room),
        ask(Op::DumpRegion, &DumpRegion { task: index, region: 0 }, room),
        ask(Op::ReadDump, &dump, room),
        ask(Op::ReadPanicMessage, &dump, room),
    ]
}

fn no_subject(_: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    for index in [task::COUNT as u32, abi::MAX_TASKS as u32, u32::MAX] {
        for wrong in about(index, peer.scratch) {
            peer.misuses(wrong, Usage::TaskOutOfRange);
            peer = peer.revived();
        }
    }
}

fn wrong_task(_: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    for index in [task::RUNNER, task::PEER_A] {
        let orders = &about(index as u32, peer.scratch)[1..4];
        for &wrong in orders {
            peer.misuses(wrong, Usage::IllegalTask);
            peer = peer.revived();
        }
    }
}

fn reserved(_: &Resources, assistant: &Assistant) {
    let mut assistant = assistant.next_life();
    for bit in [36, 48, 63] {
        let mut wrong = send(TaskId(task::RUNNER as u64), 99, &[]);
        wrong.x[1] |= 1 << bit;
        assistant.misuses_raw(&wrong, Usage::MessageTooBig);
        assistant = assistant.revived();
    }
}

/// The assistant answers a caller that has room for 64 bytes.
fn reply_too_big(_: &Resources, assistant: &Assistant) {
    let mut assistant = assistant.next_life();
    for length in [65, 256, 4095] {
        for reply in [Call::Reply, Call::ReplyRecv] {
            let wrong = call(reply, &[0, ReplyInfo::new(0, length).0, 0]);
            assistant.misuses_caller(&wrong, &[], Usage::ReplyTooBig);
            assistant = assistant.revived();
        }
    }
}

fn no_reason(_: &Resources, assistant: &Assistant) {
    let mut assistant = assistant.next_life();
    for reason in [0, 7, 1 << 32 | 1, u64::MAX] {
        let wrong = call(Call::ReplyFault, &[0, reason]);
        assistant.misuses_caller(&wrong, &[], Usage::BadReplyFault);
        assistant = assistant.revived();
    }
}

fn no_bits(resources: &Resources, assistant: &Assistant) {
    let timer = call(Call::SetTimer, &[0, 1 << 32]);
    assistant.misuses_raw(&timer, Usage::NotPermitted);
    let mut peer = Peer::wake(task::PEER_A);
    let spare = u64::from(resources.spare.bits());
    for bits in [spare | 1 << 32, spare << 32, u64::from(u32::MAX)] {
        peer.misuses(call(Call::Post, &[crate::peers::suite().0, bits]), Usage::NotPermitted);
        peer = peer.revived();
    }
    let mut driver = resources.assistant(resources.driver);
    for number in [Call::IrqControl, Call::IrqStatus] {
        for bits in [0, 1 << 31, 1 << 32, u64::MAX] {
            driver.misuses_raw(&call(number, &[bits, 0]), Usage::NoIrq);
            driver = driver.revived();
        }
    }
}

fn no_choice(_: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let restart = Restart { task: task::SLEEPER as u32, start: 2 };
    peer.misuses(ask(Op::Restart, &restart, peer.scratch), Usage::BadKernelMessage);
    assert_eq!(userlib::kipc::read_status(task::SLEEPER).state, abi::kipc::state::STOPPED);
}

fn wrong_dump(_: &Resources, assistant: &Assistant) {
    userlib::kipc::fault(assistant.index());
    let peer = Peer::wake(task::PEER_A);
    let dump = |task: usize, length: usize| ReadDump {
        task: task as u32,
        length: length as u32,
        source: 0,
        destination: peer.scratch,
    };
    let itself = ask(Op::ReadDump, &dump(task::PEER_A, 8), peer.scratch);
    peer.misuses(itself, Usage::BadKernelMessage);
    let peer = peer.revived();
    let long = ask(Op::ReadDump, &dump(task::ASSIST, MAX_BORROW + 1), peer.scratch);
    peer.misuses(long, Usage::BadKernelMessage);
}
