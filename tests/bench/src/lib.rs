//! What the tasks of the benchmark image share: event counters, measured system calls, a board
//! for figures.
//!
//! A measured call reads the counters right before the registers are loaded and right after
//! `svc`: what lies between is what the best possible stub would execute. Where an event ends in
//! another task, that one writes its reading on the [`Board`].

// Only the target has the instructions.
#![cfg(target_os = "none")]
#![no_std]

mod board;
pub mod boot;
pub mod calls;
pub mod counters;
pub mod protocol;
pub mod serve;
mod statistics;
pub mod timed;

pub use board::{Board, Place};
pub use counters::{Span, Stamp};
pub use statistics::collect;
