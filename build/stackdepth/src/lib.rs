//! How much stack a program can need: frames from its instructions, calls from its call graph.
//!
//! The instructions of the linked program are what runs, so they are what is read: of whatever
//! library, with or without debug information. What is assumed is said in `doc/stack.md`.

#![forbid(unsafe_code)]

mod frame;
mod insn;
mod path;
mod program;

pub use path::{Declared, Step};

use anyhow::Result;
use path::{Ways, longest};
use program::Program;

/// What a program can need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Bytes without panics and without formatting.
    pub plain: u64,
    /// Bytes without panics.
    pub formatting: u64,
    /// Bytes of the longest way of all.
    pub most: u64,
    /// That way.
    pub path: Vec<Step>,
}

/// Where a program begins.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'n> {
    /// At its first instruction.
    Start,
    /// At the functions whose names begin so, each with an empty stack.
    Named(&'n str),
}

/// Reads a linked program.
///
/// # Errors
/// If it cannot be known: the program is damaged, a function calls itself or moves its stack
/// pointer in unknown ways.
pub fn estimate(elf: &[u8], entry: Entry<'_>, declared: &Declared) -> Result<Estimate> {
    let program = Program::read(elf)?;
    let entries = match entry {
        Entry::Start => vec![program.entry],
        Entry::Named(name) => program.named(name),
    };
    let longest = |ways| longest(&program, &entries, declared, ways);
    let sum = |path: &[Step]| path.iter().map(|step| step.bytes).sum();
    let path = longest(Ways::All)?;
    Ok(Estimate {
        plain: sum(&longest(Ways::Plain)?),
        formatting: sum(&longest(Ways::Formatting)?),
        most: sum(&path),
        path,
    })
}
