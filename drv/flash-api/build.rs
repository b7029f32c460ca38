//! Makes the interface's Rust from its description.

fn main() {
    idl::build("../../idl/flash.idl");
}
