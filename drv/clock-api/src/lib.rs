//! The time of day: client, server trait and types.

#![no_std]
#![forbid(unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/clock.rs"));
