//! A file system in memory that others are compared with, by random operations. For tests on the
//! host.
//!
//! A [`Walk`] does to a file system what comes to its mind, and the same to a [`Model`]: every
//! answer must be one that the model allows. In between, [`Walk::check`] compares everything.

#![forbid(unsafe_code)]

mod model;
mod random;
mod walk;

pub use model::{Model, Node, below};
pub use random::Random;
pub use walk::{Rules, Walk};
