//! Faults in words: a mirror of `abi::FaultRecord`.

use crate::memory::Memory;
use crate::space::Owner;
use crate::target::Target;

/// Why a task stopped, as the kernel keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A number of `abi::FaultKind`; 0 for none.
    pub kind: u32,
    /// Depends on the kind.
    pub detail: u32,
    /// The address accessed, where the kind has one.
    pub address: u64,
    /// The program counter.
    pub pc: u64,
    /// The task that caused it, where the kind has one.
    pub from: u32,
    /// The state the task was in, a number of `abi::kipc::state`.
    pub original_state: u32,
}

/// The longest message a panic leaves, in bytes.
const LONGEST_MESSAGE: u64 = 256;

const MEMORY_ACCESS: u32 = 1;
const STACK_OVERFLOW: u32 = 2;
const ILLEGAL_TEXT: u32 = 3;
const ALIGNMENT: u32 = 4;
const ILLEGAL_INSTRUCTION: u32 = 5;
const FLOATING_POINT: u32 = 6;
const BUS_ERROR: u32 = 7;
const DEBUG: u32 = 8;
const USAGE: u32 = 9;
const PANIC: u32 = 10;
const INJECTED: u32 = 11;
const FROM_SERVER: u32 = 12;
const UNKNOWN: u32 = 13;

const IN_RECV: u32 = 2;
const IN_SEND: u32 = 3;
const IN_REPLY: u32 = 4;

impl Fault {
    /// Whether there is one.
    #[must_use]
    pub const fn is_one(&self) -> bool {
        self.kind != 0
    }

    /// Whether it is a panic.
    #[must_use]
    pub const fn is_panic(&self) -> bool {
        self.kind == PANIC
    }

    /// What a task said when it panicked, if its memory still has it.
    pub fn panic_message(&self, target: &Target, index: usize) -> Option<String> {
        if !self.is_panic() {
            return None;
        }
        let length = u64::from(self.detail).min(LONGEST_MESSAGE);
        match target.space(Owner::Task(index)).bytes(self.address, length) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                let name = target.name(Owner::Task(index));
                target.problem(format!("panic message of {name}: {error}"));
                None
            }
        }
    }

    /// Whether it happened in a system call, so that the program counter is already past it.
    #[must_use]
    pub const fn is_in_call(&self) -> bool {
        matches!(self.kind, USAGE | PANIC | FROM_SERVER)
            || matches!(self.original_state, IN_RECV | IN_SEND | IN_REPLY)
    }

    /// Whether `address` means something.
    #[must_use]
    pub const fn has_address(&self) -> bool {
        match self.kind {
            MEMORY_ACCESS | STACK_OVERFLOW | ILLEGAL_TEXT => true,
            ALIGNMENT => class(self.detail) != STACK_POINTER,
            BUS_ERROR => class(self.detail) != SERROR,
            _ => false,
        }
    }

    /// Whether `from` means something.
    #[must_use]
    pub const fn has_cause(&self) -> bool {
        matches!(self.kind, INJECTED | FROM_SERVER)
    }

    /// The kind's name, as in `abi`.
    #[must_use]
    pub const fn kind_name(&self) -> &'static str {
        match self.kind {
            0 => "none",
            MEMORY_ACCESS => "memory-access",
            STACK_OVERFLOW => "stack-overflow",
            ILLEGAL_TEXT => "illegal-text",
            ALIGNMENT => "alignment",
            ILLEGAL_INSTRUCTION => "illegal-instruction",
            FLOATING_POINT => "floating-point",
            BUS_ERROR => "bus-error",
            DEBUG => "debug",
            USAGE => "usage",
            PANIC => "panic",
            INJECTED => "injected",
            FROM_SERVER => "from-server",
            UNKNOWN => "unknown",
            _ => "damaged",
        }
    }

    /// What happened, in one sentence without the place.
    #[must_use]
    pub fn words(&self, target: &Target, task: usize) -> String {
        let Self { detail, address, .. } = *self;
        let whose = || target.explain(address, Owner::Task(task));
        let other = || match target.manifest.tasks.get(self.from as usize) {
            Some(task) => task.name.clone(),
            None => format!("task {}, which does not exist", self.from),
        };
        match self.kind {
            MEMORY_ACCESS => {
                let access = if detail == 1 { "write to" } else { "read from" };
                format!("{access} {address:#x}: {}", whose())
            }
            STACK_OVERFLOW => format!("stack overflow: access to {address:#x}, {}", whose()),
            ILLEGAL_TEXT => format!("jump to {address:#x}, which is no code: {}", whose()),
            ALIGNMENT => match class(detail) {
                STACK_POINTER => "access through a stack pointer that is not aligned".to_owned(),
                PROGRAM_COUNTER => format!("jump to {address:#x}, which is not aligned"),
                _ => format!("access to {address:#x}, which is not aligned: {}", whose()),
            },
            FLOATING_POINT if class(detail) == FP_ACCESS => {
                "floating-point instruction in a task without `fpu = true`".to_owned()
            }
            BUS_ERROR if class(detail) == SERROR => {
                format!("bus error, told later than it happened ({})", syndrome(detail))
            }
            BUS_ERROR => {
                format!("bus error at {address:#x}: {} ({})", whose(), syndrome(detail))
            }
            ILLEGAL_INSTRUCTION | FLOATING_POINT | DEBUG | UNKNOWN => {
                format!("{} ({})", brief(self.kind, detail), syndrome(detail))
            }
            INJECTED => format!("faulted on purpose by {}", other()),
            FROM_SERVER => format!("{} refused its call: {}", other(), refusal(detail)),
            kind => brief(kind, detail),
        }
    }
}

