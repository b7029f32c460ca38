//! `backtrace`: who called whom.

use super::place::show;
use crate::fault::Fault;
use crate::program::Place;
use crate::record::{From, Record, Records, State};
use crate::space::Owner;
use crate::target::Target;
use crate::unwind::{At, Backtrace, Frame, Registers, Start, walk};
use anyhow::{Result, bail};
use serde::Serialize;
use std::fmt;

/// Stacks of some.
#[derive(Serialize)]
pub struct Answer {
    backtraces: Vec<Stack>,
}

#[derive(Serialize)]
struct Stack {
    /// A task's name, or `kernel`.
    owner: String,
    caveat: Option<&'static str>,
    /// Why it is dead.
    fault: Option<String>,
    /// What it said when it panicked.
    message: Option<String>,
    #[serde(flatten)]
    trace: Backtrace,
}

pub fn answer(target: &Target, wanted: Option<&str>) -> Result<Answer> {
    let records = Records::new(target)?;
    let mut backtraces = Vec::new();
    for owner in super::chosen(target, wanted)? {
        match owner {
            Owner::Kernel => backtraces.extend(of_kernel(target)),
            Owner::Task(index) => backtraces.extend(of_task(target, &records, index)),
        }
    }
    if backtraces.is_empty() && wanted.is_some() {
        bail!("there are no registers to begin with: it had not started, or was not running");
    }
    Ok(Answer { backtraces })
}

fn of_kernel(target: &Target) -> Option<Stack> {
    let live = target.processors().iter().find(|processor| processor.level() != 0)?;
    let registers = Registers { x: live.x, sp: live.sp, pc: live.pc };
    let program = target.program(Owner::Kernel)?;
    let start = Start { registers, at: At::This, through: None };
    let trace = walk(&program, &target.space(Owner::Kernel), start);
    Some(Stack { owner: "kernel".to_owned(), caveat: None, fault: None, message: None, trace })
}

fn of_task(target: &Target, records: &Records<'_>, index: usize) -> Option<Stack> {
    let record = records.get(index);
    if record.state == Some(State::Stopped) {
        return None;
    }
    let (trace, from) = trace(target, records, index, &record)?;
    let dead = record.fault.filter(Fault::is_one);
    let dead = dead.filter(|_| record.state == Some(State::Faulted));
    Some(Stack {
        owner: target.name(Owner::Task(index)).to_owned(),
        caveat: from.caveat(),
        fault: dead.map(|fault| fault.words(target, index)),
        message: dead.and_then(|fault| fault.panic_message(target, index)),
        trace,
    })
}

/// The stack of a task.
pub fn trace(
    target: &Target,
    records: &Records<'_>,
    index: usize,
    record: &Record,
) -> Option<(Backtrace, From)> {
    let owner = Owner::Task(index);
    let (saved, from) = records.registers(index, record)?;
    let dead = record.fault.filter(|_| record.state == Some(State::Faulted));
    let message = dead.and_then(|fault| fault.panic_message(target, index));
    let start = Start {
        registers: saved.registers,
        at: Records::at(record, from),
        through: message.as_deref().and_then(panic_place),
    };
    Some((walk(&*target.program(owner)?, &target.space(owner), start), from))
}

/// `file:line` of a panic message's first line.
fn panic_place(message: &str) -> Option<&str> {
    let place = message.lines().next()?.strip_prefix("panicked at ")?;
    let (place, _column) = place.strip_suffix(':')?.rsplit_once(':')?;
    Some(place)
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, stack) in self.backtraces.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{stack}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.caveat {
            Some(caveat) => writeln!(f, "{} ({caveat})", self.owner)?,
            None => writeln!(f, "{}", self.owner)?,
        }
        if let Some(fault) = &self.fault {
            writeln!(f, "  {fault}")?;
        }
        for line in self.message.iter().flat_map(|message| message.lines()) {
            writeln!(f, "    {line}")?;
        }
        let frames: Vec<_> = self.trace.frames.iter().map(lines).collect();
        let mut number = 0;
        for same in frames.chunk_by(|one, next| one == next) {
            let shown = if same.len() > LONGEST_RUN { 1 } else { same.len() };
            for frame in &same[..shown] {
                for line in frame {
                    writeln!(f, "{number:>4}  {line}")?;
                }
                number += 1;
            }
            if shown < same.len() {
                let more = same.len() - shown;
                writeln!(f, "      and the same {more} times more, to {}", number + more - 1)?;
                number += more;
            }
        }
        match &self.trace.broken {
            Some(why) => writeln!(f, "      and no further: {why}"),
            None => Ok(()),
        }
    }
}

/// Longer runs of the same call are cut short.
const LONGEST_RUN: usize = 3;

/// A frame: the functions inlined, then the function.
fn lines(frame: &Frame) -> Vec<String> {
    let guess = if frame.guessed { " (worked out)" } else { "" };
    if frame.places.is_empty() {
        return vec![format!("{:#x}{guess}", frame.pc)];
    }
    let line = |place: &Place| {
        let how = if place.inlined { " (inlined)" } else { guess };
        format!("{}{how}", show(place))
    };
    frame.places.iter().map(line).collect()
}
