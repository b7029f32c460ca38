//! Interface definitions: text to Rust and JSON.
//!
//! The language is described in `idl/README.md`. [`rust`] and [`json`] are functions from text to
//! text; [`build`] is what an api crate's build script calls.
//!
//! A file goes through [`lexer`], [`parser`] and [`check`]; each adds what is wrong to one list and
//! goes on, so that one run reports every mistake.

#![forbid(unsafe_code)]

mod check;
mod code;
mod diagnostic;
mod hash;
mod json;
mod lexer;
mod model;
mod names;
mod parser;
mod rust;
mod syntax;
mod writer;

use std::path::{Path, PathBuf};

pub use code::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Span};

/// The Rust module of an interface. `file` is how messages name it.
///
/// # Errors
///
/// Everything that is wrong with the text.
pub fn rust(file: &str, text: &str) -> Result<String, Diagnostics> {
    Ok(rust::module(&model(file, text)?))
}

/// The interface in machine-readable form.
///
/// # Errors
///
/// Everything that is wrong with the text.
pub fn json(file: &str, text: &str) -> Result<String, Diagnostics> {
    Ok(json::text(&model(file, text)?))
}

fn model(file: &str, text: &str) -> Result<model::Model, Diagnostics> {
    let mut log = diagnostic::Log::default();
    let tokens = lexer::words(text, &mut log);
    let syntax = parser::file(tokens, &mut log);
    let model = check::file(&syntax, &mut log);
    model.filter(|_| log.0.is_empty()).ok_or_else(|| Diagnostics::new(file, text, log.0))
}

/// For a build script: turns `path`, relative to the crate, into `NAME.rs` in `OUT_DIR`. Ends the
/// build with a message if that is not possible.
pub fn build(path: impl AsRef<Path>) {
    if let Err(message) = try_build(path.as_ref()) {
        eprintln!("{message}");
        std::process::exit(1);
    }
}

fn try_build(path: &Path) -> Result<(), String> {
    println!("cargo::rerun-if-changed={}", path.display());
    let text = std::fs::read_to_string(path)
        .map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let module = rust(&path.display().to_string(), &text).map_err(|errors| errors.to_string())?;
    let directory =
        std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: call this from a build script")?;
    let name = path.file_stem().unwrap_or(path.as_os_str());
    let target = PathBuf::from(directory).join(name).with_extension("rs");
    std::fs::write(&target, module).map_err(|e| format!("cannot write {}: {e}", target.display()))
}
