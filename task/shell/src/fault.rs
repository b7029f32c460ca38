//! A fault in a few words.

use abi::{FaultKind, FaultRecord, ReplyFault, SUPERVISOR, Usage};
use core::fmt::{self, Display, Formatter};

/// Shows a fault; `name` gives the name of a task by index.
pub struct Explained<'a, N> {
    /// What happened.
    pub fault: &'a FaultRecord,
    /// Names of tasks.
    pub name: N,
}

impl<N: Fn(usize) -> &'static str> Display for Explained<'_, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let FaultRecord { kind, detail, address, pc, from, .. } = *self.fault;
        let from = (self.name)(from as usize);
        match FaultKind::from_number(kind) {
            Some(FaultKind::None) => f.write_str("-"),
            Some(FaultKind::MemoryAccess) => {
                let verb = if detail == FaultRecord::WRITE { "write to" } else { "read of" };
                write!(f, "{verb} {address:#x} at pc {pc:#x}")
            }
            Some(FaultKind::StackOverflow) => write!(f, "stack overflow at pc {pc:#x}"),
            Some(FaultKind::IllegalText) => write!(f, "jump to {pc:#x}"),
            Some(FaultKind::Usage) => write!(f, "{} at pc {pc:#x}", usage(detail)),
            Some(FaultKind::Panic) => f.write_str("panic"),
            Some(FaultKind::Injected) if is_health_check(self.fault) => {
                f.write_str("did not check in")
            }
            Some(FaultKind::Injected) => write!(f, "faulted by {from}"),
            Some(FaultKind::FromServer) => write!(f, "refused by {from}: {}", refusal(detail)),
            Some(other) => write!(f, "{} ({detail:#x}) at pc {pc:#x}", hardware(other)),
            None => write!(f, "fault {kind} ({detail:#x}) at pc {pc:#x}"),
        }
    }
}

/// The supervisor names whoever asked it for a fault; in its own name it faults only tasks that
/// have not checked in.
const fn is_health_check(fault: &FaultRecord) -> bool {
    fault.from as usize == SUPERVISOR
}

const fn hardware(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Alignment => "misaligned access",
        FaultKind::IllegalInstruction => "illegal instruction",
        FaultKind::FloatingPoint => "floating point without fpu = true",
        FaultKind::BusError => "bus error",
        FaultKind::Debug => "debug exception",
        _ => "unknown exception",
    }
}

fn refusal(detail: u32) -> &'static str {
    match ReplyFault::from_number(detail.into()) {
        Some(ReplyFault::UndefinedOperation) => "no such operation",
        Some(ReplyFault::BadMessageSize) => "wrong message size",
        Some(ReplyFault::BadMessageContents) => "nonsense in the message",
        Some(ReplyFault::BadLeases) => "wrong leases",
        Some(ReplyFault::ReplyBufferTooSmall) => "reply buffer too small",
        Some(ReplyFault::AccessViolation) => "not allowed",
        None => "unknown reason",
    }
}

fn usage(detail: u32) -> &'static str {
    const WORDS: [(Usage, &str); 14] = [
        (Usage::BadCallNumber, "unknown system call"),
        (Usage::InvalidSlice, "system call with a bad buffer"),
        (Usage::TaskOutOfRange, "system call naming no task"),
        (Usage::IllegalTask, "system call naming the wrong task"),
        (Usage::SendNotAllowed, "send without a task slot"),
        (Usage::LeaseOutOfRange, "no such lease"),
        (Usage::OffsetOutOfRange, "offset beyond a lease"),
        (Usage::NoIrq, "no such interrupt"),
        (Usage::BadKernelMessage, "malformed message to the kernel"),
        (Usage::BadReplyFault, "malformed reply-fault"),
        (Usage::NotPermitted, "no right to do this"),
        (Usage::ReplyTooBig, "reply too big"),
        (Usage::MessageTooBig, "message too big"),
        (Usage::TooManyLeases, "too many leases"),
    ];
    WORDS.iter().find(|(usage, _)| *usage as u32 == detail).map_or("misuse", |(_, words)| words)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    fn explain(fault: FaultRecord) -> std::string::String {
        Explained { fault: &fault, name: |task| if task == 3 { "blk" } else { "?" } }.to_string()
    }

    #[test]
    fn every_kind_has_words_of_its_own() {
        let texts: std::collections::BTreeSet<_> =
            (0..=13).map(|kind| explain(FaultRecord { kind, ..Default::default() })).collect();
        assert_eq!(texts.len(), 14);
    }

    #[test]
    fn the_culprit_is_named() {
        let fault = FaultRecord {
            kind: FaultKind::FromServer as u32,
            detail: ReplyFault::BadLeases as u32,
            from: 3,
            ..Default::default()
        };
        assert_eq!(explain(fault), "refused by blk: wrong leases");
    }

    #[test]
    fn who_wanted_a_fault_is_named() {
        let fault = FaultRecord { kind: FaultKind::Injected as u32, from: 3, ..Default::default() };
        assert_eq!(explain(fault), "faulted by blk");
        assert_eq!(explain(FaultRecord { from: 0, ..fault }), "did not check in");
    }

    #[test]
    fn numbers_from_the_future_do_no_harm() {
        let fault = FaultRecord { kind: 99, detail: 7, pc: 16, ..Default::default() };
        assert_eq!(explain(fault), "fault 99 (0x7) at pc 0x10");
    }
}
