//! Measured system calls: counters, registers, `svc`, counters.
//!
//! Each loads every register that its call reads ([`abi::call`]), as a stub must that stands
//! alone; a loop could keep some of them.

use crate::{Board, Place, Span, Stamp};
use abi::call::SendInfo;
use abi::{LeaseDesc, TaskId, kipc};
use core::arch::asm;

/// What a measured `SEND` brought.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// The readings.
    pub span: Span,
    /// x0, x1.
    pub result: [u64; 2],
    /// x2 to x5.
    pub words: [u64; 4],
}

impl Sent {
    /// Whether the server answered with code 0 and so many bytes.
    #[must_use]
    pub const fn is_answer(&self, length: usize) -> bool {
        self.result[0] == 0 && self.result[1] == length as u64
    }
}

/// The instructions, then the counters' readings in x13 to x16, which the kernel keeps.
macro_rules! measured {
    ([$($line:expr),*], $($operand:tt)*) => {{
        let (kernel, total, total_after, kernel_after): (u64, u64, u64, u64);
        asm!(
            "mrs x13, pmevcntr1_el0",
            "mrs x14, pmevcntr0_el0",
            $($line,)*
            "mrs x15, pmevcntr0_el0",
            "mrs x16, pmevcntr1_el0",
            out("x13") kernel,
            out("x14") total,
            out("x15") total_after,
            out("x16") kernel_after,
            $($operand)*
        );
        Span {
            start: Stamp { total: total as u32, kernel: kernel as u32 },
            end: Stamp { total: total_after as u32, kernel: kernel_after as u32 },
        }
    }};
}

/// A `SEND` with these further lines and operands.
macro_rules! send {
    ($target:expr, $info:expr, [$($line:expr),*], $($operand:tt)*) => {{
        let mut result = [0; 2];
        let mut words = [0; 4];
        let span = measured!(
            [
                "mov x0, {target}",
                "mov x1, {info}",
                $($line,)*
                "mov x7, #-1",
                "mov x8, #0",
                "svc #0"
            ],
            target = in(reg) $target.0,
            info = in(reg) $info.0,
            out("x0") result[0],
            out("x1") result[1],
            out("x2") words[0],
            out("x3") words[1],
            out("x4") words[2],
            out("x5") words[3],
            out("x6") _,
            out("x7") _,
            out("x8") _,
            $($operand)*
        );
        Sent { span, result, words }
    }};
}

/// Nothing: what the readings themselves cost.
#[must_use]
pub fn nothing() -> Span {
    // SAFETY: reads counters.
    unsafe { measured!([], options(nostack)) }
}

/// One store, as [`die`] makes it between its reading and its end.
#[must_use]
pub fn one_store(board: &Board) -> Span {
    let place = board.address(Place::FaultStart);
    // SAFETY: stores to the board.
    unsafe { measured!(["str w14, [{place}]"], place = in(reg) place, options(nostack)) }
}

/// `GET_TIMER`, and the time it gives.
#[must_use]
pub fn get_timer() -> (Span, u64) {
    let now;
    // SAFETY: the call reads and writes no memory.
    let span = unsafe {
        measured!(
            ["mov x8, #10", "svc #0"],
            out("x0") now,
            out("x1") _,
            out("x2") _,
            out("x8") _,
            options(nostack)
        )
    };
    (span, now)
}

/// `SEND` without a byte, for an answer without a byte.
#[must_use]
pub fn send_nothing(target: TaskId, operation: u16) -> Sent {
    let info = SendInfo::new(operation, 0, 0);
    // SAFETY: the call reads and writes no memory.
    unsafe { send!(target, info, ["mov x6, #0"], options(nostack)) }
}

/// `SEND` of four words, for an answer of as many.
#[must_use]
pub fn send_words(target: TaskId, operation: u16, message: &[u64; 4]) -> Sent {
    let info = SendInfo::new(operation, 32, 0);
    // SAFETY: the call reads and writes no memory: 32 bytes travel in registers.
    unsafe {
        send!(
            target,
            info,
            ["mov x2, {a}", "mov x3, {b}", "mov x4, {c}", "mov x5, {d}", "mov x6, #32"],
            a = in(reg) message[0],
            b = in(reg) message[1],
            c = in(reg) message[2],
            d = in(reg) message[3],
            options(nostack)
        )
    }
}

/// `SEND` of more than 32 bytes, for an answer that fills `reply`.
#[must_use]
pub fn send_bytes(target: TaskId, operation: u16, message: &[u8], reply: &mut [u8]) -> Sent {
    let info = SendInfo::new(operation, message.len(), 0);
    // SAFETY: message and reply are borrowed for the call.
    unsafe {
        send!(
            target,
            info,
            ["mov x2, {message}", "mov x6, {capacity}", "mov x9, {reply}"],
            message = in(reg) message.as_ptr(),
            capacity = in(reg) reply.len(),
            reply = in(reg) reply.as_mut_ptr(),
            out("x9") _,
            options(nostack)
        )
    }
}

