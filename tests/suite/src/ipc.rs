//! `SEND`, `RECV`, `REPLY`, `REPLY_RECV` and deadlines.

use crate::{Assistant, Case, Resources};
use abi::{Call, FaultKind, INLINE, MAX_MESSAGE, ReplyFault, TaskId};
use test_protocol::{RawCall, assist};
use userlib::sys::{self, Reply, SendError};
use userlib::time;
use zerocopy::IntoBytes;

pub const CASES: &[Case] = &[
    ("send: every length comes back as it went", every_length),
    ("send: a message of 256 bytes is the longest", too_long),
    ("send: a reply longer than the buffer faults the server", reply_too_big),
    ("send: to no task that exists", nobody),
    ("send: a bad message buffer faults the sender", bad_message),
    ("send: no room for the kernel's answer", no_room),
    ("send: a deadline passes while the server works", deadline_in_reply),
    ("send: a deadline in the past comes back at once", deadline_past),
    ("send: a deadline far away changes nothing", deadline_far),
    ("recv: closed on a dead task", closed_on_dead),
    ("recv: closed on nobody", closed_on_nobody),
    ("reply: to nobody is not delivered", stale_reply),
    ("reply fault: the caller dies of it", refused),
    ("reply fault: only with a reason that exists", refused_wrongly),
    ("refresh task id", refresh),
    ("bad call numbers", bad_numbers),
];

fn every_length(_: &Resources, assistant: &Assistant) {
    let message: [u8; MAX_MESSAGE] = core::array::from_fn(|i| i as u8 ^ 0x5a);
    for length in 0..=MAX_MESSAGE {
        let mut back = [0xee; MAX_MESSAGE + 8];
        let reply = assistant.call(assist::ECHO, &message[..length], &mut back);
        assert_eq!(reply, Ok(Reply { code: 0, length }));
        assert_eq!(back[..length], message[..length]);
        // What travels in registers may be put down whole.
        let end = length.max(INLINE);
        assert!(back[end..].iter().all(|&byte| byte == 0xee), "more than {length} written");
    }
}

fn too_long(_: &Resources, assistant: &Assistant) {
    let info = abi::call::SendInfo::new(assist::ECHO, MAX_MESSAGE + 1, 0).0;
    let x = [assistant.id.0, info, 0, 0, 0, 0, 0, abi::NO_DEADLINE];
    assistant.misuses(Call::Send as u64, x, [0; 4], abi::Usage::MessageTooBig);
}

fn reply_too_big(_: &Resources, assistant: &Assistant) {
    let message = [1; INLINE + 1];
    let reply = assistant.call(assist::ECHO, &message, &mut [0; INLINE]);
    assert_eq!(reply, Err(SendError::Dead(assistant.id.generation().next())));
    let fault = assistant.status().fault;
    assert_eq!(
        (fault.kind, fault.detail),
        (FaultKind::Usage as u32, abi::Usage::ReplyTooBig as u32)
    );
}

fn nobody(_: &Resources, assistant: &Assistant) {
    let x = [abi::MAX_TASKS as u64, 0, 0, 0, 0, 0, 0, abi::NO_DEADLINE];
    assistant.misuses(Call::Send as u64, x, [0; 4], abi::Usage::TaskOutOfRange);
}

/// The runner's id: whom the assistant may send to.
const RUNNER: u64 = 0;

fn bad_message(_: &Resources, assistant: &Assistant) {
    let info = abi::call::SendInfo::new(99, INLINE + 1, 0).0;
    let x = [RUNNER, info, 0x10, 0, 0, 0, 0, abi::NO_DEADLINE];
    assistant.misuses(Call::Send as u64, x, [0; 4], abi::Usage::InvalidSlice);
}

fn no_room(_: &Resources, assistant: &Assistant) {
    let info = abi::call::SendInfo::new(abi::kipc::Op::ReadImageId as u16, 0, 0).0;
    let x = [TaskId::KERNEL.0, info, 0, 0, 0, 0, 0, abi::NO_DEADLINE];
    assistant.misuses(Call::Send as u64, x, [0; 4], abi::Usage::ReplyTooBig);
}

