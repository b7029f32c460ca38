//! Where a command's product goes: a file, or standard output.

use anyhow::{Context, Result};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Writes it to the file, if there is one. Whoever closes our output early has seen enough.
pub fn write(file: Option<&Path>, text: &str) -> Result<()> {
    if let Some(file) = file {
        return std::fs::write(file, text)
            .with_context(|| format!("cannot write {}", file.display()));
    }
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}
