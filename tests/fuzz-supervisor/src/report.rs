//! What was counted, and the lines that say so.

use crate::{CHECKERS, Parameters};
use abi::{FaultKind, FaultRecord};
use config::TaskInfo;
use core::fmt::{Arguments, Write};
use drv_pl011::Pl011;
use mmio::Registers;
use test_fuzz::scene::{CALLER, HOSTILE};
use test_fuzz::{Deed, INSTRUCTIONS, Oops, kind, wrong};

/// Kinds of fault, with [`FaultKind::None`].
const KINDS: usize = 14;
const TASKS: usize = 16;
/// More than so many errors are only counted.
const SHOWN: u64 = 10;

pub struct Report {
    console: Pl011<Registers>,
    parameters: Parameters,
    tasks: &'static [TaskInfo],
    deeds: [u64; 3],
    faults: [u64; KINDS],
    ended: u64,
    caller_deaths: u64,
    caller_stops: u64,
    interrupts: u64,
    checks: [u64; TASKS],
    errors: u64,
}

impl Report {
    pub const fn new(
        console: Pl011<Registers>,
        parameters: Parameters,
        tasks: &'static [TaskInfo],
    ) -> Self {
        Self {
            console,
            parameters,
            tasks,
            deeds: [0; 3],
            faults: [0; KINDS],
            ended: 0,
            caller_deaths: 0,
            caller_stops: 0,
            interrupts: 0,
            checks: [0; TASKS],
            errors: 0,
        }
    }

    fn line(&mut self, words: Arguments<'_>) {
        let _ = writeln!(self.console, "fuzz: {words}");
    }

    /// The name of a task.
    pub fn name(&self, task: usize) -> &'static str {
        self.tasks.get(task).map_or("?", |task| task.name())
    }

    pub fn begin(&mut self) {
        let Parameters { seed, calls, .. } = self.parameters;
        self.line(format_args!("begin: seed {seed}, calls {calls}"));
    }

    pub fn sign_of_life(&mut self, number: u64) {
        self.line(format_args!("deed {number}"));
    }

    /// Whether all calls were made that were asked for.
    pub const fn is_enough(&self) -> bool {
        self.deeds[kind::CALL as usize] >= self.parameters.calls
    }

    pub const fn deed(&mut self, kind: u32) {
        self.deeds[kind as usize % 3] += 1;
    }

    pub const fn fault(&mut self, kind: u32) {
        self.faults[kind as usize % KINDS] += 1;
    }

    /// The hostile task's life was ended without a fault.
    pub const fn ended(&mut self) {
        self.ended += 1;
    }

    pub const fn interrupts(&mut self, count: u32) {
        self.interrupts += count as u64;
    }

    pub const fn caller_stopped(&mut self) {
        self.caller_stops += 1;
    }

    pub const fn checks(&mut self, task: usize, checks: u32) {
        self.checks[task % TASKS] += checks as u64;
    }

    /// Something is wrong, and it was seen after so many deeds.
    pub fn error(&mut self, number: u64, words: Arguments<'_>) {
        self.errors += 1;
        if self.errors <= SHOWN {
            self.line(format_args!("error after deed {number}: {words}"));
        }
    }

    /// The deed before `number` had another outcome than it must have.
    pub fn deed_error(&mut self, number: u64, deed: &Deed, words: Arguments<'_>) {
        let text = INSTRUCTIONS.get(deed.target as usize).map_or("", |(text, _)| text);
        let what = match deed.kind {
            kind::CALL => "call",
            kind::INSTRUCTION => text,
            _ => "jump",
        };
        let Deed { patches, target, x, .. } = deed;
        self.error(
            number,
            format_args!("{what}, target {target:#x}, patches {patches:#x}, x {x:x?}: {words}"),
        );
    }

    pub fn canary_error(&mut self, task: usize, oops: &Oops, number: u64) {
        let Oops { wrong, found, expected } = *oops;
        let name = self.name(task);
        let words = wrong::NAMES.get(wrong as usize).copied().unwrap_or("?");
        self.error(
            number,
            format_args!("{name}: {words}: found {found:#x}, expected {expected:#x}"),
        );
    }

    /// Another task than the hostile one has faulted. One may, if the hostile task did it.
    pub fn other_died(&mut self, task: usize, fault: &FaultRecord, number: u64) {
        let kinds = [FaultKind::Injected as u32, FaultKind::FromServer as u32];
        if task == CALLER && kinds.contains(&fault.kind) && fault.from as usize == HOSTILE {
            self.caller_deaths += 1;
            return;
        }
        let name = self.name(task);
        self.error(number, format_args!("{name} died: {fault:x?}"));
    }

    pub fn end(&mut self) {
        for task in CHECKERS {
            if self.checks[task] == 0 {
                let name = self.name(task);
                self.error(0, format_args!("{name} has checked nothing"));
            }
        }
        let [calls, instructions, jumps] = self.deeds;
        self.count("calls", calls);
        self.count("instructions", instructions);
        self.count("jumps", jumps);
        for number in 1..KINDS {
            let name = FaultKind::from_number(number as u32).map_or("", fault_name);
            let count = self.faults[number];
            self.line(format_args!("fault {name} = {count}"));
        }
        let faults: u64 = self.faults.iter().sum();
        self.count("restarts", faults + self.ended);
        self.count("restarts of the caller", self.caller_deaths + self.caller_stops);
        self.count("interrupts", self.interrupts);
        for task in CHECKERS {
            let (name, count) = (self.name(task), self.checks[task]);
            self.line(format_args!("checks by {name} = {count}"));
        }
        self.count("errors", self.errors);
        self.line(format_args!("end"));
    }

    fn count(&mut self, what: &str, count: u64) {
        self.line(format_args!("{what} = {count}"));
    }
}

const fn fault_name(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::None => "none",
        FaultKind::MemoryAccess => "memory access",
        FaultKind::StackOverflow => "stack overflow",
        FaultKind::IllegalText => "illegal text",
        FaultKind::Alignment => "alignment",
        FaultKind::IllegalInstruction => "illegal instruction",
        FaultKind::FloatingPoint => "floating point",
        FaultKind::BusError => "bus error",
        FaultKind::Debug => "debug",
        FaultKind::Usage => "usage",
        FaultKind::Panic => "panic",
        FaultKind::Injected => "injected",
        FaultKind::FromServer => "from server",
        FaultKind::Unknown => "unknown",
    }
}
