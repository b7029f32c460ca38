//! The commands, one file each.

mod backtrace;
mod bits;
mod epitaph;
mod fp;
mod manifest;
mod map;
mod place;
mod readmem;
mod readvar;
mod registers;
mod ringbuf;
mod stackmargin;
mod tasks;
mod trace;

use crate::args::Command;
use crate::space::Owner;
use crate::target::Target;
use anyhow::Result;
use serde::Serialize;
use std::fmt::Display;

/// An answer, for people and for programs.
#[derive(Clone, Debug)]
pub struct Report {
    /// For people.
    pub text: String,
    /// For programs.
    pub json: serde_json::Value,
}

impl Report {
    fn new(answer: &(impl Display + Serialize)) -> Result<Self> {
        Ok(Self { text: answer.to_string(), json: serde_json::to_value(answer)? })
    }
}

/// Runs one command.
///
/// # Errors
/// If there is nothing to answer with.
pub fn run(target: &Target, command: &Command) -> Result<Report> {
    match command {
        Command::Manifest => Report::new(&manifest::answer(target)),
        Command::Tasks => Report::new(&tasks::answer(target)?),
        Command::Registers { task, fp } => {
            Report::new(&registers::answer(target, task.as_deref(), *fp)?)
        }
        Command::Backtrace { task } => Report::new(&backtrace::answer(target, task.as_deref())?),
        Command::Ringbuf { task, name } => {
            Report::new(&ringbuf::answer(target, task.as_deref(), name.as_deref())?)
        }
        Command::Map { address: None } => Report::new(&map::answer(target)),
        Command::Map { address: Some(address) } => Report::new(&map::explain(target, *address)),
        Command::Readmem { address, length, task, physical } => {
            let space = readmem::Place::new(target, *address, task.as_deref(), *physical)?;
            Report::new(&readmem::answer(target, space, *address, *length)?)
        }
        Command::Readvar { name: Some(name), task } => {
            Report::new(&readvar::answer(target, name, task.as_deref())?)
        }
        Command::Readvar { name: None, task } => {
            Report::new(&readvar::list(target, task.as_deref())?)
        }
        Command::Trace { last, task } => {
            Report::new(&trace::answer(target, *last, task.as_deref())?)
        }
        Command::Stackmargin => Report::new(&stackmargin::answer(target)?),
        Command::Epitaph => Report::new(&epitaph::answer(target)?),
    }
}

/// The owner named, or all.
fn chosen(target: &Target, wanted: Option<&str>) -> Result<Vec<Owner>> {
    match wanted {
        Some(wanted) => Ok(vec![target.owner(wanted)?]),
        None => Ok(target.owners().collect()),
    }
}
