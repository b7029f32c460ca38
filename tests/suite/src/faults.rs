//! Every way to die on the processor, and what the kernel calls it.

use crate::{Assistant, Case, Resources, task};
use abi::{FaultKind, FaultRecord};
use config::PAGE;
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
    ("fault: hypervisor and secure monitor calls", higher),
    ("fault: interrupts cannot be masked", masked),
    ("fault: control registers cannot be read", control),
    ("fault: the debugger's mailbox is closed", mailbox),
    ("fault: a bus error, where no device answers", bus_error),
];

/// Where ESR_EL1 keeps the exception class.
const CLASS: u32 = 26;
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
    assert_eq!((fault.address % 4, fault.address), (1, fault.pc));
}

fn kernel(_: &Resources, assistant: &Assistant) {
    dies_at(assistant, assist::LOAD, 0xffff_ffc0_0000_0000, FaultKind::MemoryAccess);
}

fn overflow(resources: &Resources, assistant: &Assistant) {
    let fault = assistant.dies(assist::OVERFLOW, &[], FaultKind::StackOverflow).fault;
    let bottom = resources.regions().stack(task::ASSIST).start;
    assert!((bottom - PAGE..bottom).contains(&fault.address), "{fault:x?}");
}

fn undefined(_: &Resources, assistant: &Assistant) {
    let fault = assistant.dies(assist::UNDEFINED, &[], FaultKind::IllegalInstruction).fault;
    assert_eq!(fault.detail >> CLASS, 0, "no other reason than the instruction");
}

fn privileged(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::PRIVILEGED, &[], FaultKind::IllegalInstruction);
}

fn breakpoint(_: &Resources, assistant: &Assistant) {
    let fault = assistant.dies(assist::BREAKPOINT, &[], FaultKind::Debug).fault;
    assert_eq!(fault.detail & 0xffff, 7, "the number in the instruction");
}

fn float(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::FLOAT, &[], FaultKind::FloatingPoint);
}

fn misaligned(_: &Resources, assistant: &Assistant) {
    let fault = assistant.dies(assist::MISALIGN, &[], FaultKind::Alignment).fault;
    assert_eq!(fault.address % 2, 1);
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

fn higher(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::HYPERVISOR, &[], FaultKind::IllegalInstruction);
    assistant.revived().dies(assist::MONITOR, &[], FaultKind::IllegalInstruction);
}

fn masked(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::MASK, &[], FaultKind::IllegalInstruction);
}

fn control(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::CONTROL, &[], FaultKind::IllegalInstruction);
}

fn mailbox(_: &Resources, assistant: &Assistant) {
    assistant.dies(assist::MAILBOX, &[], FaultKind::IllegalInstruction);
}

/// The page of a device that is smaller than a page: behind it nobody answers.
fn bus_error(resources: &Resources, _: &Assistant) {
    let mut driver = resources.assistant(resources.driver);
    let page = resources.regions().devices(task::DRIVER).next().expect("it has devices").base;
    driver.number(assist::LOAD, page);
    for way in [assist::LOAD, assist::STORE] {
        let fault = dies_at(&driver, way, page + 0x800, FaultKind::BusError);
        assert_eq!(fault.detail >> CLASS, 0x24, "a data abort from EL0");
        driver = driver.revived();
    }
}
