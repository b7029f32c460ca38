//! Restart, generations, dead codes, and what the kernel tells of a task.

use crate::{Assistant, Case, Resources, tell};
use abi::kipc::state;
use abi::{FaultKind, NO_DEADLINE};
use test_protocol::{assist, runner};
use userlib::sys::{self, SendError};
use userlib::{kipc, time};
use zerocopy::IntoBytes;

pub const CASES: &[Case] = &[
    ("restart: variables begin anew", fresh),
    ("restart: the old id is dead, the new one lives", dead_code),
    ("restart: bits posted before are gone", notifications_gone),
    ("restart: a send to a dead task waits for its next life", queued),
    ("stop: a send to a held task says so", gone),
    ("restart: held, then started, it is one life", held),
    ("start = false: a task waits to be started", sleeper),
    ("fault injection", injected),
    ("status: of a task that waits", status),
    ("dump: a dead task's memory can be read", dump),
    ("dump: a living task's cannot", no_dump),
    ("image id", image_id),
    ("faults of others reach the supervisor", supervisor_told),
];

fn fresh(_: &Resources, assistant: &Assistant) {
    assert_eq!(assistant.number(assist::ADD, 5), 5);
    assert_eq!(assistant.number(assist::ADD, 5), 10);
    let restarts = assistant.status().restarts;
    let revived = assistant.revived();
    assert_eq!(revived.number(assist::ADD, 5), 5);
    assert_eq!(revived.status().restarts, restarts + 1);
}

fn dead_code(_: &Resources, assistant: &Assistant) {
    let next = assistant.id.generation().next();
    let revived = assistant.revived();
    assert_eq!(revived.id.generation(), next);
    assert_eq!(assistant.call(assist::ADD, &[], &mut []), Err(SendError::Dead(next)));
    assert_eq!(revived.number(assist::ADD, 1), 1);
}

fn notifications_gone(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::PANIC, &[], FaultKind::Panic);
    let dead = assistant.refreshed();
    assert_eq!(sys::post(dead, 1), Ok(()));
    let revived = assistant.revived();
    assert_eq!(revived.number(assist::BITS, 0) as u32, 0);
}

fn queued(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::PANIC, &[], FaultKind::Panic);
    let next = assistant.next_life();
    let reply = sys::send(next.id, assist::ECHO, &[], &mut [], &[], time::after_ms(10));
    assert_eq!(reply, Err(SendError::TimedOut), "nobody restarts it");
    kipc::restart(next.index(), true);
    assert_eq!(next.number(assist::ADD, 2), 2, "the life that was sent to is the one that came");
}

fn gone(_: &Resources, assistant: &Assistant) {
    kipc::stop(assistant.index());
    let held = sys::send(assistant.refreshed(), assist::ECHO, &[], &mut [], &[], NO_DEADLINE);
    assert_eq!(held, Err(SendError::Gone));
    assert_eq!(assistant.status().state, state::STOPPED);
    let revived = assistant.revived();
    assert_eq!(revived.number(assist::ADD, 2), 2);
}

fn held(_: &Resources, assistant: &Assistant) {
    assert_eq!(assistant.number(assist::ADD, 5), 5);
    kipc::restart(assistant.index(), false);
    assert_eq!(assistant.status().state, state::STOPPED);
    let held = assistant.next_life();
    starts_later(&held);
    assert_eq!(held.number(assist::ADD, 1), 1, "fresh");
}

/// A stopped task can be called; it answers when it is started, in the life it had.
fn starts_later(stopped: &Assistant) {
    let before = stopped.status();
    let soon = time::after_ms(3);
    let reply = sys::send(stopped.id, assist::ECHO, &[], &mut [], &[], soon);
    assert_eq!(reply, Err(SendError::TimedOut));
    assert_eq!(stopped.status(), before);
    kipc::restart(stopped.index(), true);
    let after = stopped.status();
    assert_eq!((after.generation, after.restarts), (before.generation, before.restarts));
    assert_eq!(after.state, state::IN_RECV);
}

fn sleeper(resources: &Resources, _: &Assistant) {
    let sleeper = resources.assistant(resources.sleeper);
    let status = sleeper.status();
    assert_eq!((status.state, status.generation, status.restarts), (state::STOPPED, 0, 0));
    starts_later(&sleeper);
    assert_eq!(sleeper.number(assist::ADD, 1), 1);
}

fn injected(_: &Resources, assistant: &Assistant) {
    kipc::fault(assistant.index());
    let status = assistant.status();
    assert_eq!(status.state, state::FAULTED);
    assert_eq!(status.fault.kind, FaultKind::Injected as u32);
    assert_eq!(status.fault.from, 1);
    assert_eq!(status.fault.original_state, state::IN_RECV);
}

fn status(_: &Resources, assistant: &Assistant) {
    let status = assistant.status();
    assert_eq!((status.state, status.peer), (state::IN_RECV, u32::MAX));
    assert_eq!(status.generation, assistant.id.generation().0);
}

fn dump(_: &Resources, assistant: &Assistant) {
    assert_eq!(assistant.number(assist::ADD, 0x1234_5678_9abc), 0x1234_5678_9abc);
    assistant.dies(assist::PANIC, &[], FaultKind::Panic);
    let mut found = false;
    for number in 0.. {
        let Some(region) = kipc::dump_region(assistant.index(), number) else { break };
        for offset in (0..region.length).step_by(512) {
            let mut bytes = [0; 512];
            assert!(kipc::read_dump(assistant.index(), region.address + offset, &mut bytes));
            let words = bytes.chunks_exact(8);
            found |= words.into_iter().any(|word| word == 0x1234_5678_9abc_u64.as_bytes());
        }
    }
    assert!(found, "the sum is nowhere in its memory");
}

fn no_dump(_: &Resources, assistant: &Assistant) {
    let region = kipc::dump_region(assistant.index(), 0).expect("it has memory");
    assert!(!kipc::read_dump(assistant.index(), region.address, &mut [0; 8]));
}

fn image_id(_: &Resources, _: &Assistant) {
    assert_ne!(kipc::image_id(), 0);
    assert_eq!(kipc::image_id(), kipc::image_id());
}

fn supervisor_told(resources: &Resources, assistant: &Assistant) {
    let mut faults = 0u32;
    tell(resources, runner::FAULTS, &[], faults.as_mut_bytes());
    assert_eq!(faults, 0);
    assistant.dies(assist::PANIC, &[], FaultKind::Panic);
    tell(resources, runner::FAULTS, &[], faults.as_mut_bytes());
    assert_eq!(faults, 1);
}
