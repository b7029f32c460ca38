//! The build tool of Aidos, as `cargo xtask` in this workspace.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    xtask::main()
}
