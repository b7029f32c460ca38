//! Every way to die on the processor, and what the kernel calls it.

use crate::{Assistant, Case, Resources};
use abi::{FaultKind, FaultRecord};
use test_protocol::assist;
use zerocopy::IntoBytes;

pub const CASES: &[Case] = &[
    ("fault: load from nowhere", load),
    ("fault: store to nowhere", store),
    ("fault: jump to nowhere", jump),
    ("fault: jump to an odd address", odd_jump),
    ("fault: load from a kernel address", kernel),
    ("fault: stack overflow", overflow),
    ("fault: undefined instruction", undefined),
    ("fault: privileged instruction", privileged),
    ("fault: breakpoint", breakpoint),
    ("fault: floating point without the right", float),
    ("fault: misaligned exclusive load", misaligned),
    ("fault: panic, with its message", panic),
];

/// In the page at zero, which nobody has.
const NOWHERE: u64 = 0x18;

fn dies_at(assistant: &Assistant, operation: u16, address: u64, kind: FaultKind) -> FaultRecord {
    let fault = assistant.dies(operation, address.as_bytes(), kind).fault;
    assert_eq!(fault.address, address);
    fault
}

fn load(_: &Resources, assistant: &Assistant) {
    let fault = dies_at(assistant, assist::LOAD, NOWHERE, FaultKind::MemoryAccess);
    assert_eq!(fault.detail, FaultRecord::READ);
}

fn store(_: &Resources, assistant: &Assistant) {
    let fault = dies_at(assistant, assist::STORE, NOWHERE, FaultKind::MemoryAccess);
    assert_eq!(fault.detail, FaultRecord::WRITE);
}

fn jump(_: &Resources, assistant: &Assistant) {
    let fault = dies_at(assistant, assist::JUMP, NOWHERE, FaultKind::IllegalText);
    assert_eq!(fault.pc, NOWHERE);
}

fn odd_jump(_: &Resources, assistant: &Assistant) {
    let fault = assistant.dies(assist::JUMP_ODD, &[], FaultKind::Alignment).fault;
    assert_eq!(fault.address % 4, 1);
}

fn kernel(_: &Resources, assistant: &Assistant) {
    dies_at(assistant, assist::LOAD, 0xffff_ffc0_0000_0000, FaultKind::MemoryAccess);
}

fn overflow(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::OVERFLOW, &[], FaultKind::StackOverflow);
}

fn undefined(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::UNDEFINED, &[], FaultKind::IllegalInstruction);
}

fn privileged(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::PRIVILEGED, &[], FaultKind::IllegalInstruction);
}

fn breakpoint(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::BREAKPOINT, &[], FaultKind::Debug);
}

fn float(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::FLOAT, &[], FaultKind::FloatingPoint);
}

fn misaligned(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::MISALIGN, &[], FaultKind::Alignment);
}

fn panic(_: &Resources, assistant: &Assistant) {
    let mut text = [0; 200];
    let alive = userlib::kipc::read_panic_message(assistant.index(), &mut text);
    assert_eq!(alive, Err(userlib::kipc::NotPanicked));
    assistant.dies(assist::PANIC, &[], FaultKind::Panic);
    let length = userlib::kipc::read_panic_message(assistant.index(), &mut text).unwrap_or(0);
    let text = core::str::from_utf8(&text[..length]).unwrap_or("?");
    assert!(text.starts_with("panicked at") && text.contains("asked to panic"), "{text}");
}
