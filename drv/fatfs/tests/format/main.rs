//! FAT against the tools everybody uses, mkfs.fat, fsck.fat and mtools, and against a model.

#![forbid(unsafe_code)]

mod common;
mod corrupt;
mod cuts;
mod damage;
mod images;
mod random;
mod repair;
mod write;
