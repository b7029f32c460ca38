//! Supervisor of the fuzzing image: hands out deeds, knows their fate, counts, and reports.
//!
//! It prints lines that begin with `fuzz: `, for `cargo xtask fuzz`.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod hostile;
mod report;
mod strangers;

use abi::Handle;
use config::RegionInfo;
use drv_pl011::Pl011;
use hostile::Hostile;
use report::Report;
use test_fuzz::scene::{CALLER, CANARIES, ECHO, HOSTILE};
use test_fuzz::{Checks, Maker, Oops, Parameters, Scene, Tale, supervisor};
use userlib::sys::{self, Message, Received};
use userlib::{kipc, time};
use zerocopy::{FromBytes, IntoBytes};

userlib::resources! {
    struct Resources {
        uart0: Device,
        fault: Notification,
        tick: Notification,
        task_table: Table,
        region_table: Table,
        parameters: Region,
    }
}
userlib::task!(start);

/// Ticks in a second.
const TICKS: u64 = 4000;
/// So many ticks without progress end a deed that may last…
const PATIENCE: u32 = 2;
/// …and one that may not, which is an error.
const LIMIT: u32 = 40;
/// At the end, every canary must be heard of within so many ticks.
const SETTLE: u32 = 400;
/// A sign of life on the console after so many deeds.
const SIGN: u64 = 10_000;
/// If nobody says otherwise.
const DEFAULT: Parameters = Parameters { magic: Parameters::MAGIC, seed: 1, calls: 20_000 };
/// Tasks that must make checks.
const CHECKERS: [usize; 5] = [ECHO, CANARIES[0], CANARIES[1], CANARIES[2], CALLER];

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    /// The hostile task is held; ticks since.
    Settling(u32),
    Ended,
}

struct Supervisor {
    report: Report,
    hostile: Hostile,
    phase: Phase,
    tick: u32,
    progress: u64,
    idle_ticks: u32,
    /// An interrupt is on its way; ticks since.
    interrupt: Option<u32>,
    heard: u32,
}

fn start(resources: Resources) -> ! {
    let parameters = parameters(&resources.parameters);
    let (tasks, _) = resources.task_table.tasks();
    let scene = Scene {
        tasks: tasks.len() as u64,
        hostile: HOSTILE as u64,
        echo: ECHO as u64,
        victim: CALLER as u64,
        posts: [CANARIES[0] as u64, CANARIES[2] as u64],
        regions: regions(resources.region_table.bytes()),
    };
    let console = Pl011::new(resources.uart0.registers(), None);
    let maker = Maker { seed: parameters.seed, scene };
    let mut own = Supervisor {
        report: Report::new(console, parameters, tasks),
        hostile: Hostile::new(maker),
        phase: Phase::Running,
        tick: resources.tick.bits(),
        progress: 0,
        idle_ticks: 0,
        interrupt: None,
        heard: 0,
    };
    own.report.begin();
    own.arm();
    let mask = resources.fault.bits() | own.tick;
    let mut buffer = [0; abi::MAX_MESSAGE];
    loop {
        match sys::recv(sys::Whom::ANY, &mut buffer, mask) {
            Received::Notification(bits) => own.notified(bits),
            Received::Message(message) => {
                let length = message.length.min(buffer.len());
                own.serve(&message, &buffer[..length]);
            }
            Received::Dead(_) => (),
        }
    }
}

fn parameters(region: &userlib::Region) -> Parameters {
    let mut parameters = Parameters::default();
    region.read(0, parameters.as_mut_bytes());
    if parameters.magic == Parameters::MAGIC { parameters } else { DEFAULT }
}

