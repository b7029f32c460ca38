//! What an image is made of, as SPDX 2.3 says it.
//!
//! [`crates`] finds the crates that were compiled for the target among those that cargo knows,
//! [`document`] writes them down. Nothing in it depends on where or when the image was built.

#![forbid(unsafe_code)]

mod crates;
mod spdx;

pub use crates::{Crate, Origin, crates, library, merge};
pub use spdx::document;