/// A fault of which only the kind and 24 bits of its detail are known, in words.
#[must_use]
pub fn brief(kind: u32, detail: u32) -> String {
    let words = match kind {
        MEMORY_ACCESS if detail == 1 => "write to memory that it may not write",
        MEMORY_ACCESS => "read from memory that it may not read",
        STACK_OVERFLOW => "stack overflow",
        ILLEGAL_TEXT => "jump to what is no code",
        ALIGNMENT => "access that is not aligned",
        ILLEGAL_INSTRUCTION => "undefined or forbidden instruction",
        FLOATING_POINT => "floating-point instruction that it may not execute",
        BUS_ERROR => "bus error",
        DEBUG => "breakpoint, watchpoint or single step without a debugger",
        USAGE => return format!("system call used wrongly: {}", usage(detail)),
        PANIC => "panic",
        INJECTED => "faulted on purpose",
        FROM_SERVER => return format!("its call is refused: {}", refusal(detail)),
        UNKNOWN => "unexpected exception",
        kind => return format!("fault of kind {kind}, which does not exist"),
    };
    words.to_owned()
}

fn usage(detail: u32) -> String {
    let words = match detail {
        1 => "no call has this number",
        2 => "a buffer is not wholly inside one of its regions",
        3 => "no task has this index",
        4 => "the task named cannot be meant here",
        5 => "`task-slots` gives it no way to this target",
        6 => "no such lease",
        7 => "an offset beyond the lease's end",
        8 => "it owns no interrupt with these notification bits",
        9 => "a malformed message to the kernel",
        10 => "a REPLY_FAULT reason that does not exist",
        11 => "`app.toml` gives it no right to do this",
        12 => "the reply is longer than the caller's buffer",
        13 => "the message is longer than 256 bytes, or reserved bits are set",
        14 => "more than 16 leases",
        _ => return format!("usage {detail}, which does not exist"),
    };
    words.to_owned()
}

fn refusal(detail: u32) -> String {
    let words = match detail {
        1 => "the interface has no such operation",
        2 => "the message has the wrong length",
        3 => "the message holds values that its types do not have",
        4 => "the leases are wrong",
        5 => "the reply does not fit its buffer",
        6 => "it may not do this",
        _ => return format!("reason {detail}, which does not exist"),
    };
    words.to_owned()
}

/// Exception classes.
const FP_ACCESS: u32 = 0x07;
const PROGRAM_COUNTER: u32 = 0x22;
const STACK_POINTER: u32 = 0x26;
const SERROR: u32 = 0x2f;

/// The exception class of a syndrome.
const fn class(syndrome: u32) -> u32 {
    syndrome >> 26
}

/// ESR_EL1 in words (Arm ARM D24.2.40): the exception class.
#[must_use]
pub fn syndrome(syndrome: u32) -> String {
    let words = match class(syndrome) {
        0x00 => "unknown reason",
        0x01 => "trapped WFI or WFE",
        0x03..=0x06 | 0x0c => "trapped coprocessor access",
        FP_ACCESS => "floating-point access",
        0x0d => "branch to what is no branch target",
        0x0e => "illegal execution state",
        0x15 => "SVC",
        0x16 => "HVC",
        0x17 => "SMC",
        0x18 => "trapped system register access",
        0x19 => "SVE access",
        0x1c => "pointer authentication failure",
        0x1d => "SME access",
        0x20 => "instruction abort in a task",
        0x21 => "instruction abort in the kernel",
        PROGRAM_COUNTER => "misaligned program counter",
        0x24 => "data abort in a task",
        0x25 => "data abort in the kernel",
        STACK_POINTER => "misaligned stack pointer",
        0x2c => "floating-point exception",
        SERROR => "SError",
        0x30 | 0x31 => "breakpoint",
        0x32 | 0x33 => "single step",
        0x34 | 0x35 => "watchpoint",
        0x38 => "BKPT",
        0x3c => "BRK",
        _ => "reserved class",
    };
    format!("ESR {syndrome:#010x}: {words}")
}
