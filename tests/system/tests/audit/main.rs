//! `cargo xtask audit`: what it says of real images, and of real images that were damaged.

mod commands;
mod flips;
mod form;
mod reach;
mod specimen;
