//! How deep the stack of a linked program can get.
//!
//! [`estimate`] reads the instructions of an AArch64 ELF, core library and assembly included: nothing
//! the compiler says of stack sizes is needed. What it proves and what it takes for granted is in
//! `doc/stack.md`.

#![forbid(unsafe_code)]

mod decode;
mod flow;
mod graph;
mod name;
mod program;
mod rules;
mod solve;
mod state;
mod tables;
#[cfg(test)]
mod tests;
mod value;

pub use rules::Rules;
pub use state::Lost;

use graph::Graph;
use program::Program;
use solve::{Solver, Without};
use std::fmt;

/// Bytes of stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// At most, with everything.
    pub most: u64,
    /// At most, as long as nothing panics.
    pub without_panics: u64,
    /// At most, as long as nothing panics, and without what `core::fmt` takes.
    pub without_formatting: u64,
    /// The way to the deepest place, with everything.
    pub path: Vec<Step>,
    /// The way to the deepest place without panics.
    pub path_without_panics: Vec<Step>,
    /// Patterns of the rules that are like no function's name.
    pub idle: Vec<String>,
}

/// A function on a way down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Readable name.
    pub function: String,
    /// Bytes it has in use as it calls the next.
    pub bytes: u64,
}

/// Why there is no estimate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The file is not what it should be.
    NotElf(String),
    /// Functions that call each other in a circle; the last is the first.
    Recursion(Vec<String>),
    /// The stack of this function is lost at this address.
    Lost {
        /// Readable name.
        function: String,
        /// Of the instruction.
        address: u64,
        /// Why.
        why: Lost,
    },
    /// A function that the estimate is to begin at.
    NoRoot(String),
}

impl Error {
    fn lost(function: &str, address: u64, why: Lost) -> Self {
        Self::Lost { function: function.to_owned(), address, why }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotElf(why) => write!(f, "no program: {why}"),
            Self::Recursion(circle) => write!(f, "recursion: {}", circle.join(" -> ")),
            Self::Lost { function, address, why } => {
                let why = match why {
                    Lost::Dynamic => "its stack pointer is not known before it runs",
                    Lost::Grows => "each turn of a loop takes more stack",
                    Lost::Astray => "execution leaves the instructions",
                };
                write!(f, "{function} at {address:#x}: {why}")
            }
            Self::NoRoot(name) => write!(f, "there is no function {name}"),
        }
    }
}

impl std::error::Error for Error {}

/// Every function of a program, and the bytes of stack that its own instructions take; `None` where
/// that is lost.
///
/// # Errors
/// If the file is no program.
pub fn frames(elf: &[u8]) -> Result<Vec<(u64, Option<u64>)>, Error> {
    let graph = Graph::of(Program::read(elf)?);
    let frame = |function: &graph::Function| {
        (function.address, function.lost.is_none().then_some(function.own))
    };
    Ok(graph.functions.iter().map(frame).collect())
}

/// Where a program begins with an empty stack.
#[derive(Clone, Copy, Debug)]
pub enum Roots<'a> {
    /// At its entry.
    Entry,
    /// In each of the functions whose name begins so.
    Prefix(&'a str),
}

/// Works out how deep the stack of a linked program can get.
///
/// # Errors
/// If that cannot be told: see [`Error`].
pub fn estimate(elf: &[u8], roots: Roots<'_>, rules: &Rules) -> Result<Estimate, Error> {
    solve(&Graph::of(Program::read(elf)?), roots, rules)
}

fn solve(graph: &Graph, roots: Roots<'_>, rules: &Rules) -> Result<Estimate, Error> {
    let roots = graph.roots(roots)?;
    let deepest = |panics, formatting| {
        let mut solver = Solver::new(graph, rules, Without { panics, formatting });
        let ways = roots.iter().map(|root| solver.deepest(*root));
        let ways = ways.collect::<Result<Vec<_>, Error>>()?;
        Ok(ways.into_iter().max_by_key(|(bytes, _)| *bytes).unwrap_or_default())
    };
    let (most, path) = deepest(false, false)?;
    let (without_panics, path_without_panics) = deepest(true, false)?;
    let (without_formatting, _) = deepest(true, true)?;
    let idle = rules.idle(&graph.functions);
    Ok(Estimate { most, without_panics, without_formatting, path, path_without_panics, idle })
}
