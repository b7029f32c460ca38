//! Compilers, linkers and packages: found, installed, run.
//!
//! The `core` of each [`Target`] comes from the first of these that is there:
//!
//! 1. the active toolchain's installed target;
//! 2. the active toolchain's `rust-src`, built with `-Zbuild-std`;
//! 3. Debian's `rustc-web`, `cargo-web` and `rust-web-src`, likewise.
//!
//! The linker is the active toolchain's `rust-lld`, or `ld.lld`.

#![forbid(unsafe_code)]

mod cargo;
mod compile;
mod find;
mod install;
mod look;
mod target;
pub mod workspace;

pub use cargo::metadata;
pub use compile::{Compiled, Package, Progress, compile};
pub use find::{Compiler, Toolchain, find, find_compiler, find_for, find_linker, version};
pub use install::{Missing, require};
pub use look::{RUSTDOC_FLAGS, clippy, doc, find_clippy};
pub use target::Target;
pub use workspace::Workspace;
