//! Which compiler and which linker.

use crate::{Missing, TARGET};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What compiles and links for the target.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// `cargo`.
    pub cargo: PathBuf,
    /// `rustc`.
    pub rustc: PathBuf,
    /// Where `core` is built from, unless the target is installed.
    pub library_source: Option<PathBuf>,
    /// Whether it is the one `rustup` or the user chose, not Debian's.
    pub active: bool,
    /// The linker.
    pub linker: PathBuf,
    /// Arguments that make it take GNU arguments.
    pub linker_arguments: Vec<String>,
    /// `rustc --version`.
    pub rustc_version: String,
    /// First line of the linker's `--version`.
    pub linker_version: String,
}

/// Looks for a toolchain; says what is missing.
///
/// # Errors
/// The Debian packages that would do.
pub fn find() -> Result<Toolchain, Missing> {
    let active = sysroot(Path::new("rustc"));
    let (cargo, rustc, library_source, is_active) =
        compiler(active.as_deref()).ok_or_else(|| {
            Missing::new(
                "a compiler for the target",
                &["rustc-web", "cargo-web", "rust-web-src"],
                "or, with rustup: rustup target add aarch64-unknown-none-softfloat",
            )
        })?;
    let (linker, linker_arguments) = linker(active.as_deref()).ok_or_else(|| {
        Missing::new("a linker", &["lld"], "or a rustup toolchain, which has rust-lld")
    })?;
    let rustc_version = first_line(Command::new(&rustc).arg("--version"));
    let linker_version = first_line(Command::new(&linker).args(&linker_arguments).arg("--version"));
    Ok(Toolchain {
        cargo,
        rustc,
        library_source,
        active: is_active,
        linker,
        linker_arguments,
        rustc_version: rustc_version.unwrap_or_default(),
        linker_version: linker_version.unwrap_or_default(),
    })
}

type Compiler = (PathBuf, PathBuf, Option<PathBuf>, bool);

fn compiler(active: Option<&Path>) -> Option<Compiler> {
    if let Some(sysroot) = active {
        let named = |source| Some(("cargo".into(), "rustc".into(), source, true));
        if sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
            return named(None);
        }
        if let Some(source) = library_source(sysroot) {
            return named(Some(source));
        }
    }
    let (cargo, rustc) = (PathBuf::from("/usr/bin/cargo"), PathBuf::from("/usr/bin/rustc"));
    let source = library_source(&sysroot(&rustc)?)?;
    cargo.is_file().then_some((cargo, rustc, Some(source), false))
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
        assert_eq!(compiler(Some(folder.path())).map(|(.., active)| active), Some(true));
        Ok(())
    }
}
