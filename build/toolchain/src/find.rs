//! Which compiler and which linker.

use crate::{Missing, Target};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What compiles and links.
#[derive(Clone, Debug)]
pub struct Toolchain {
    compilers: BTreeMap<Target, Compiler>,
    /// The linker.
    pub linker: PathBuf,
    /// Arguments that make it take GNU arguments.
    pub linker_arguments: Vec<String>,
    /// First line of the linker's `--version`.
    pub linker_version: String,
}

/// What compiles for one target.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// `cargo`.
    pub cargo: PathBuf,
    /// `rustc`.
    pub rustc: PathBuf,
    /// Where `core` is built from, unless the target is installed.
    pub library_source: Option<PathBuf>,
    /// Whether it is the one `rustup` or the user chose, not Debian's.
    pub active: bool,
    /// `rustc --version`.
    pub version: String,
}

impl Compiler {
    /// A program that belongs to it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.rustc.with_file_name(name)
    }
}

impl Toolchain {
    /// What compiles for this target.
    ///
    /// # Errors
    /// If nobody looked for it.
    pub fn compiler(&self, target: Target) -> Result<&Compiler> {
        let found = self.compilers.get(&target);
        found.with_context(|| format!("internal error: no compiler for {}", target.triple()))
    }

    /// All of them.
    pub fn compilers(&self) -> impl Iterator<Item = &Compiler> {
        self.compilers.values()
    }

    /// The compilers' versions, usually one.
    #[must_use]
    pub fn rustc_version(&self) -> String {
        let versions: BTreeSet<&str> =
            self.compilers.values().map(|compiler| &*compiler.version).collect();
        versions.into_iter().collect::<Vec<_>>().join(", ")
    }
}

/// Looks for all that any app needs; says what is missing.
///
/// # Errors
/// The Debian packages that would do.
pub fn find() -> Result<Toolchain, Missing> {
    find_for(&Target::ALL)
}

/// The same for an app that needs these targets.
///
/// # Errors
/// The Debian packages that would do.
pub fn find_for(targets: &[Target]) -> Result<Toolchain, Missing> {
    let compilers = targets.iter().map(|&target| Ok((target, find_compiler(target)?)));
    let compilers = compilers.collect::<Result<_, Missing>>()?;
    let (linker, linker_arguments, linker_version) = find_linker()?;
    Ok(Toolchain { compilers, linker, linker_arguments, linker_version })
}

/// What compiles for one target.
///
/// # Errors
/// The Debian packages that would do.
pub fn find_compiler(target: Target) -> Result<Compiler, Missing> {
    compiler(sysroot(Path::new("rustc")).as_deref(), target).ok_or_else(no_compiler)
}

/// The linker, what makes it take GNU arguments, and its version.
///
/// # Errors
/// The Debian package that would do.
pub fn find_linker() -> Result<(PathBuf, Vec<String>, String), Missing> {
    let active = sysroot(Path::new("rustc"));
    let (linker, arguments) = linker(active.as_deref()).ok_or_else(|| {
        Missing::new("a linker", &["lld"], "or a rustup toolchain, which has rust-lld")
    })?;
    let version = first_line(Command::new(&linker).args(&arguments).arg("--version"));
    Ok((linker, arguments, version.unwrap_or_default()))
}

/// The first line a program says of its version, if it is there.
#[must_use]
pub fn version(program: &str, arguments: &[&str]) -> Option<String> {
    first_line(Command::new(program).args(arguments))
}

fn no_compiler() -> Missing {
    Missing::new(
        "a compiler for the target",
        &["rustc-web", "cargo-web", "rust-web-src"],
        "or, with rustup: rustup target add aarch64-unknown-none-softfloat aarch64-unknown-none",
    )
}

fn compiler(active: Option<&Path>, target: Target) -> Option<Compiler> {
    let compiler = |cargo: &str, rustc: &str, library_source, active| Compiler {
        cargo: cargo.into(),
        rustc: rustc.into(),
        library_source,
        active,
        version: first_line(Command::new(rustc).arg("--version")).unwrap_or_default(),
    };
    if let Some(sysroot) = active {
        if sysroot.join("lib/rustlib").join(target.triple()).join("lib").is_dir() {
            return Some(compiler("cargo", "rustc", None, true));
        }
        if let Some(source) = library_source(sysroot) {
            return Some(compiler("cargo", "rustc", Some(source), true));
        }
    }
    let (cargo, rustc) = ("/usr/bin/cargo", "/usr/bin/rustc");
    let source = library_source(&sysroot(Path::new(rustc))?)?;
    Path::new(cargo).is_file().then(|| compiler(cargo, rustc, Some(source), false))
}

fn library_source(sysroot: &Path) -> Option<PathBuf> {
    let source = sysroot.join("lib/rustlib/src/rust");
    source.join("library/core/Cargo.toml").is_file().then_some(source)
}

fn linker(active: Option<&Path>) -> Option<(PathBuf, Vec<String>)> {
    if let Some(path) = active.and_then(rust_lld) {
        return Some((path, vec!["-flavor".into(), "gnu".into()]));
    }
    first_line(Command::new("ld.lld").arg("--version"))?;
    Some(("ld.lld".into(), Vec::new()))
}

/// The linker that comes with a toolchain of rustup.
fn rust_lld(sysroot: &Path) -> Option<PathBuf> {
    let hosts = std::fs::read_dir(sysroot.join("lib/rustlib")).ok()?;
    hosts.flatten().map(|host| host.path().join("bin/rust-lld")).filter(|path| path.is_file()).min()
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    let line = first_line(Command::new(rustc).args(["--print", "sysroot"]))?;
    Some(PathBuf::from(line))
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sysroot_is_judged_by_what_is_in_it() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = |path: &str| {
            let path = folder.path().join("lib/rustlib").join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            std::fs::write(path, "")
        };
        assert_eq!(rust_lld(folder.path()), None);
        assert_eq!(library_source(folder.path()), None);
        file("a-host/bin/rust-lld")?;
        file("another/lib/libcore.rlib")?;
        file("src/rust/library/core/Cargo.toml")?;
        assert!(rust_lld(folder.path()).is_some_and(|path| path.ends_with("a-host/bin/rust-lld")));
        assert!(library_source(folder.path()).is_some());
        Ok(())
    }

    #[test]
    fn each_target_is_looked_for_by_itself() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let rustlib = folder.path().join("lib/rustlib");
        let source = |target| {
            let found = compiler(Some(folder.path()), target).filter(|found| found.active);
            found.map(|found| found.library_source)
        };
        std::fs::create_dir_all(rustlib.join(Target::Soft.triple()).join("lib"))?;
        assert_eq!((source(Target::Soft), source(Target::Hard)), (Some(None), None));
        std::fs::create_dir_all(rustlib.join("src/rust/library/core"))?;
        std::fs::write(rustlib.join("src/rust/library/core/Cargo.toml"), "")?;
        let rust = rustlib.join("src/rust");
        assert_eq!((source(Target::Soft), source(Target::Hard)), (Some(None), Some(Some(rust))));
        std::fs::create_dir_all(rustlib.join(Target::Hard.triple()).join("lib"))?;
        assert_eq!(source(Target::Hard), Some(None));
        Ok(())
    }

    #[test]
    fn whoever_lacks_a_target_is_told_of_both() {
        let said = no_compiler().to_string();
        let words: Vec<&str> = said.split_whitespace().collect();
        assert!(Target::ALL.iter().all(|target| words.contains(&target.triple())), "{said}");
    }
}
