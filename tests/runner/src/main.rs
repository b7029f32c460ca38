//! Supervisor of a test image: runs each case in a fresh task and prints the outcome.
//!
//! One line a test on the UART, which it writes by itself, waiting for room: nothing else in a
//! test image prints. Task 1 is the suite, whose cases it counts through; every other task is
//! restarted before each case, so that none sees what an earlier one left.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use abi::{FAULT_NOTIFICATION, FaultKind};
use config::TaskInfo;
use core::fmt::Write;
use drv_pl011::Pl011;
use mmio::Registers;
use test_protocol::runner;
use userlib::sys::{self, Message, Received};
use userlib::{kipc, time};

userlib::resources! {
    struct Resources {
        uart0: Device,
        fault: Notification,
        timeout: Notification,
        overrun: Notification,
        task_table: Table,
    }
}
userlib::task!(start);

const SUITE: usize = 1;
/// How long one case may take, by the guest's clock.
const LIMIT_MS: u64 = 20_000;

struct Runner {
    console: Pl011<Registers>,
    tasks: &'static [TaskInfo],
    timeout: u32,
    overrun: u32,
    case: u32,
    cases: Option<u32>,
    name: [u8; runner::NAME],
    name_length: usize,
    auto_restart: Option<usize>,
    faults: u32,
    overruns: u32,
    failed: bool,
}

fn start(resources: Resources) -> ! {
    let mut runner = Runner {
        console: Pl011::new(resources.uart0.registers(), None),
        tasks: resources.task_table.tasks().0,
        timeout: resources.timeout.bits(),
        overrun: resources.overrun.bits(),
        case: 0,
        cases: None,
        name: [0; runner::NAME],
        name_length: 0,
        auto_restart: None,
        faults: 0,
        overruns: 0,
        failed: false,
    };
    let mask = resources.fault.bits() | runner.timeout | runner.overrun;
    let mut buffer = [0; runner::NAME];
    loop {
        match sys::recv(sys::Whom::ANY, &mut buffer, mask) {
            Received::Notification(bits) => runner.notified(bits),
            Received::Message(message) => {
                let length = message.length.min(buffer.len());
                runner.serve(&message, &buffer[..length]);
            }
            Received::Dead(_) => (),
        }
    }
}

impl Runner {
    fn serve(&mut self, message: &Message, bytes: &[u8]) {
        let caller = message.caller;
        match message.operation {
            runner::NEXT => {
                let count = words::<1>(bytes)[0];
                if self.cases.is_none() {
                    self.cases = Some(count);
                    let _ = writeln!(self.console, "suite: begin {count}");
                }
                sys::set_timer(time::after_ms(LIMIT_MS), self.timeout);
                sys::reply(caller, 0, &self.case.to_le_bytes());
            }
            runner::BEGIN => {
                self.name[..bytes.len()].copy_from_slice(bytes);
                self.name_length = bytes.len();
                sys::reply(caller, 0, &[]);
            }
            runner::DONE => {
                // Not answered: the caller is about to be restarted.
                self.finish(format_args!("ok"));
            }
            runner::INTERRUPT => {
                let [task, bits] = words::<2>(bytes);
                kipc::software_irq(task as usize, bits);
                sys::reply(caller, 0, &[]);
            }
            runner::AUTO_RESTART => {
                self.auto_restart = Some(words::<1>(bytes)[0] as usize);
                sys::reply(caller, 0, &[]);
            }
            runner::FAULTS => {
                sys::reply(caller, 0, &self.faults.to_le_bytes());
            }
            runner::OVERRUNS => {
                sys::reply(caller, 0, &self.overruns.to_le_bytes());
            }
            _ => {
                sys::reply_fault(caller, abi::ReplyFault::UndefinedOperation);
            }
        }
    }

    fn notified(&mut self, bits: u32) {
        if bits & FAULT_NOTIFICATION != 0 {
            self.faulted();
        }
        self.overruns += u32::from(bits & self.overrun != 0);
        if bits & self.timeout != 0 && !self.failed {
            let status = kipc::read_status(SUITE);
            self.finish(format_args!(
                "FAILED: no answer in {LIMIT_MS} ms; state {}, waits for {}",
                status.state, status.peer as i32
            ));
        }
    }

    fn faulted(&mut self) {
        let mut from = 0;
        while let Some(task) = kipc::find_faulted(from) {
            from = task + 1;
            if task == SUITE {
                self.suite_faulted();
                return;
            }
            self.faults += 1;
            if self.auto_restart == Some(task) {
                kipc::restart(task, true);
            }
        }
    }

    fn suite_faulted(&mut self) {
        let fault = kipc::read_status(SUITE).fault;
        let mut text = [0; abi::MAX_MESSAGE];
        if fault.kind == FaultKind::Panic as u32 {
            let length = kipc::read_panic_message(SUITE, &mut text).unwrap_or(0);
            for byte in &mut text[..length] {
                *byte = if *byte == b'\n' { b' ' } else { *byte };
            }
            let words = core::str::from_utf8(&text[..length]).unwrap_or("?");
            self.finish(format_args!("FAILED: {words}"));
        } else {
            self.finish(format_args!("FAILED: {fault:x?}"));
        }
    }

    fn finish(&mut self, outcome: core::fmt::Arguments<'_>) {
        let name = core::str::from_utf8(&self.name[..self.name_length]).unwrap_or("?");
        let _ = writeln!(self.console, "test {name} ... {outcome}");
        sys::set_timer(abi::NO_DEADLINE, 0);
        self.name_length = 0;
        self.auto_restart = None;
        self.faults = 0;
        self.overruns = 0;
        self.case += 1;
        if self.cases.is_none_or(|cases| self.case >= cases) {
            let _ = writeln!(self.console, "suite: end");
            kipc::restart(SUITE, false);
            return;
        }
        self.restart_all();
    }

    /// Everyone but this task, the suite last. Who does not start by itself is put back to where
    /// it was at the beginning.
    fn restart_all(&self) {
        for task in (SUITE + 1..self.tasks.len()).chain([SUITE]) {
            kipc::restart(task, self.tasks[task].flags & TaskInfo::MANUAL == 0);
        }
    }
}

fn words<const N: usize>(bytes: &[u8]) -> [u32; N] {
    let mut words = [0; N];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
    }
    words
}
