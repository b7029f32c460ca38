//! `test`: host tests, on-target suites, end-to-end tests; one line each.

use crate::dist::root;
use crate::qemu::{find_qemu, find_u_boot};
use crate::tally::Tally;
use crate::{fuzz, host, suite};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The package of end-to-end tests.
const SYSTEM: &str = "test-system";

/// Which tests to run.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these: `lint`, `host`, `target` or `system` [default: all].
    #[arg(value_parser = ["lint", "host", "target", "system"])]
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
    toolchain::require(find_partition_tools)?;
    toolchain::require(find_python)?;
    toolchain::require(find_ext_tools)?;
    toolchain::require(find_u_boot)?;
    toolchain::require(toolchain::find)?;
    if wanted("lint") {
        lint("rustfmt", &["fmt", "--all", "--check"], &mut tally);
        let tools = ["clippy", "--locked", "--all-targets", "--", "-D", "warnings"];
        lint("clippy: tools", &tools, &mut tally);
        let all = ["--workspace", "--exclude", "kern", "--lib", "--tests"];
        let all = [&["clippy", "--locked"][..], &all, &["--", "-D", "warnings"]].concat();
        lint("clippy: libraries and tests", &all, &mut tally);
        lint("clippy: kernel and tasks", &["xtask", "clippy"], &mut tally);
    }
    if wanted("host") {
        // Not only what the host needs: the logic of drivers and tasks is tested here, too.
        let arguments = ["--workspace", "--exclude", SYSTEM, "--tests"];
        host::cargo_test(&arguments, &mut tally)?;
    }
    if wanted("target") {
        for path in apps()? {
            if let Err(error) = suite::run(&path, &mut tally) {
                tally.report(&path.display().to_string(), Err(format!("{error:#}")));
            }
        }
    }
    if wanted("target")
        && let Err(error) = fuzz::test(&mut tally)
    {
        tally.report(fuzz::APP, Err(format!("{error:#}")));
    }
    if wanted("system") {
        // One machine at a time: they share a disk.
        let arguments = ["--package", SYSTEM, "--", "--test-threads", "1"];
        host::cargo_test(&arguments, &mut tally)?;
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
pub fn find_disk_tools() -> Result<(), toolchain::Missing> {
    let there = |program: &str| Command::new(program).arg("--help").output().is_ok();
    if there("/sbin/mkfs.vfat") && there("mcopy") {
        return Ok(());
    }
    let packages = ["dosfstools", "mtools"];
    Err(toolchain::Missing::new("tools for FAT images", &packages, "or install them otherwise"))
}

/// The same for the power-safe file system: its tests install the reference implementation.
pub fn find_python() -> Result<(), toolchain::Missing> {
    let modules = Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
    if modules.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    let packages = ["python3", "python3-venv"];
    Err(toolchain::Missing::new("Python with venv", &packages, "or install them otherwise"))
}

/// The same for partition tables.
pub fn find_partition_tools() -> Result<(), toolchain::Missing> {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if there("/sbin/sgdisk") && there("/sbin/sfdisk") {
        return Ok(());
    }
    let otherwise = "or install `sgdisk` and `sfdisk` otherwise";
    Err(toolchain::Missing::new("tools for partition tables", &["gdisk", "fdisk"], otherwise))
}

/// The same for ext2, ext3 and ext4.
pub fn find_ext_tools() -> Result<(), toolchain::Missing> {
    // Asked for its version, `mke2fs` says it; asked for anything else it knows not, it fails.
    let there = |program: &str| Command::new(program).arg("-V").output().is_ok();
    if there("/sbin/mke2fs") && there("/sbin/debugfs") {
        return Ok(());
    }
    let otherwise = "or install `mke2fs` and `debugfs` otherwise";
    Err(toolchain::Missing::new("tools for ext4 images", &["e2fsprogs"], otherwise))
}

/// The apps of on-target suites.
pub fn apps() -> Result<Vec<PathBuf>> {
    let folder = root().join("tests/apps");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.retain(|path| !fuzz::is_for_us(path));
    paths.sort();
    Ok(paths)
}
