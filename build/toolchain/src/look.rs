//! What can be said of the target's packages without an image: clippy's opinion, documentation.

use crate::cargo::{self, Verb};
use crate::compile::groups;
use crate::{Compiler, Missing, Package, Target, Toolchain, Workspace};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A library's first page may name its private modules.
pub const RUSTDOC_FLAGS: &str = "-D warnings -A rustdoc::private_intra_doc_links";

/// Runs clippy over packages, which must leave it nothing to say.
///
/// # Errors
/// If it says something, or is not there; its words have gone to standard error.
pub fn clippy(toolchain: &Toolchain, workspace: &Workspace, packages: &[Package]) -> Result<()> {
    each(toolchain, workspace, packages, Verb::Clippy, |command| {
        command.args(["--", "-D", "warnings"]);
    })
}

/// Documents packages; returns where, by target.
///
/// # Errors
/// If there is something to warn of; what has gone to standard error.
pub fn doc(
    toolchain: &Toolchain,
    workspace: &Workspace,
    packages: &[Package],
) -> Result<Vec<PathBuf>> {
    each(toolchain, workspace, packages, Verb::Doc, |command| {
        command.args(["--no-deps", "--keep-going"]).env("RUSTDOCFLAGS", RUSTDOC_FLAGS);
    })?;
    let targets: BTreeSet<Target> = packages.iter().map(|package| package.target).collect();
    let folder = |target: Target| workspace.target.join(target.triple()).join("doc");
    Ok(targets.into_iter().map(folder).collect())
}

fn each(
    toolchain: &Toolchain,
    workspace: &Workspace,
    packages: &[Package],
    verb: Verb,
    more: impl Fn(&mut Command),
) -> Result<()> {
    let distinct: BTreeSet<&Package> = packages.iter().collect();
    for (target, group) in groups(&distinct) {
        let compiler = toolchain.compiler(target)?;
        let mut command = cargo::command(compiler, verb, target, workspace, &group);
        if !std::io::stderr().is_terminal() {
            command.arg("--quiet");
        }
        more(&mut command);
        let status = command
            .status()
            .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
        if !status.success() {
            bail!("there is something to mend, as said above");
        }
    }
    Ok(())
}

/// Whether clippy is there for all these compilers.
///
/// # Errors
/// What to install.
pub fn find_clippy<'c>(compilers: impl IntoIterator<Item = &'c Compiler>) -> Result<(), Missing> {
    match compilers.into_iter().all(has_clippy) {
        true => Ok(()),
        false => Err(Missing::new(
            "clippy for the target",
            &["rust-web-clippy"],
            "or, with rustup: rustup component add clippy",
        )),
    }
}

fn has_clippy(compiler: &Compiler) -> bool {
    let program = match compiler.active {
        true => Path::new("clippy-driver").to_owned(),
        false => compiler.beside("clippy-driver"),
    };
    let mut command = Command::new(program);
    let status =
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    status.status().is_ok_and(|status| status.success())
}
