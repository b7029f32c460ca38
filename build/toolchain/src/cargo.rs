//! One run of cargo for the target.

use crate::compile::Package;
use crate::workspace::PROFILE;
use crate::{Compiler, Target, Toolchain, Workspace};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Something cargo finished.
pub enum Artifact<'n> {
    /// A library, compiled just now.
    Library(&'n str),
    /// A binary; `fresh` if it was there already.
    Binary { name: &'n str, fresh: bool },
}

/// One line of cargo's JSON.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Crate>,
    executable: Option<PathBuf>,
    #[serde(default)]
    fresh: bool,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
}

/// Builds packages for one target; returns their binaries by name.
pub fn run(
    toolchain: &Toolchain,
    target: Target,
    workspace: &Workspace,
    packages: &[&Package],
    finished: &mut dyn FnMut(Artifact<'_>),
) -> Result<BTreeMap<String, PathBuf>> {
    let compiler = toolchain.compiler(target)?;
    let flags = rustc_flags(compiler, &toolchain.linker, workspace);
    let mut child = command(compiler, Verb::Build, target, workspace, packages)
        .args(["--quiet", "--message-format", "json-render-diagnostics"])
        .stdout(Stdio::piped())
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .spawn()
        .with_context(|| format!("cannot run {}", compiler.cargo.display()))?;
    let mut executables = BTreeMap::new();
    let output = child.stdout.take().context("cargo has no output")?;
    for line in BufReader::new(output).lines() {
        let Ok(message) = serde_json::from_str::<Message>(&line?) else { continue };
        let Some(target) = message.target.filter(|_| message.reason == "compiler-artifact") else {
            continue;
        };
        let fresh = message.fresh;
        if let Some(executable) = message.executable {
            finished(Artifact::Binary { name: &target.name, fresh });
            executables.insert(target.name, executable);
        } else if !fresh {
            finished(Artifact::Library(&target.name));
        }
    }
    if !child.wait()?.success() {
        bail!("compilation failed, as said above");
    }
    Ok(executables)
}

/// What cargo is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Build,
    Clippy,
    Doc,
}

impl Verb {
    const fn word(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Clippy => "clippy",
            Self::Doc => "doc",
        }
    }
}

/// Cargo for the target, as every command of ours calls it.
pub fn command(
    compiler: &Compiler,
    verb: Verb,
    target: Target,
    workspace: &Workspace,
    packages: &[&Package],
) -> Command {
    let mut command = Command::new(match verb {
        // Cargo itself would look for it where the user's own commands are first.
        Verb::Clippy if !compiler.active => compiler.beside("cargo-clippy"),
        _ => compiler.cargo.clone(),
    });
    command
        .current_dir(&workspace.folder)
        .args([verb.word(), "--profile", PROFILE, "--target", target.triple()])
        .args(["--config", "future-incompat-report.frequency=\"never\""])
        .arg("--target-dir")
        .arg(&workspace.target)
        .stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| interferes(name, compiler.active)) {
            command.env_remove(name);
        }
    }
    if !compiler.active {
        let [rustc, rustdoc, cargo] =
            ["rustc", "rustdoc", "cargo"].map(|name| compiler.beside(name));
        command.env("RUSTC", rustc).env("RUSTDOC", rustdoc).env("CARGO", cargo);
    }
    if compiler.library_source.is_some() {
        command
            .arg("-Zbuild-std=core,compiler_builtins")
            .arg("-Zbuild-std-features=compiler-builtins-mem")
            .env("RUSTC_BOOTSTRAP", "1");
    }
    if workspace.locked {
        command.arg("--locked");
    }
    for setting in &workspace.profile {
        command.args(["--config", setting]);
    }
    // Packages that differ in this are not built in one run.
    if packages.iter().any(|package| !package.default_features) {
        command.arg("--no-default-features");
    }
    for package in packages {
        command.args(["-p", &package.name]);
        for feature in &package.features {
            command.args(["--features", &format!("{}/{feature}", package.name)]);
        }
    }
    command
}

