//! `completions`: what a shell needs to complete our command lines.

use crate::output;
use anyhow::Result;
use clap_complete::{Shell, generate};

/// The word that the shell completes: an alias of `cargo xtask`, which is two.
const WORD: &str = "xtask";

/// Prints the script.
pub fn run(command: clap::Command, shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    generate(shell, &mut command.name(WORD), WORD, &mut script);
    output::write(None, &String::from_utf8_lossy(&script))
}