/// `SEND` of eight bytes with leases, for an answer of at most 32 bytes.
#[must_use]
pub fn send_leases(target: TaskId, operation: u16, word: u64, leases: &[LeaseDesc]) -> Sent {
    let info = SendInfo::new(operation, 8, leases.len());
    // SAFETY: the lease table is borrowed for the call; what it names is the caller's to lend,
    // for reading only, as long as it says `LeaseAttributes::READ`.
    unsafe {
        send!(
            target,
            info,
            ["mov x2, {word}", "mov x6, #32", "mov x12, {leases}"],
            word = in(reg) word,
            leases = in(reg) leases.as_ptr(),
            out("x12") _,
            options(nostack)
        )
    }
}

/// `POST`. The reading that ends it is taken by whoever it wakes.
#[must_use]
pub fn post(target: TaskId, bits: u32) -> (Span, u64) {
    let result;
    // SAFETY: the call reads and writes no memory.
    let span = unsafe {
        measured!(
            ["mov x0, {target}", "mov x1, {bits}", "mov x8, #12", "svc #0"],
            target = in(reg) target.0,
            bits = in(reg) u64::from(bits),
            out("x0") result,
            out("x1") _,
            out("x8") _,
            options(nostack)
        )
    };
    (span, result)
}

/// Asks the kernel to restart a task and let it run.
#[must_use]
pub fn restart(task: usize) -> Sent {
    let info = SendInfo::new(kipc::Op::Restart as u16, size_of::<kipc::Restart>(), 0);
    // SAFETY: the call reads and writes no memory of the caller.
    unsafe {
        send!(
            TaskId::KERNEL,
            info,
            ["mov x2, {message}", "mov x6, #0"],
            message = in(reg) task as u64 | 1 << 32, // `start` is 1
            options(nostack)
        )
    }
}

/// `BORROW_READ` of lease 0.
#[must_use]
pub fn borrow_read(caller: abi::Handle, into: &mut [u8]) -> (Span, [u64; 2]) {
    let mut result = [0; 2];
    // SAFETY: the buffer is borrowed mutably for the call.
    let span = unsafe {
        measured!(
            [
                "mov x0, {caller}",
                "mov x1, #0",
                "mov x2, #0",
                "mov x3, {into}",
                "mov x4, {length}",
                "mov x8, #4",
                "svc #0"
            ],
            caller = in(reg) caller.0,
            into = in(reg) into.as_mut_ptr(),
            length = in(reg) into.len(),
            out("x0") result[0],
            out("x1") result[1],
            out("x2") _,
            out("x3") _,
            out("x4") _,
            out("x8") _,
            options(nostack)
        )
    };
    (span, result)
}

/// A received message or notification, and the counters right after.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// The reading.
    pub stamp: Stamp,
    /// Whose call it is, or [`abi::Handle::KERNEL`].
    pub caller: abi::Handle,
    /// What the sender says of it.
    pub info: SendInfo,
    /// Its first bytes, if it has at most 32; or the notification bits.
    pub words: [u64; 4],
}

/// `RECV`; the first instruction after it reads the counters.
pub fn receive(from: TaskId, buffer: &mut [u8], notifications: u32) -> Received {
    let (mut caller, mut info, mut words) = (0, 0, [0; 4]);
    // SAFETY: the buffer is borrowed mutably for the call.
    let span = unsafe {
        measured!(
            [
                "mov x0, {from}",
                "mov x9, {buffer}",
                "mov x10, {size}",
                "mov x11, {notifications}",
                "mov x8, #1",
                "svc #0"
            ],
            from = in(reg) from.0,
            buffer = in(reg) buffer.as_mut_ptr(),
            size = in(reg) buffer.len(),
            notifications = in(reg) u64::from(notifications),
            out("x0") caller,
            out("x1") info,
            out("x2") words[0],
            out("x3") words[1],
            out("x4") words[2],
            out("x5") words[3],
            out("x6") _,
            out("x8") _,
            out("x9") _,
            out("x10") _,
            out("x11") _,
            options(nostack)
        )
    };
    Received { stamp: span.end, caller: abi::Handle(caller), info: SendInfo(info), words }
}

/// Leaves a reading on the board and dies of an undefined instruction.
pub fn die(board: &Board) -> ! {
    // SAFETY: stores to the board; the rest ends this life of the task.
    unsafe {
        asm!(
            "mrs x13, pmevcntr1_el0",
            "str w13, [{place}, #4]",
            "mrs x14, pmevcntr0_el0",
            "str w14, [{place}]",
            "udf #0",
            place = in(reg) board.address(Place::FaultStart),
            options(noreturn, nostack),
        )
    }
}
