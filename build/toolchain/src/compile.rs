//! Compiling a package to one relocatable object.
//!
//! `-r` makes the linker stop half way: one object with all code, sections still apart, DWARF
//! included, which `build/image` links at its final addresses as often as it likes. All packages
//! with the same features go through one run of cargo, so a run in which nothing changed costs a
//! fraction of a second.

use crate::{TARGET, Toolchain};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A crate to compile, with one binary of the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Name in the workspace.
    pub name: String,
    /// Its features.
    pub features: Vec<String>,
}

impl Package {
    fn object(&self, folder: &Path) -> PathBuf {
        let mut name = self.name.clone();
        for feature in &self.features {
            name.push('+');
            name.push_str(feature);
        }
        folder.join(name).with_extension("o")
    }
}

/// Compiles packages of the workspace at `root`; returns their objects in the same order.
/// `progress` gets the number done, the number of all, and a name.
///
/// # Errors
/// If cargo fails; its own messages have gone to standard error.
pub fn compile(
    toolchain: &Toolchain,
    root: &Path,
    packages: &[Package],
    progress: &mut dyn FnMut(usize, usize, &str),
) -> Result<Vec<PathBuf>> {
    let objects = root.join("target/build/objects");
    std::fs::create_dir_all(&objects).context("cannot make target/build/objects")?;
    let distinct: BTreeSet<&Package> = packages.iter().collect();
    let all = distinct.len();
    let mut done = 0;
    for group in groups(&distinct) {
        let mut finished = |name: &str| {
            done += 1;
            progress(done, all, name);
        };
        let executables = run_cargo(toolchain, root, &group, &mut finished)?;
        for package in group {
            let built = executables.get(&package.name).with_context(|| {
                format!("`{}` has no binary of its own name (src/main.rs)", package.name)
            })?;
            copy_if_changed(built, &package.object(&objects))?;
        }
    }
    Ok(packages.iter().map(|package| package.object(&objects)).collect())
}

/// Packages that cargo can build in one run: no package twice.
fn groups<'p>(packages: &BTreeSet<&'p Package>) -> Vec<Vec<&'p Package>> {
    let mut groups: Vec<Vec<&Package>> = Vec::new();
    for &package in packages {
        let fits =
            |group: &&mut Vec<&Package>| group.iter().all(|other| other.name != package.name);
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(package),
            None => groups.push(vec![package]),
        }
    }
    groups
}

/// One line of cargo's JSON.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

fn run_cargo(
    toolchain: &Toolchain,
    root: &Path,
    packages: &[&Package],
    finished: &mut dyn FnMut(&str),
) -> Result<BTreeMap<String, PathBuf>> {
    let mut child = cargo_command(toolchain, root, packages)
        .spawn()
        .with_context(|| format!("cannot run {}", toolchain.cargo.display()))?;
    let mut executables = BTreeMap::new();
    let output = child.stdout.take().context("cargo has no output")?;
    for line in BufReader::new(output).lines() {
        let Ok(message) = serde_json::from_str::<Message>(&line?) else { continue };
        if message.reason != "compiler-artifact" {
            continue;
        }
        if let (Some(target), Some(executable)) = (message.target, message.executable) {
            finished(&target.name);
            executables.insert(target.name, executable);
        }
    }
    if !child.wait()?.success() {
        bail!("compilation failed, as said above");
    }
    Ok(executables)
}

fn cargo_command(toolchain: &Toolchain, root: &Path, packages: &[&Package]) -> Command {
    let mut command = Command::new(&toolchain.cargo);
    command
        .current_dir(root)
        .args(["build", "--quiet", "--locked", "--profile", "image", "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics"])
        .args(["--config", "future-incompat-report.frequency=\"never\""])
        .arg("--target-dir")
        .arg(root.join("target/build"))
        .env("CARGO_ENCODED_RUSTFLAGS", rustc_flags(toolchain, root).join("\x1f"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    if toolchain.library_source.is_some() {
        command
            .arg("-Zbuild-std=core,compiler_builtins")
            .arg("-Zbuild-std-features=compiler-builtins-mem")
            .env("RUSTC_BOOTSTRAP", "1");
    }
    for package in packages {
        command.args(["-p", &package.name]);
        for feature in &package.features {
            command.args(["--features", &format!("{}/{feature}", package.name)]);
        }
    }
    for variable in ["CARGO", "CARGO_BUILD_TARGET", "LD_LIBRARY_PATH", "RUSTFLAGS", "RUSTDOC"] {
        command.env_remove(variable);
    }
    if !toolchain.active {
        command.env("RUSTC", &toolchain.rustc).env_remove("RUSTUP_TOOLCHAIN");
    }
    command
}

fn rustc_flags(toolchain: &Toolchain, root: &Path) -> Vec<String> {
    let mut flags = vec![
        format!("-Clinker={}", toolchain.linker.display()),
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
    if let Some(source) = &toolchain.library_source {
        remap(source, "/rust");
    }
    if let Some(home) = cargo_home() {
        remap(&home.join("registry/src"), "/registry");
    }
    remap(root, "/aidos");
    flags
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
}

/// Leaves an unchanged object alone, so that its time says when it last changed.
fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let new = std::fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if std::fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    std::fs::write(to, new).with_context(|| format!("cannot write {}", to.display()))
}
