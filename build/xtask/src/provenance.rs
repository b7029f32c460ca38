//! What an image was built from and by what, as its archive says it.

use crate::dist::root;
use crate::home::Home;
use anyhow::{Context, Result};
use appfile::App;
use archive::{Built, Entry};
use std::process::Command;
use toolchain::{Compiled, Target, Toolchain};

/// What stands for the time of sources without a revision: the earliest that a zip can say.
const NO_DATE: &str = "1980-01-01T00:00:00Z";

/// All but the file by which cargo knows that what it fetched is complete.
const CARGOS_MARK: &str = ":(exclude).cargo-ok";

/// Sources and tools; no crates yet.
pub fn built(toolchain: &Toolchain) -> Built {
    let date = ["log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd"];
    let cargo = toolchain.compiler(Target::Soft).ok().map(|compiler| &compiler.cargo);
    let cargo = cargo.and_then(|cargo| said(Command::new(cargo).arg("--version")));
    Built {
        version: env!("CARGO_PKG_VERSION").into(),
        revision: git(&["rev-parse", "HEAD"]).unwrap_or_default(),
        dirty: git(&["status", "--porcelain", "--", ".", CARGOS_MARK])
            .is_some_and(|changes| !changes.is_empty()),
        rustc: toolchain.rustc_version(),
        linker: toolchain.linker_version.clone(),
        cargo: cargo.unwrap_or_default(),
        date: git(&date).unwrap_or_else(|| NO_DATE.into()),
        crates: Vec::new(),
    }
}

/// The same with the crates in it, and the document that says more of them.
///
/// # Errors
/// If cargo does not say what they are.
pub fn sbom(
    app: &App,
    home: &Home,
    toolchain: &Toolchain,
    compiled: &Compiled,
    built: Built,
) -> Result<(Built, Entry)> {
    let mut all = sbom::library(&built.rustc).to_vec();
    for workspace in home.workspaces() {
        let path = workspace.folder.join("Cargo.lock");
        let lock = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let metadata = toolchain::metadata(toolchain, workspace)?;
        all.extend(sbom::crates(&metadata, &lock, &compiled.linked)?);
    }
    let all = sbom::merge(all);
    let crates = all.iter().map(|one| archive::Crate {
        name: one.name.clone(),
        version: one.version.clone(),
        licence: one.licence.clone().unwrap_or_default(),
    });
    let built = Built { crates: crates.collect(), ..built };
    let bytes = sbom::document(&app.name, &built, &all).into_bytes();
    Ok((built, Entry { name: "sbom.spdx.json".into(), bytes }))
}

fn git(arguments: &[&str]) -> Option<String> {
    said(Command::new("git").current_dir(root()).env("TZ", "UTC").args(arguments))
}

fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
