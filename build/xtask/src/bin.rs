//! `cargo xtask` of this workspace.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    xtask::main()
}
