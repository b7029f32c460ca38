//! A number for a number: client, server trait and types of `idl/pong.idl`.

#![no_std]
#![forbid(unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/pong.rs"));
