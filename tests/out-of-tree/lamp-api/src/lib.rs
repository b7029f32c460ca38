//! Lamps: client, server trait and types of `idl/lamp.idl`.

#![no_std]
#![forbid(unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/lamp.rs"));
