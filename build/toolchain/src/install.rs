//! Missing programs: installed with `apt-get` where that is possible, named otherwise.

use anyhow::{Result, bail};
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether `apt-get update` has run.
static UPDATED: AtomicBool = AtomicBool::new(false);

/// What is missing, and how to get it.
#[derive(Clone, Debug)]
pub struct Missing {
    what: &'static str,
    packages: Vec<&'static str>,
    otherwise: &'static str,
}

impl Missing {
    /// `what` is in these Debian packages; `otherwise` is another way to get it.
    #[must_use]
    pub fn new(what: &'static str, packages: &[&'static str], otherwise: &'static str) -> Self {
        Self { what, packages: packages.to_vec(), otherwise }
    }

    /// What to do, in one line.
    #[must_use]
    pub fn fix(&self) -> String {
        format!("run `{}`, {}", self.command(), self.otherwise)
    }

    fn command(&self) -> String {
        let packages = self.packages.join(" ");
        format!(
            "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends {packages}'"
        )
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing: {}", self.what, self.fix())
    }
}

impl std::error::Error for Missing {}

/// Calls `find`; if something is missing, installs it if this machine lets us, and calls it again.
///
/// # Errors
/// What is missing, if it cannot be installed.
pub fn require<T>(find: impl Fn() -> Result<T, Missing>) -> Result<T> {
    // Each success can bring the next missing thing to light.
    for _ in 0..4 {
        match find() {
            Ok(found) => return Ok(found),
            Err(missing) => install(&missing)?,
        }
    }
    match find() {
        Ok(found) => Ok(found),
        Err(missing) => bail!("{missing} (it was installed, but is still not found)"),
    }
}

fn install(missing: &Missing) -> Result<()> {
    let Some(prefix) = privilege() else { bail!("{missing}") };
    eprintln!("installing {} ({})", missing.what, missing.packages.join(", "));
    let install = |arguments: &[&str]| -> bool {
        let mut words = prefix.iter().chain(&["apt-get"]).chain(arguments);
        let Some(program) = words.next() else { return false };
        let status = Command::new(program)
            .args(words)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(&missing.packages);
    // The list of packages may be old or empty; once is enough for one run of the tool.
    if !UPDATED.swap(true, Ordering::Relaxed) && !install(&["update", "-q"]) {
        eprintln!("the list of packages cannot be updated; trying with the one that is there");
    }
    if !install(&arguments) {
        bail!("{missing} (apt-get failed)");
    }
    Ok(())
}

/// What to put before `apt-get`, if this user may run it here.
fn privilege() -> Option<&'static [&'static str]> {
    if !Path::new("/usr/bin/apt-get").is_file() {
        return None;
    }
    let quiet = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()
    };
    if quiet("id", &["-u"])?.stdout == b"0\n" {
        return Some(&[]);
    }
    quiet("sudo", &["-n", "true"])?.status.success().then_some(&["sudo", "-n"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn what_is_there_is_not_installed() {
        let calls = Cell::new(0);
        let found = require(|| {
            calls.set(calls.get() + 1);
            Ok(7)
        });
        assert_eq!((found.ok(), calls.get()), (Some(7), 1));
    }

    #[test]
    fn the_command_to_run_names_every_package() {
        let missing = Missing::new("a linker", &["lld", "other"], "or buy one");
        let words = missing.to_string();
        assert!(words.starts_with("a linker is missing: run `sudo"), "{words}");
        assert!(words.contains("install -y --no-install-recommends lld other'`, or buy one"));
    }
}
