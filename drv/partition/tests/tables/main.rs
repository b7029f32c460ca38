//! Tables that sgdisk and sfdisk made, whole and damaged.

mod common;
mod damage;
mod gpt;
mod mbr;
mod selector;
mod windows;
