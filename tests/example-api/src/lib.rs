//! One of everything the interface language has: client, server trait and types.

#![no_std]
#![forbid(unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/example.rs"));
