//! `explain`: the page of a diagnostic's code.

use crate::output;
use anyhow::{Result, bail};
use appfile::Code;

/// Prints the page, or all codes with their rules.
pub fn run(code: Option<&str>) -> Result<()> {
    match code.map(|id| (id, Code::named(id))) {
        None => {
            let row = |code: &Code| format!("{code}  {}\n", code.rule());
            output::write(None, &Code::ALL.iter().map(row).collect::<String>())
        }
        Some((_, Some(code))) => output::write(None, code.page()),
        Some((id, None)) => bail!("there is no code `{id}`; `cargo xtask explain` lists them"),
    }
}