/// Where crates come from, and how cargo speaks: a user's to choose. What is compiled and how is not.
const HARMLESS: [&str; 9] = [
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
    "CARGO_TERM_",
    "CARGO_BUILD_JOBS",
    "RUST_BACKTRACE",
    "RUSTUP_HOME",
];

/// Whether a variable of our environment must not reach the target's compiler. Some of them come
/// from the cargo that runs this program, for another toolchain.
fn interferes(name: &str, active: bool) -> bool {
    if HARMLESS.iter().any(|harmless| name.starts_with(harmless)) {
        return false;
    }
    // Which toolchain is the active one, and by which compiler.
    if active && ["RUSTC", "RUSTUP_TOOLCHAIN"].contains(&name) {
        return false;
    }
    name.starts_with("CARGO") || name.starts_with("RUST") || name == "LD_LIBRARY_PATH"
}

/// The same for either target.
fn rustc_flags(compiler: &Compiler, linker: &Path, workspace: &Workspace) -> Vec<String> {
    let mut flags = vec![
        format!("-Clinker={}", linker.display()),
        "-Clinker-flavor=ld.lld".into(),
        "-Clink-arg=-r".into(),
        "-Clink-arg=--no-gc-sections".into(),
        "-Crelocation-model=static".into(),
        "-Cforce-unwind-tables=no".into(),
    ];
    // The same sources give the same bytes in any folder.
    let mut remap = |from: &Path, to: &str| {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    };
    if let Some(source) = &compiler.library_source {
        remap(source, "/rust");
    }
    if let Some(home) = cargo_home() {
        remap(&home, "/cargo");
    }
    // The last that fits counts: a checkout below the home folder is a checkout.
    for (folder, name) in &workspace.remap {
        remap(folder, name);
    }
    flags
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_products_is_kept_out() {
        for name in [
            "CARGO_INCREMENTAL",
            "CARGO_PROFILE_IMAGE_OPT_LEVEL",
            "CARGO_BUILD_TARGET",
            "CARGO_TARGET_DIR",
            "RUSTFLAGS",
            "RUSTC_WRAPPER",
            "LD_LIBRARY_PATH",
        ] {
            assert!(interferes(name, true) && interferes(name, false), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_NET_OFFLINE", "CARGO_REGISTRIES_X_INDEX", "PATH", "HOME"]
        {
            assert!(!interferes(name, true) && !interferes(name, false), "{name}");
        }
    }

    /// What cargo is called with, each occurrence of the target's name replaced.
    fn called(compiler: &Compiler, target: Target) -> Vec<String> {
        let features = vec!["x".into()];
        let package = Package { name: "a".into(), features, default_features: true, target };
        let ours = Workspace::ours(Path::new("root"), "root/target/build".into());
        let command = command(compiler, Verb::Build, target, &ours, &[&package]);
        let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
        words.map(|word| if word == target.triple() { "TARGET".into() } else { word }).collect()
    }

    #[test]
    fn targets_differ_in_their_name_only() {
        let mut compiler = Compiler {
            cargo: "cargo".into(),
            rustc: "rustc".into(),
            library_source: None,
            active: true,
            version: String::new(),
        };
        let installed = called(&compiler, Target::Soft);
        assert_eq!(installed.iter().filter(|word| *word == "TARGET").count(), 1);
        assert_eq!(called(&compiler, Target::Hard), installed);
        compiler.library_source = Some("source".into());
        let built = called(&compiler, Target::Soft);
        assert!(built.len() > installed.len());
        assert_eq!(called(&compiler, Target::Hard), built);
    }

    #[test]
    fn the_active_toolchain_stays_chosen_and_another_is_not_mixed_with_it() {
        assert!(!interferes("RUSTUP_TOOLCHAIN", true));
        assert!(interferes("RUSTUP_TOOLCHAIN", false));
    }
}
