//! Interface definitions: text to Rust and JSON.
