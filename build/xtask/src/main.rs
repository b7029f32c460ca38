//! The command line: reads arguments, calls the libraries in order.
fn main() {}
