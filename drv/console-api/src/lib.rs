//! A line with a person at the other end: client, server trait and types of `idl/console.idl`,
//! and text for it.

#![no_std]
#![forbid(unsafe_code)]

mod text;

pub use text::Text;

include!(concat!(env!("OUT_DIR"), "/console.rs"));
