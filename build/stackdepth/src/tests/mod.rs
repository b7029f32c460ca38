//! Programs assembled by hand.

mod decoding;
mod depths;
mod machine;
