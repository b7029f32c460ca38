//! What `app.toml` does not give, the kernel refuses.

use crate::{Assistant, Case, Resources, task};
use abi::call::SendInfo;
use abi::kipc::Op;
use abi::{Call, NO_DEADLINE, TaskId, Usage};

pub const CASES: &[Case] = &[
    ("rights: no send without a slot", no_slot),
    ("rights: no send to itself", itself),
    ("rights: no status", no_status),
    ("rights: no restart", no_restart),
    ("rights: no stop", no_stop),
    ("rights: no fault injection", no_fault),
    ("rights: no dump", no_dump),
    ("rights: no panic message", no_panic_message),
    ("rights: no search for the faulted without a right over all", no_search),
    ("rights: no reset", no_reset),
    ("rights: no software interrupt", no_interrupt),
    ("kernel: an operation that does not exist", no_operation),
    ("kernel: a message of the wrong length", wrong_length),
];

const SUITE: u64 = task::SUITE as u64;
const ASSIST: u64 = task::ASSIST as u64;
const LOW: u64 = task::LOW as u64;

fn send(target: u64, operation: u16, length: usize, words: [u64; 2]) -> [u64; 8] {
    let info = SendInfo::new(operation, length, 0).0;
    [target, info, words[0], words[1], 0, 0, 32, NO_DEADLINE]
}

fn refused(assistant: &Assistant, x: [u64; 8], usage: Usage) {
    assistant.misuses(Call::Send as u64, x, [0; 4], usage);
}

fn kernel_refuses(assistant: &Assistant, op: Op, length: usize, word: u64) {
    refused(assistant, send(TaskId::KERNEL.0, op as u16, length, [word, 0]), Usage::NotPermitted);
}

fn no_slot(_: &Resources, assistant: &Assistant) {
    refused(assistant, send(LOW, 1, 0, [0; 2]), Usage::SendNotAllowed);
    refused(&assistant.revived(), send(SUITE, 1, 0, [0; 2]), Usage::SendNotAllowed);
}

fn itself(_: &Resources, assistant: &Assistant) {
    refused(assistant, send(ASSIST, 1, 0, [0; 2]), Usage::SendNotAllowed);
}

fn no_status(_: &Resources, assistant: &Assistant) {
    kernel_refuses(assistant, Op::ReadStatus, 4, LOW);
}

fn no_restart(_: &Resources, assistant: &Assistant) {
    kernel_refuses(assistant, Op::Restart, 8, LOW | 1 << 32);
}

fn no_stop(_: &Resources, assistant: &Assistant) {
    kernel_refuses(assistant, Op::Stop, 4, LOW);
}

fn no_fault(_: &Resources, assistant: &Assistant) {
    kernel_refuses(assistant, Op::Fault, 4, LOW);
}

fn no_dump(_: &Resources, assistant: &Assistant) {
    kernel_refuses(assistant, Op::DumpRegion, 8, LOW);
    kernel_refuses(&assistant.revived(), Op::ReadDump, 24, LOW | 8 << 32);
}

fn no_panic_message(_: &Resources, assistant: &Assistant) {
    kernel_refuses(assistant, Op::ReadPanicMessage, 24, LOW | 8 << 32);
}

fn no_search(_: &Resources, assistant: &Assistant) {
    kernel_refuses(assistant, Op::FindFaulted, 4, 0);
}

fn no_reset(_: &Resources, assistant: &Assistant) {
    kernel_refuses(assistant, Op::Reset, 0, 0);
}

fn no_interrupt(_: &Resources, assistant: &Assistant) {
    kernel_refuses(assistant, Op::SoftwareIrq, 8, SUITE | 0xff << 32);
}

fn no_operation(_: &Resources, assistant: &Assistant) {
    let mut assistant = assistant.next_life();
    for number in [0, Op::ReadPanicMessage as u16 + 1, u16::MAX] {
        refused(&assistant, send(TaskId::KERNEL.0, number, 0, [0; 2]), Usage::BadKernelMessage);
        assistant = assistant.revived();
    }
}

fn wrong_length(_: &Resources, assistant: &Assistant) {
    let mut assistant = assistant.next_life();
    // No operation takes three bytes, nor so many.
    for op in (1..).map_while(Op::from_number) {
        for length in [3, 25, 200] {
            let wrong = send(TaskId::KERNEL.0, op as u16, length, [LOW, 0]);
            refused(&assistant, wrong, Usage::BadKernelMessage);
            assistant = assistant.revived();
        }
    }
}
