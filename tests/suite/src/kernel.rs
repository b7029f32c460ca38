//! What the kernel tells, and of whom.

use crate::calls::{call, send};
use crate::peers::{Peer, suite};
use crate::{Assistant, Case, Resources, task};
use abi::kipc::state;
use abi::{Call, FaultKind, Generation, TaskId};
use test_protocol::assist;
use userlib::{kipc, sys};

pub const CASES: &[Case] = &[
    ("status: of everyone", everyone),
    ("status: who waits for whom", waits),
    ("dump: every region that can be written, and no other", dump_regions),
    ("dump: no byte beyond a region", dump_beyond),
    ("panic: a message that is nowhere is none", no_message),
    ("panic: of a message that is too long, the beginning", long_message),
    ("resources: a task has what its app file says", resources),
];

fn everyone(_: &Resources, _: &Assistant) {
    for index in 0..task::COUNT {
        let status = kipc::read_status(index);
        let id = sys::refresh_task_id(TaskId::new(index, Generation(0)));
        assert_eq!(id, TaskId::new(index, Generation(status.generation)));
        let stands = match index {
            task::SUITE | task::BYSTANDER => status.state == state::READY,
            task::SLEEPER => status.state == state::STOPPED,
            task::RUNNER | task::LOW => status.state == state::IN_RECV,
            // On a busy host its beginning may take it longer than it has.
            task::SPENDER | task::WORKER if status.state == state::OUT_OF_BUDGET => true,
            _ => status.state <= state::IN_RECV,
        };
        assert!(stands, "task {index}: {status:?}");
    }
}

fn waits(resources: &Resources, assistant: &Assistant) {
    let [a, b, c] = Peer::wake_all();
    let stands = |peer: &Peer| (peer.status().state, peer.status().peer);
    let suite_index = task::SUITE as u32;
    assert_eq!(stands(&a), (state::IN_REPLY, suite_index));
    a.begins(send(suite(), 42, &[]));
    b.begins(send(assistant.id, assist::WAIT, &[]));
    c.begins(call(Call::Recv, &[TaskId::KERNEL.0]));
    resources.until(|| stands(&a) == (state::IN_SEND, suite_index));
    resources.until(|| b.is(state::IN_REPLY) && c.is(state::IN_RECV));
    assert_eq!(stands(&b), (state::IN_REPLY, task::ASSIST as u32));
    assert_eq!(stands(&c), (state::IN_RECV, u32::MAX));
}

fn dump_regions(resources: &Resources, _: &Assistant) {
    let mut told = 0;
    for region in resources.regions().memory(task::ASSIST) {
        let found = (0..).map_while(|number| kipc::dump_region(task::ASSIST, number));
        let same = found.filter(|one| (one.address, one.length) == (region.base, region.size));
        assert_eq!(same.count(), 1, "{region:x?}");
        told += 1;
    }
    assert!(told > 0);
    let count = (0..).map_while(|number| kipc::dump_region(task::ASSIST, number)).count();
    assert_eq!(count, told);
    assert!(kipc::dump_region(task::ASSIST, u32::MAX).is_none());
}

fn dump_beyond(resources: &Resources, assistant: &Assistant) {
    kipc::fault(assistant.index());
    let stack = resources.regions().stack(task::ASSIST);
    let mut bytes = [0; 64];
    assert!(kipc::read_dump(task::ASSIST, stack.end - 64, &mut bytes));
    let untouched = [0x33; 64];
    for address in [stack.end - 63, stack.start - 1, 0x10, 0xffff_ffc0_0000_0000, u64::MAX] {
        let mut bytes = untouched;
        assert!(!kipc::read_dump(task::ASSIST, address, &mut bytes));
        assert_eq!(bytes, untouched);
    }
}

fn no_message(_: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let fault = peer.dies(call(Call::Panic, &[0x10, 8]));
    assert_eq!((fault.kind, fault.address, fault.detail), (FaultKind::Panic as u32, 0x10, 8));
    let mut text = [0x44; 16];
    assert_eq!(kipc::read_panic_message(task::PEER_A, &mut text), Err(kipc::NotPanicked));
    assert_eq!(text, [0x44; 16]);
}

fn long_message(_: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let said: [u8; 300] = core::array::from_fn(|i| i as u8);
    peer.put(0, &said);
    let fault = peer.dies(call(Call::Panic, &[peer.scratch, u64::MAX]));
    assert_eq!((fault.kind, fault.detail), (FaultKind::Panic as u32, u32::MAX));
    let mut text = [0; 300];
    let length = kipc::read_panic_message(task::PEER_A, &mut text);
    assert_eq!(length, Ok(abi::MAX_MESSAGE));
    assert_eq!(text[..abi::MAX_MESSAGE], said[..abi::MAX_MESSAGE]);
    assert_eq!(text[abi::MAX_MESSAGE..], [0; 300 - abi::MAX_MESSAGE]);
}

fn resources(resources: &Resources, assistant: &Assistant) {
    let slots = [&resources.runner, &resources.assist, &resources.driver, &resources.sleeper];
    let indices = [task::RUNNER, task::ASSIST, task::DRIVER, task::SLEEPER];
    assert_eq!(slots.map(|slot| slot.index()), indices);
    let bits = [&resources.timer, &resources.spare, &resources.rtc_irq].map(|bit| bit.bits());
    assert_eq!(bits, [1, 2, 4]);
    let regions = resources.regions();
    assert_eq!(regions.devices(task::SUITE).count(), 1);
    assert_eq!(regions.devices(task::DRIVER).count(), 2);
    assert_eq!(assistant.index(), task::ASSIST);
    let stack = regions.stack(task::SUITE);
    let here = 0u8;
    assert!(stack.contains(&(&raw const here as u64)));
    assert_eq!(stack.end - stack.start, 32 << 10);
}
