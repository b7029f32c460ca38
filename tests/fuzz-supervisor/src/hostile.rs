//! The hostile task's present life: what it was told, and whether that came of it.

use crate::report::Report;
use abi::kipc::TaskStatus;
use abi::{FaultKind, Handle, ReplyFault};
use test_fuzz::scene::HOSTILE;
use test_fuzz::{Deed, Fate, Maker, Outcome, Tale, kind};
use userlib::{kipc, sys};
use zerocopy::IntoBytes;

/// Every so manieth time a dead life's memory is read.
const DUMP: u64 = 64;

/// Whether a life goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It gets its next deed.
    GoOn,
    /// It was ended.
    End,
}

pub struct Hostile {
    maker: Maker<'static>,
    number: u64,
    present: Option<(Deed, Fate)>,
    generation: u32,
    deaths: u64,
}

impl Hostile {
    pub const fn new(maker: Maker<'static>) -> Self {
        Self { maker, number: 0, present: None, generation: 0, deaths: 0 }
    }

    /// How many deeds it was given.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Whether what it does now may take any time.
    pub fn may_last(&self) -> bool {
        self.present.is_some_and(|(_, fate)| fate.may_last)
    }

    /// It has done its deed, or begins a life.
    pub fn survived(&mut self, tale: Tale, report: &mut Report) -> Then {
        if let Some((deed, fate)) = self.present.take() {
            if let Outcome::Dies(_) = fate.outcome {
                report.deed_error(self.number, &deed, format_args!("it lived through that"));
            }
            if fate.harms_itself {
                // What it says is not to be relied on, nor what it would do next.
                self.generation += 1;
                report.ended();
                kipc::restart(HOSTILE, true);
                return Then::End;
            }
            if tale.changed != 0 {
                let words = format_args!("registers changed: bits {:#x}", tale.changed);
                report.deed_error(self.number, &deed, words);
            }
            if let Some(result) = fate.result.filter(|&result| result != tale.result) {
                let words = format_args!("x0 is {:#x}, not {result:#x}", tale.result);
                report.deed_error(self.number, &deed, words);
            }
        }
        if tale.leaked != 0 {
            let leaked = tale.leaked;
            report.error(self.number, format_args!("registers at birth: bits {leaked:#x}"));
        }
        Then::GoOn
    }

    /// Hands out the next deed.
    pub fn instruct(&mut self, caller: Handle, capacity: usize, report: &mut Report) {
        if capacity < size_of::<Deed>() {
            report.error(self.number, format_args!("the hostile task asks wrongly"));
            sys::reply_fault(caller, ReplyFault::ReplyBufferTooSmall);
            return;
        }
        let (deed, fate) = self.maker.deed(self.number);
        self.number += 1;
        report.deed(deed.kind);
        sys::reply(caller, 0, deed.as_bytes());
        self.present = Some((deed, fate));
    }

    /// It has died: was it to?
    pub fn died(&mut self, status: &TaskStatus, report: &mut Report) {
        self.generation += 1;
        self.deaths += 1;
        report.fault(status.fault.kind);
        if status.generation != self.generation {
            let (found, expected) = (status.generation, self.generation);
            report.error(self.number, format_args!("generation {found}, not {expected}"));
            self.generation = found;
        }
        match self.present.take() {
            None => {
                let fault = &status.fault;
                report.error(self.number, format_args!("died before its first deed: {fault:x?}"));
            }
            Some((deed, fate)) => {
                if !expected(&deed, &fate, status) {
                    let fault = &status.fault;
                    report.deed_error(self.number, &deed, format_args!("{fate:?}, but {fault:x?}"));
                }
            }
        }
        self.look_at_the_dead(status, report);
        kipc::restart(HOSTILE, true);
    }

    fn look_at_the_dead(&self, status: &TaskStatus, report: &mut Report) {
        let mut memory = [0; abi::MAX_MESSAGE];
        if status.fault.kind == FaultKind::Panic as u32 {
            let _ = kipc::read_panic_message(HOSTILE, &mut memory);
        }
        if self.deaths.is_multiple_of(DUMP) {
            let region = kipc::dump_region(HOSTILE, 0);
            if !region.is_some_and(|region| kipc::read_dump(HOSTILE, region.address, &mut memory)) {
                report.error(self.number, format_args!("a dead task's memory cannot be read"));
            }
        }
    }
}

/// Whether this death was to be expected.
fn expected(deed: &Deed, fate: &Fate, status: &TaskStatus) -> bool {
    let fault = &status.fault;
    let Some(kind) = FaultKind::from_number(fault.kind) else { return false };
    let right_kind = match (kind, fate.outcome) {
        // Nobody but this task may.
        (FaultKind::Injected, _) => fate.may_last && fault.from == 0,
        (FaultKind::None | FaultKind::Unknown, _) => false,
        (_, Outcome::Lives) => false,
        (_, Outcome::Dies(kinds)) => kinds >> fault.kind & 1 != 0,
        (FaultKind::FromServer, Outcome::Either) => deed.kind != kind::INSTRUCTION,
        (_, Outcome::Either) => true,
    };
    right_kind && fate.address.is_none_or(|address| address == fault.address)
}
