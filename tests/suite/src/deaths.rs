//! Who learns of a death, when, and what it changes for nobody else.

use crate::calls::{call, receive, send};
use crate::deadlines::keep_busy;
use crate::peers::Peer;
use crate::{Assistant, Case, Resources, task, tell};
use abi::call::SendResult;
use abi::kipc::state;
use abi::{Call, FaultKind, Handle, TaskId};
use test_protocol::{assist, runner};
use userlib::kipc;
use userlib::sys::{self, SendError};

pub const CASES: &[Case] = &[
    ("death: whoever waits in any way is told at the fault", told),
    ("death: the code names the life that will answer", next_life),
    ("death: the generation rises at it, and not at the restart", generation),
    ("death: a second fault does not overwrite the first", first_counts),
    ("fault injection: whatever the task was doing", every_state),
    ("find faulted: in order, from an index on", found),
    ("stop: who waits is told at once, and so is who comes later", stopped),
];

fn told(resources: &Resources, assistant: &Assistant) {
    let [mut a, mut b, mut c] = Peer::wake_all();
    let next = assistant.id.generation().next();
    keep_busy(resources, assistant, &b);
    a.begins(receive(assistant.id, 0));
    c.begins(send(assistant.id, assist::ECHO, &[]));
    resources.until(|| a.waits(state::IN_RECV, task::ASSIST));
    resources.until(|| c.waits(state::IN_SEND, task::ASSIST));
    assert!(b.waits(state::IN_REPLY, task::ASSIST));
    kipc::fault(assistant.index());
    let dead = [SendResult::DEAD.0, next.0.into()];
    assert_eq!(Handle(a.ends()[0]), Handle::dead(next));
    assert_eq!((&b.ends()[..2], &c.ends()[..2]), (&dead[..], &dead[..]));
    assert_eq!(assistant.status().state, state::FAULTED, "and nobody has restarted it");
}

fn next_life(resources: &Resources, assistant: &Assistant) {
    let index = assistant.index() as u32;
    tell(resources, runner::AUTO_RESTART, &index.to_le_bytes(), &mut []);
    let reply = assistant.call(assist::PANIC, &[], &mut []);
    let Err(SendError::Dead(next)) = reply else { panic!("{reply:?}") };
    let id = TaskId::new(assistant.index(), next);
    let reply = sys::send(id, assist::ECHO, b"hello", &mut [0; 8], &[], abi::NO_DEADLINE);
    assert!(reply.is_ok(), "{reply:?}");
}

fn generation(_: &Resources, assistant: &Assistant) {
    let lives =
        |assistant: &Assistant| (assistant.status().generation, assistant.status().restarts);
    let (first, restarts) = lives(assistant);
    kipc::fault(assistant.index());
    assert_eq!(lives(assistant), (first + 1, restarts));
    kipc::restart(assistant.index(), true);
    assert_eq!(lives(assistant), (first + 1, restarts + 1));
    kipc::restart(assistant.index(), true);
    assert_eq!(lives(assistant), (first + 2, restarts + 2));
}

fn first_counts(_: &Resources, assistant: &Assistant) {
    let before = assistant.dies(assist::PANIC, &[], FaultKind::Panic);
    kipc::fault(assistant.index());
    assert_eq!(assistant.status(), before);
}

fn every_state(resources: &Resources, assistant: &Assistant) {
    let [a, b, c] = Peer::wake_all();
    let original = |index: usize| {
        kipc::fault(index);
        let status = kipc::read_status(index);
        assert_eq!(status.state, state::FAULTED);
        assert_eq!(status.fault.kind, FaultKind::Injected as u32);
        assert_eq!(status.fault.from, task::SUITE as u32);
        status.fault.original_state
    };
    assert_eq!(original(a.id.index()), state::IN_REPLY);
    b.begins(send(crate::peers::suite(), 42, &[]));
    resources.until(|| b.is_queued());
    assert_eq!(original(b.id.index()), state::IN_SEND);
    c.spins();
    resources.rest();
    assert_eq!(original(c.id.index()), state::READY);
    assert_eq!(original(assistant.index()), state::IN_RECV);
}

fn found(_: &Resources, assistant: &Assistant) {
    assert_eq!(kipc::find_faulted(0), None);
    for index in [task::DRIVER, task::PEER_B, assistant.index()] {
        kipc::fault(index);
    }
    assert_eq!(kipc::find_faulted(0), Some(assistant.index()));
    assert_eq!(kipc::find_faulted(assistant.index()), Some(assistant.index()));
    assert_eq!(kipc::find_faulted(assistant.index() + 1), Some(task::PEER_B));
    assert_eq!(kipc::find_faulted(task::PEER_B + 1), Some(task::DRIVER));
    assert_eq!(kipc::find_faulted(task::DRIVER + 1), None);
    assert_eq!(kipc::find_faulted(u32::MAX as usize), None);
    kipc::restart(task::PEER_B, true);
    assert_eq!(kipc::find_faulted(assistant.index() + 1), Some(task::DRIVER));
}

fn stopped(resources: &Resources, assistant: &Assistant) {
    let [mut a, mut b, mut c] = Peer::wake_all();
    keep_busy(resources, assistant, &a);
    b.begins(send(assistant.id, assist::ECHO, &[]));
    resources.until(|| b.waits(state::IN_SEND, task::ASSIST));
    kipc::stop(assistant.index());
    assert_eq!((a.ends()[0], b.ends()[0]), (SendResult::DEAD.0, SendResult::DEAD.0));
    let held = assistant.refreshed();
    assert_eq!(c.does(send(held, assist::ECHO, &[]))[0], SendResult::GONE.0);
    assert!(Handle(c.does(receive(held, 0))[0]).is_dead());
    assert_eq!(kipc::find_faulted(0), None, "held for good is not waiting for a restart");
    assert_eq!(c.does(call(Call::RefreshTaskId, &[held.0]))[0], held.0);
}
