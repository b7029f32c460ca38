//! `humility-lite`: see the library.

#![forbid(unsafe_code)]

use clap::Parser;
use humility_lite::args::Args;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    match humility_lite::run(&Args::parse()) {
        Ok(answer) => {
            // Whoever reads may have seen enough and gone.
            let _ = std::io::stdout().write_all(answer.output.as_bytes());
            for problem in answer.problems {
                let _ = writeln!(std::io::stderr(), "incomplete: {problem}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
