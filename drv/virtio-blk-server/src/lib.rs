//! The part of the block server that needs no kernel: requests of clients become requests to the
//! device, several at a time, neighbours together, and flushes in their place between writes.

#![no_std]
#![forbid(unsafe_code)]

mod engine;
mod job;
mod pieces;
mod set;
mod statistics;
mod table;
#[cfg(test)]
mod tests;

pub use drv_virtio_blk::Piece;
pub use engine::{Engine, Event};
pub use job::{Client, Gone, Kind, Request};
