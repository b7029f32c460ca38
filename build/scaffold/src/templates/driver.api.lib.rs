//! Client, server trait and types of `idl/@NAME@.idl`.

#![no_std]
#![forbid(unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/@NAME@.rs"));
