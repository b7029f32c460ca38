//! The parts of the shell that need no machine: a line being typed, what it means, and faults in
//! words.

#![no_std]
#![forbid(unsafe_code)]

pub mod command;
pub mod fault;
pub mod line;
