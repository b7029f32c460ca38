//! One run of cargo for the target.

use crate::compile::Package;
use crate::workspace::PROFILE;
use crate::{Compiler, Target, Toolchain, Workspace};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
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

/// What a run left.
#[derive(Default)]
pub struct Built {
    /// Binaries by name.
    pub executables: BTreeMap<String, PathBuf>,
    /// Ids of the packages that were compiled for the target, as cargo calls them.
    pub linked: BTreeSet<String>,
}

/// One line of cargo's JSON.
#[derive(Deserialize)]
struct Message {
    reason: String,
    package_id: Option<String>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    target: Option<Crate>,
    executable: Option<PathBuf>,
    #[serde(default)]
    fresh: bool,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
}

/// Builds packages for one target.
pub fn run(
    toolchain: &Toolchain,
    target: Target,
    workspace: &Workspace,
    packages: &[&Package],
    finished: &mut dyn FnMut(Artifact<'_>),
) -> Result<Built> {
    let compiler = toolchain.compiler(target)?;
    let flags = rustc_flags(compiler, &toolchain.linker, workspace);
    let mut child = command(compiler, Verb::Build, target, workspace, packages)
        .args(["--quiet", "--message-format", "json-render-diagnostics"])
        .stdout(Stdio::piped())
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .spawn()
        .with_context(|| format!("cannot run {}", compiler.cargo.display()))?;
    let mut built = Built::default();
    // What only the host runs, build scripts and macros, is elsewhere.
    let products = workspace.target.join(target.triple());
    let output = child.stdout.take().context("cargo has no output")?;
    for line in BufReader::new(output).lines() {
        let Ok(message) = serde_json::from_str::<Message>(&line?) else { continue };
        let Some(target) = message.target.filter(|_| message.reason == "compiler-artifact") else {
            continue;
        };
        let fresh = message.fresh;
        if message.filenames.iter().any(|file| file.starts_with(&products)) {
            built.linked.extend(message.package_id);
        }
        if let Some(executable) = message.executable {
            finished(Artifact::Binary { name: &target.name, fresh });
            built.executables.insert(target.name, executable);
        } else if !fresh {
            finished(Artifact::Library(&target.name));
        }
    }
    if !child.wait()?.success() {
        bail!("compilation failed, as said above");
    }
    Ok(built)
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
    clean(&mut command, compiler);
    command
        .current_dir(&workspace.folder)
        .args([verb.word(), "--profile", PROFILE, "--target", target.triple()])
        .args(["--config", "future-incompat-report.frequency=\"never\""])
        .arg("--target-dir")
        .arg(&workspace.target)
        .stdin(Stdio::null());
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

/// Keeps what would change the products from a program of this compiler's.
fn clean(command: &mut Command, compiler: &Compiler) {
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
}

/// What cargo knows of a workspace's packages and of whom they import: `cargo metadata`.
///
/// # Errors
/// If it does not understand the workspace.
pub fn metadata(toolchain: &Toolchain, workspace: &Workspace) -> Result<Vec<u8>> {
    let compiler = toolchain.compiler(Target::Soft)?;
    let mut command = Command::new(&compiler.cargo);
    clean(&mut command, compiler);
    command.current_dir(&workspace.folder).args(["metadata", "--format-version", "1"]);
    command.args(["--filter-platform", Target::Soft.triple()]);
    if workspace.locked {
        command.arg("--locked");
    }
    let output = command.output().context("cannot run cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
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
    // The same sources give the same bytes in any folder. The last that fits counts: a checkout
    // below the home folder is a checkout.
    let library = compiler.library_source.iter().flat_map(|source| library_names(source));
    let crates = cargo_home().into_iter().flat_map(|home| crate_names(&home));
    let workspaces = workspace.remap.iter().map(|(folder, name)| (folder.clone(), *name));
    for (from, to) in library.chain(crates).chain(workspaces) {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    }
    flags
}

/// The library's source, in the compiler's own folder: Debian's is behind a symbolic link.
fn library_names(source: &Path) -> Vec<(PathBuf, &'static str)> {
    let real = source.join("library").canonicalize().ok();
    let real = real.and_then(|library| Some((library.parent()?.to_owned(), "/rust")));
    [(source.to_owned(), "/rust")].into_iter().chain(real).collect()
}

/// Where cargo keeps crates, by the names that cargo and the compiler have for it: part of it may be
/// behind symbolic links. A registry's folder is called after the server they came from, which is
/// none of their bytes' business. It is there: this tool was compiled from it.
fn crate_names(home: &Path) -> Vec<(PathBuf, &'static str)> {
    let registries = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    let mut registries: Vec<_> = registries.map(|entry| (entry.path(), "/cargo/crates")).collect();
    registries.sort();
    let named: Vec<_> = [(home.to_owned(), "/cargo")].into_iter().chain(registries).collect();
    let behind = |(path, name): &(PathBuf, &'static str)| {
        let real = path.canonicalize().ok().filter(|real| real != path)?;
        Some((real, *name))
    };
    let real: Vec<_> = named.iter().filter_map(behind).collect();
    real.into_iter().chain(named).collect()
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
    fn a_registry_has_one_name_whatever_its_server() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let home = folder.path().canonicalize()?;
        assert_eq!(crate_names(&home), [(home.clone(), "/cargo")]);
        let server = home.join("registry/src/a-server-0123456789abcdef");
        std::fs::create_dir_all(&server)?;
        assert_eq!(crate_names(&home)[1..], [(server, "/cargo/crates")]);
        Ok(())
    }

    #[test]
    #[cfg(unix)]
    fn crates_are_known_behind_a_link() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let folder = folder.path().canonicalize()?;
        let server = "registry/src/a-server-0123456789abcdef";
        std::fs::create_dir_all(folder.join("real").join(server))?;
        std::fs::create_dir(folder.join("home"))?;
        std::os::unix::fs::symlink(folder.join("real/registry"), folder.join("home/registry"))?;
        let names = crate_names(&folder.join("home"));
        for home in ["real", "home"] {
            assert!(names.contains(&(folder.join(home).join(server), "/cargo/crates")));
        }
        Ok(())
    }

    #[test]
    #[cfg(unix)]
    fn the_library_is_known_behind_a_link() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let folder = folder.path().canonicalize()?;
        std::fs::create_dir_all(folder.join("real/library"))?;
        std::os::unix::fs::symlink(folder.join("real"), folder.join("link"))?;
        let names = library_names(&folder.join("link"));
        assert_eq!(names, [(folder.join("link"), "/rust"), (folder.join("real"), "/rust")]);
        Ok(())
    }

    #[test]
    fn the_active_toolchain_stays_chosen_and_another_is_not_mixed_with_it() {
        assert!(!interferes("RUSTUP_TOOLCHAIN", true));
        assert!(interferes("RUSTUP_TOOLCHAIN", false));
    }
}
