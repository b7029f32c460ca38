//! The workspaces that packages come from: this project's, and perhaps one outside of it.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The profile that kernel and tasks are compiled by.
pub const PROFILE: &str = "image";

/// Where packages are compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its root.
    pub folder: PathBuf,
    /// What cargo makes is kept here from build to build.
    pub target: PathBuf,
    /// Only what its `Cargo.lock` says; otherwise cargo may write it.
    pub locked: bool,
    /// The settings of the profile, `KEY=VALUE`, where the workspace's own file lacks them.
    pub profile: Vec<String>,
    /// Folders, and what stands for them in the products. Of two that fit the later counts.
    pub remap: Vec<(PathBuf, &'static str)>,
}

impl Workspace {
    /// This project's.
    #[must_use]
    pub fn ours(folder: &Path, target: PathBuf) -> Self {
        Self {
            folder: folder.to_owned(),
            locked: true,
            profile: Vec::new(),
            // What build scripts write is in there, and the folder may be another's.
            remap: vec![(folder.to_owned(), "/aidos"), (target.clone(), "/aidos/target/build")],
            target,
        }
    }

    /// Another one, compiled as ours is.
    ///
    /// # Errors
    /// If our `Cargo.toml` does not have the profile.
    pub fn outside(folder: &Path, ours: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            target: folder.join("target/build"),
            locked: false,
            profile: profile(&ours.join("Cargo.toml"))?,
            remap: vec![(ours.to_owned(), "/aidos"), (folder.to_owned(), "/app")],
        })
    }
}

/// The folder of the workspace that a folder belongs to.
#[must_use]
pub fn around(folder: &Path) -> Option<PathBuf> {
    let is_root = |folder: &&Path| {
        let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        toml::from_str::<toml::Table>(&text).is_ok_and(|table| table.contains_key("workspace"))
    };
    folder.ancestors().find(is_root).map(Path::to_owned)
}

/// The packages of a workspace.
///
/// # Errors
/// If cargo does not understand it.
pub fn members(folder: &Path) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
    }
    let output = Command::new("cargo")
        .current_dir(folder)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("cannot run cargo metadata")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("cargo does not understand the workspace {}:\n{said}", folder.display());
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("cargo metadata cannot be read")?;
    Ok(metadata.packages.into_iter().map(|package| package.name).collect())
}

/// The settings of the profile; those for single packages are of our own.
fn profile(manifest: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    let table: toml::Table =
        toml::from_str(&text).with_context(|| format!("{} is damaged", manifest.display()))?;
    let settings = table.get("profile").and_then(|profiles| profiles.get(PROFILE)?.as_table());
    let settings =
        settings.with_context(|| format!("{} has no profile `{PROFILE}`", manifest.display()))?;
    let plain = settings.iter().filter(|(_, value)| !value.is_table());
    Ok(plain.map(|(key, value)| format!("profile.{PROFILE}.{key}={value}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
    }

    #[test]
    fn our_own_workspace_is_found_and_has_packages() {
        assert_eq!(around(&root().join("build/toolchain/src")), Some(root()));
        assert!(members(&root()).unwrap().contains(&"kern".to_owned()));
    }

    #[test]
    fn a_workspace_outside_is_compiled_as_ours() {
        let outside = Workspace::outside(Path::new("/x"), &root()).unwrap();
        assert!(outside.profile.contains(&"profile.image.panic=\"abort\"".to_owned()));
        assert!(outside.profile.contains(&"profile.image.overflow-checks=true".to_owned()));
        assert!(outside.profile.iter().all(|setting| !setting.contains("package")));
    }
}
