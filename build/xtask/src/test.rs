//! `test`: host tests, on-target suites, end-to-end tests; one line each.

use crate::dist::root;
use crate::{qemu::find_qemu, suite};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Counts and prints outcomes.
#[derive(Default)]
pub struct Tally {
    passed: usize,
    failed: Vec<String>,
}

impl Tally {
    /// One test's outcome.
    pub fn report(&mut self, name: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => {
                println!("test {name} ... ok");
                self.passed += 1;
            }
            Err(why) => {
                println!("test {name} ... FAILED {why}");
                self.failed.push(name.to_owned());
            }
        }
    }

    /// How many passed.
    pub fn passed(&self) -> usize {
        self.passed
    }

    /// How many did not.
    pub fn failed(&self) -> usize {
        self.failed.len()
    }

    fn finish(&self) -> Result<()> {
        if !self.failed.is_empty() {
            println!("\nfailed:");
            for name in &self.failed {
                println!("    {name}");
            }
        }
        println!("\n{} passed, {} failed", self.passed(), self.failed());
        if self.failed.is_empty() { Ok(()) } else { bail!("some tests failed") }
    }
}

/// Which tests to run.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these: `lint`, `host`, `target` or `system` [default: all].
    only: Vec<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let wanted =
        |kind: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == kind);
    let mut tally = Tally::default();
    // What tests need from outside is there before the first one runs.
    toolchain::require(find_qemu)?;
    toolchain::require(find_disk_tools)?;
    toolchain::require(toolchain::find)?;
    if wanted("lint") {
        lint("rustfmt", &["fmt", "--all", "--check"], &mut tally);
        let clippy = ["clippy", "--locked", "--all-targets", "--", "-D", "warnings"];
        lint("clippy", &clippy, &mut tally);
    }
    if wanted("host") {
        cargo_tests("", &[], &mut tally)?;
    }
    if wanted("target") {
        for path in apps()? {
            if let Err(error) = suite::run(&path, &mut tally) {
                tally.report(&path.display().to_string(), Err(format!("{error:#}")));
            }
        }
    }
    if wanted("system") {
        cargo_tests("system: ", &["-p", "test-system"], &mut tally)?;
    }
    tally.finish()
}

/// A command of cargo that must have nothing to say.
fn lint(name: &str, arguments: &[&str], tally: &mut Tally) {
    let output =
        Command::new("cargo").current_dir(root()).args(arguments).stdin(Stdio::null()).output();
    let outcome = match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Err(format!("\n{}", String::from_utf8_lossy(&said)))
        }
        Err(error) => Err(error.to_string()),
    };
    tally.report(name, outcome);
}

/// Programs that tests compare with.
fn find_disk_tools() -> Result<(), toolchain::Missing> {
    let there = |program: &str| Command::new(program).arg("--help").output().is_ok();
    if there("/sbin/mkfs.vfat") && there("mcopy") {
        return Ok(());
    }
    let packages = ["dosfstools", "mtools"];
    Err(toolchain::Missing::new("tools for FAT images", &packages, "or install them otherwise"))
}

/// The apps of on-target suites.
fn apps() -> Result<Vec<PathBuf>> {
    let folder = root().join("tests/apps");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    Ok(paths)
}

/// Runs `cargo test` and reports each of its tests.
fn cargo_tests(prefix: &str, arguments: &[&str], tally: &mut Tally) -> Result<()> {
    let mut child = Command::new("cargo")
        .current_dir(root())
        .args(["test", "--locked", "--no-fail-fast"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo test")?;
    let output = child.stdout.take().context("cargo has no output")?;
    let mut outcomes = 0;
    let mut failed = 0;
    for line in BufReader::new(output).lines() {
        let line = line?;
        let outcome = line.strip_prefix("test ").and_then(|line| line.split_once(" ... "));
        match outcome {
            Some((name, "ok")) => tally.report(&format!("{prefix}{name}"), Ok(())),
            Some((_, "ignored")) => continue,
            Some((name, outcome)) if outcome.starts_with("FAILED") => {
                failed += 1;
                tally.report(&format!("{prefix}{name}"), Err(String::new()));
            }
            _ => {
                if failed > 0 || line.starts_with("error") {
                    println!("{line}");
                }
                continue;
            }
        }
        outcomes += 1;
    }
    let success = child.wait()?.success();
    if !success && failed == 0 {
        tally.report(&format!("{prefix}cargo test"), Err("did not build or did not run".into()));
    }
    if outcomes == 0 {
        tally.report(&format!("{prefix}cargo test"), Err("ran no test".into()));
    }
    Ok(())
}
