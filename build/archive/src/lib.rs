//! The archive of one build, `<app>.zip`: image, ELFs with DWARF, and a manifest that explains
//! them.
//!
//! | entry | what |
//! |---|---|
//! | `manifest.json` | [`Manifest`]: layout, tasks, rights, tools and source revision |
//! | `image.elf`, `image.bin` | the image |
//! | `elf/kernel.elf`, `elf/task/NAME.elf` | with DWARF, at their final addresses |
//! | `app.toml`, `board.toml` | as they were |
//! | `files/…` | what the app file names in `archive` |
//! | `sbom.spdx.json` | the crates in the image, their licences, the tools: SPDX 2.3 |
//! | `idl/NAME.json` | each interface in machine-readable form |
//!
//! Entries are in this order, tasks by index, all with the same fixed time stamp, so the same
//! build gives the same bytes.

#![forbid(unsafe_code)]

mod manifest;
mod zipfile;

pub use manifest::*;
pub use zipfile::{Archive, Entry, write};