fn deadline_in_reply(_: &Resources, assistant: &Assistant) {
    let deadline = time::after_ms(20);
    let reply = sys::send(assistant.id, assist::WAIT, &[], &mut [], &[], deadline);
    assert_eq!(reply, Err(SendError::TimedOut));
    assert!(time::now() >= deadline);
    // The answer that comes too late is for nobody, and does not disturb the next call.
    assert_eq!(assistant.number(assist::RELEASE, 0) as u32, 0, "the late answer was delivered");
    assert_eq!(assistant.number(assist::ADD, 3), 3);
}

fn deadline_past(_: &Resources, assistant: &Assistant) {
    let reply = sys::send(assistant.id, assist::WAIT, &[], &mut [], &[], time::now());
    assert_eq!(reply, Err(SendError::TimedOut));
    assert_eq!(assistant.number(assist::ADD, 1), 1);
}

fn deadline_far(resources: &Resources, assistant: &Assistant) {
    let deadline = time::after_ms(crate::deadlines::SOON_MS);
    let mut back = [0; 3];
    let reply = sys::send(assistant.id, assist::ECHO, b"abc", &mut back, &[], deadline);
    assert_eq!((reply, &back), (Ok(Reply { code: 0, length: 3 }), b"abc"));
    // Nothing happens when it passes now.
    time::sleep_until(deadline + time::from_ms(5), resources.timer.bits());
}

fn closed_on_dead(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::PANIC, &[], FaultKind::Panic);
    let received = sys::recv(sys::Whom::undeclared(assistant.id), &mut [], 0);
    assert_eq!(received, sys::Received::Dead(assistant.id.generation().next()));
}

fn closed_on_nobody(_: &Resources, assistant: &Assistant) {
    let x = [abi::MAX_TASKS as u64, 0, 0, 0, 0, 0, 0, 0];
    assistant.misuses(Call::Recv as u64, x, [0; 4], abi::Usage::TaskOutOfRange);
}

fn stale_reply(_: &Resources, assistant: &Assistant) {
    let never = abi::Handle::first(assistant.index(), assistant.id.generation());
    assert!(!sys::reply(never, 0, b"hello"));
    let nobody = abi::Handle::first(abi::MAX_TASKS, abi::Generation(0));
    assert!(!sys::reply(nobody, 0, b"hello"));
    assert!(!sys::reply_fault(never, ReplyFault::AccessViolation));
}

fn refused(resources: &Resources, assistant: &Assistant) {
    // The assistant sends to the runner something it does not know.
    let info = abi::call::SendInfo::new(99, 0, 0).0;
    let x = [resources.runner.task_id().0, info, 0, 0, 0, 0, 0, abi::NO_DEADLINE];
    let call = RawCall { x, more: [0; 4], number: Call::Send as u64 };
    let reply = assistant.call(assist::RAW, call.as_bytes(), &mut [0; 64]);
    assert_eq!(reply, Err(SendError::Dead(assistant.id.generation().next())));
    let fault = assistant.status().fault;
    assert_eq!(fault.kind, FaultKind::FromServer as u32);
    assert_eq!(fault.detail, ReplyFault::UndefinedOperation as u32);
    assert_eq!(fault.from as usize, resources.runner.index());
    assert_eq!(fault.original_state, abi::kipc::state::IN_REPLY);
}

fn refused_wrongly(_: &Resources, assistant: &Assistant) {
    let x = [0, 77, 0, 0, 0, 0, 0, 0];
    assistant.misuses(Call::ReplyFault as u64, x, [0; 4], abi::Usage::BadReplyFault);
}

fn refresh(_: &Resources, assistant: &Assistant) {
    let old = TaskId::new(assistant.index(), abi::Generation(12345));
    assert_eq!(sys::refresh_task_id(old), assistant.id);
    let x = [1000, 0, 0, 0, 0, 0, 0, 0];
    assistant.misuses(Call::RefreshTaskId as u64, x, [0; 4], abi::Usage::TaskOutOfRange);
}

fn bad_numbers(_: &Resources, assistant: &Assistant) {
    assistant.misuses(15, [0; 8], [0; 4], abi::Usage::BadCallNumber);
    assistant.revived().misuses(u64::MAX, [0; 8], [0; 4], abi::Usage::BadCallNumber);
}
