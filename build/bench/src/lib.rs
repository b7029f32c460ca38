//! What the benchmark image says, as figures beside their targets.
//!
//! A [`Column`] is one image's figures: those it measured itself ([`Listener`]) and the kernel's
//! sizes ([`sizes`]). A [`Report`] is several columns, as a table for people or JSON for programs.
//! [`variant`] makes further app files of the one that is checked in.

#![forbid(unsafe_code)]

mod figure;
mod json;
mod keys;
mod listener;
mod meter;
mod report;
mod sizes;
mod table;
mod variant;

pub use figure::{Figure, Range};
pub use keys::{KEYS, Key};
pub use listener::Listener;
pub use meter::Meter;
pub use report::{Column, Report, Verdict};
pub use sizes::sizes;
pub use variant::variant;
