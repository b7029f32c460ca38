//! Makes the interface's Rust from its description.

fn main() {
    idl::build("../../build/idl/tests/example.idl");
}