/// The table is as long as its pages; records without a size are none.
fn regions(table: &'static [u8]) -> &'static [RegionInfo] {
    let count = table.len() / size_of::<RegionInfo>();
    let all = <[RegionInfo]>::ref_from_prefix_with_elems(table, count);
    let all = all.map_or(&[][..], |(all, _)| all);
    let used = all.iter().position(|region| region.size == 0).unwrap_or(all.len());
    &all[..used]
}

impl Supervisor {
    fn serve(&mut self, message: &Message, bytes: &[u8]) {
        let (caller, from) = (message.caller, message.caller.index());
        match message.operation {
            supervisor::NEXT if from == HOSTILE => {
                let tale = Tale::read_from_bytes(bytes).unwrap_or_default();
                self.next(caller, tale, message.reply_capacity);
            }
            supervisor::CHECKS if from != HOSTILE => {
                let checks = Checks::read_from_bytes(bytes).unwrap_or_default();
                self.report.checks(from, checks.checks);
                self.heard |= 1 << from;
                if checks.interrupts > 0 {
                    self.interrupted(checks.interrupts);
                }
                sys::reply(caller, 0, &[]);
            }
            supervisor::OOPS if from != HOSTILE => {
                if let Ok(oops) = Oops::read_from_bytes(bytes) {
                    self.report.canary_error(from, &oops, self.hostile.number());
                }
                sys::reply(caller, 0, &[]);
            }
            _ => strangers::answer(message, bytes),
        }
    }

    /// The hostile task wants to know what to do.
    fn next(&mut self, caller: Handle, tale: Tale, capacity: usize) {
        self.progress += 1;
        if self.hostile.survived(tale, &mut self.report) == hostile::Then::End {
            return;
        }
        if self.phase != Phase::Running || self.report.is_enough() {
            self.settle();
            return;
        }
        if self.hostile.number().is_multiple_of(SIGN) {
            self.report.sign_of_life(self.hostile.number());
        }
        self.hostile.instruct(caller, capacity, &mut self.report);
    }

    /// The hostile task has done enough: those who are left must still be well.
    fn settle(&mut self) {
        if self.phase == Phase::Running {
            kipc::restart(HOSTILE, false);
            self.phase = Phase::Settling(0);
            self.heard = 0;
        }
    }

    fn notified(&mut self, bits: u32) {
        if bits & abi::FAULT_NOTIFICATION != 0 {
            self.faulted();
        }
        if bits & self.tick != 0 {
            self.ticked();
        }
    }

    fn faulted(&mut self) {
        let mut from = 0;
        while let Some(task) = kipc::find_faulted(from) {
            from = task + 1;
            let status = kipc::read_status(task);
            if task == HOSTILE {
                self.progress += 1;
                self.hostile.died(&status, &mut self.report);
            } else {
                self.report.other_died(task, &status.fault, self.hostile.number());
                kipc::restart(task, true);
            }
        }
    }

    fn ticked(&mut self) {
        self.arm();
        match self.phase {
            Phase::Running => {
                self.watch();
                self.make_interrupt();
            }
            Phase::Settling(ticks) => self.settling(ticks),
            Phase::Ended => return,
        }
        // The hostile task may stop it, or have it started anew without letting it run.
        if kipc::read_status(CALLER).state == abi::kipc::state::STOPPED {
            self.report.caller_stopped();
            kipc::restart(CALLER, true);
        }
    }

    fn arm(&self) {
        sys::set_timer(time::now() + time::frequency() / TICKS, self.tick);
    }

    /// Ends what does not end by itself.
    fn watch(&mut self) {
        let progress = core::mem::take(&mut self.progress);
        self.idle_ticks = if progress > 0 { 0 } else { self.idle_ticks + 1 };
        let patience = if self.hostile.may_last() { PATIENCE } else { LIMIT };
        if self.idle_ticks >= patience {
            self.idle_ticks = 0;
            kipc::fault(HOSTILE);
        }
    }

    /// One interrupt at a time, as soon as the one before has been taken.
    fn make_interrupt(&mut self) {
        match &mut self.interrupt {
            None => {
                kipc::software_irq(ECHO, u32::MAX);
                self.interrupt = Some(0);
            }
            Some(ticks) => {
                *ticks += 1;
                if *ticks == LIMIT {
                    self.report.error(self.hostile.number(), format_args!("interrupt lost"));
                }
            }
        }
    }

    fn interrupted(&mut self, count: u32) {
        if self.interrupt.take().is_none() || count != 1 {
            self.report.error(self.hostile.number(), format_args!("{count} interrupts too many"));
        }
        self.report.interrupts(count);
    }

    fn settling(&mut self, ticks: u32) {
        self.phase = Phase::Settling(ticks + 1);
        let silent = CHECKERS.into_iter().find(|&task| self.heard >> task & 1 == 0);
        if let Some(task) = silent {
            if ticks < SETTLE {
                return;
            }
            let name = self.report.name(task);
            self.report.error(self.hostile.number(), format_args!("{name} is silent at the end"));
        }
        self.phase = Phase::Ended;
        self.report.end();
    }
}
