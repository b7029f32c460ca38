//! What the supervisor does for others: client, server trait and types of `idl/supervisor.idl`.

#![no_std]
#![forbid(unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/supervisor.rs"));
