//! FAT against the tools everybody uses, mkfs.fat, fsck.fat and mtools, and against a model.

#![forbid(unsafe_code)]

mod common;
mod corrupt;
mod images;
mod random;
mod write;
