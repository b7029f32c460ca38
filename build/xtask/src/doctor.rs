//! `doctor`: what is needed from outside, whether it is there, and how to get it.
//!
//! The other commands look for the same things by the same functions, and install what they may.

use crate::output;
use crate::qemu::{find_qemu, find_u_boot};
use crate::test::{find_disk_tools, find_ext_tools, find_partition_tools, find_python};
use anyhow::{Result, bail};
use serde::Serialize;
use toolchain::{Missing, Target};

/// The oldest compiler that this project is for.
const LEAST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Arguments of `doctor`.
#[derive(clap::Args)]
pub struct Arguments {
    /// For programs.
    #[arg(long)]
    json: bool,
}

/// One thing that was looked for.
#[derive(Serialize)]
struct Finding {
    what: String,
    /// Commands that do nothing without it.
    needed_for: &'static str,
    /// Whether nothing can be built or booted without it.
    needed: bool,
    /// Its version or its place, if it is there.
    found: Option<String>,
    /// How to get it, if it is not.
    fix: Option<String>,
}

/// Runs the command. That something is missing without which nothing is built is an error.
pub fn run(arguments: &Arguments) -> Result<()> {
    let findings = examine();
    let text = match arguments.json {
        true => serde_json::to_string_pretty(&findings)? + "\n",
        false => findings.iter().map(line).collect(),
    };
    output::write(None, &text)?;
    match findings.iter().filter(|one| one.needed && one.found.is_none()).count() {
        0 => Ok(()),
        1 => bail!("something is missing without which nothing is built or booted"),
        more => bail!("{more} things are missing without which nothing is built or booted"),
    }
}

fn line(finding: &Finding) -> String {
    let Finding { what, needed_for, found, fix, .. } = finding;
    match (found, fix) {
        (Some(found), _) => format!("ok       {what}: {found}\n"),
        (None, Some(fix)) => format!("MISSING  {what}, for {needed_for}: {fix}\n"),
        (None, None) => format!("MISSING  {what}, for {needed_for}\n"),
    }
}

fn examine() -> Vec<Finding> {
    let mut findings = vec![rust()];
    for target in Target::ALL {
        let what = format!("compiler for {}", target.triple());
        let found = toolchain::find_compiler(target).map(|compiler| {
            let library = match &compiler.library_source {
                Some(source) => format!("core is built from {}", source.display()),
                None => "core is installed".into(),
            };
            format!("{}, {library}", compiler.version)
        });
        findings.push(finding(what, "dist", true, found));
    }
    let linker =
        toolchain::find_linker().map(|(path, _, version)| format!("{version}, {}", path.display()));
    findings.push(finding("linker", "dist", true, linker));
    findings.push(finding("QEMU", "qemu, test, bench, fuzz", true, find_qemu()));
    let compilers: Result<Vec<_>, _> =
        Target::ALL.map(toolchain::find_compiler).into_iter().collect();
    let clippy = compilers.and_then(|compilers| toolchain::find_clippy(&compilers));
    findings.push(finding("clippy for the target", "clippy, test lint", false, there(clippy)));
    findings.push(of_cargo("rustfmt", "fmt"));
    findings.push(of_cargo("clippy", "clippy"));
    findings.push(finding("mkfs.vfat, mtools", "test", false, there(find_disk_tools())));
    findings.push(finding("sgdisk, sfdisk", "test", false, there(find_partition_tools())));
    findings.push(finding("mke2fs, debugfs", "test", false, there(find_ext_tools())));
    findings.push(finding("Python with venv", "test", false, there(find_python())));
    findings.push(finding("U-Boot for QEMU", "test", false, there(find_u_boot())));
    findings.push(program("git", "the source revision in archives"));
    findings
}

fn finding(
    what: impl Into<String>,
    needed_for: &'static str,
    needed: bool,
    found: Result<String, Missing>,
) -> Finding {
    let what = what.into();
    match found {
        Ok(found) => Finding { what, needed_for, needed, found: Some(found), fix: None },
        Err(missing) => Finding { what, needed_for, needed, found: None, fix: Some(missing.fix()) },
    }
}

fn there(found: Result<(), Missing>) -> Result<String, Missing> {
    found.map(|()| "there".into())
}

/// The active toolchain, which builds this tool and the host's libraries.
fn rust() -> Finding {
    let version = toolchain::version("rustc", &["--version"]);
    let found = version.filter(|version| is_enough(version));
    let fix = format!("install Rust {LEAST} or newer, as with `rustup update stable`");
    let fix = found.is_none().then_some(fix);
    let what = format!("Rust {LEAST} or newer");
    Finding { what, needed_for: "everything", needed: true, found, fix }
}

/// Whether `rustc 1.95.0 (…)` is new enough.
fn is_enough(version: &str) -> bool {
    let numbers = |version: &str| -> Vec<u32> {
        version.split(['.', '-']).map_while(|number| number.parse().ok()).collect()
    };
    version.split(' ').nth(1).is_some_and(|version| numbers(version) >= numbers(LEAST))
}

/// What comes with a toolchain of rustup as a component.
fn of_cargo(component: &str, command: &str) -> Finding {
    let found = toolchain::version("cargo", &[command, "--version"]);
    let fix = found.is_none().then(|| format!("run `rustup component add {component}`"));
    let what = format!("{component} for the host");
    Finding { what, needed_for: "test lint", needed: false, found, fix }
}

fn program(name: &'static str, needed_for: &'static str) -> Finding {
    let found = toolchain::version(name, &["--version"]);
    let fix = found.is_none().then(|| format!("run `sudo apt-get install {name}`"));
    Finding { what: name.into(), needed_for, needed: false, found, fix }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(is_enough(&format!("rustc {LEAST}.0 (59807616e 2026-04-14)")));
        assert!(is_enough("rustc 1.100.0-nightly (x)") && is_enough("rustc 2.0.0"));
        assert!(!is_enough("rustc 1.9.0 (x)") && !is_enough("rustc") && !is_enough(""));
    }

    #[test]
    fn what_is_missing_is_told_with_its_remedy() {
        let missing = Missing::new("QEMU", &["qemu-system-arm"], "or buy one");
        let told = line(&finding("QEMU", "qemu", true, Err(missing)));
        assert!(told.starts_with("MISSING  QEMU, for qemu: run `sudo "), "{told}");
        assert!(told.ends_with(" qemu-system-arm'`, or buy one\n"), "{told}");
    }
}
