//! The file system against images made by other tools, sound and broken.

#![forbid(unsafe_code)]

mod common;
mod corrupt;
mod images;
