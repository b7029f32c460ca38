//! Tests on the host: `cargo test`, each of its tests with the name of its crate.

use crate::dist::root;
use crate::tally::Tally;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs `cargo test` with these arguments and reports each test.
///
/// # Errors
/// If there is no cargo.
pub fn cargo_test(arguments: &[&str], tally: &mut Tally) -> Result<()> {
    // Cargo says on one stream what it runs, tests say on the other how they end: through one
    // pipe the lines are in order.
    let (output, ours) = std::io::pipe().context("no pipe")?;
    let mut child = Command::new("cargo")
        .current_dir(root())
        .args(["test", "--locked", "--no-fail-fast", "--color", "never"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(ours.try_clone().context("no pipe")?)
        .stderr(ours)
        .spawn()
        .context("cannot run cargo test")?;
    let mut reader = Reader::new(tally);
    for line in BufReader::new(output).split(b'\n') {
        reader.line(&String::from_utf8_lossy(&line.context("cargo test cannot be read")?));
    }
    let success = child.wait()?.success();
    reader.end(success);
    Ok(())
}

struct Reader<'t> {
    tally: &'t mut Tally,
    /// What runs now.
    executable: String,
    /// A test whose outcome comes on a later line: a program it ran has printed between.
    pending: Option<String>,
    outcomes: usize,
    failures: usize,
    /// Whether what follows explains failures.
    explaining: bool,
}

impl<'t> Reader<'t> {
    fn new(tally: &'t mut Tally) -> Self {
        Self {
            tally,
            executable: String::new(),
            pending: None,
            outcomes: 0,
            failures: 0,
            explaining: false,
        }
    }

    fn line(&mut self, line: &str) {
        let test = line.strip_prefix("test ").and_then(|line| line.split_once(" ... "));
        if let Some(name) = running(line) {
            self.executable = name;
            self.explaining = false;
        } else if let Some((name, outcome)) = test {
            if !self.outcome(name, outcome) {
                self.pending = Some(name.to_owned());
            }
        } else if let Some(name) = self.pending.take() {
            if !self.outcome(&name, line) {
                self.pending = Some(name);
            }
        } else if line == "failures:" {
            self.explaining = true;
        } else if line.starts_with("test result: ") {
            self.explaining = false;
        } else if self.explaining {
            println!("    {line}");
        } else if !line.is_empty() && !line.starts_with("running ") {
            eprintln!("{line}");
        }
    }

    /// Reports a test. False if these words are no outcome.
    fn outcome(&mut self, test: &str, words: &str) -> bool {
        let name = format!("{}: {test}", self.executable);
        if words.starts_with("ignored") {
            return true;
        } else if words == "ok" {
            self.tally.report(&name, Ok(()));
        } else if let Some(why) = words.strip_prefix("FAILED") {
            self.failures += 1;
            self.tally.report(&name, Err(why.trim().to_owned()));
        } else {
            return false;
        }
        self.outcomes += 1;
        true
    }

    /// What cargo thinks of it all must be what the lines said.
    fn end(self, success: bool) {
        if let Some(test) = &self.pending {
            self.tally.report(test, Err("it never ended".into()));
        }
        if !success && self.failures == 0 {
            let why = "did not build, or died: see above".to_owned();
            self.tally.report("cargo test", Err(why));
        } else if self.outcomes == 0 {
            self.tally.report("cargo test", Err("ran no test".into()));
        }
    }
}

/// The name of what cargo begins to run: `     Running tests/demo.rs (…/deps/demo-0123456789abcdef)`.
fn running(line: &str) -> Option<String> {
    if let Some(name) = line.trim_start().strip_prefix("Doc-tests ") {
        return Some(name.to_owned());
    }
    let (_, path) = line.trim_start().strip_prefix("Running ")?.rsplit_once(" (")?;
    let file = path.strip_suffix(')')?.rsplit('/').next()?;
    let (name, _hash) = file.rsplit_once('-')?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, success: bool) -> (usize, usize) {
        let mut tally = Tally::default();
        let mut reader = Reader::new(&mut tally);
        text.lines().for_each(|line| reader.line(line));
        reader.end(success);
        (tally.passed(), tally.failed())
    }

    #[test]
    fn what_runs_is_known_by_its_file() {
        let line =
            "     Running unittests src/lib.rs (target/debug/deps/drv_pl011-e138e7eff187c7a2)";
        assert_eq!(running(line).as_deref(), Some("drv_pl011"));
        assert_eq!(running("   Doc-tests abi").as_deref(), Some("abi"));
        assert_eq!(running("running 3 tests"), None);
        assert_eq!(running("Running out of memory"), None);
    }

    #[test]
    fn outcomes_count_and_the_rest_does_not() {
        let text = "running 4 tests\ntest a ... ok\ntest b ... FAILED\ntest c ... ignored\n\
                    test d - should panic ... ok\n\nfailures:\n\n---- b stdout ----\n\
                    it said so\n\ntest result: FAILED. 2 passed; 1 failed; 1 ignored";
        assert_eq!(read(text, false), (2, 1));
    }

    #[test]
    fn an_outcome_may_come_late() {
        assert_eq!(read("test a ... mkfs.fat 4.2\nother\nok\ntest b ... ok", true), (2, 0));
        assert_eq!(read("test a ... mkfs.fat 4.2\nFAILED", false), (0, 1));
        assert_eq!(read("test b ... ok\ntest a ... oops", true), (1, 1));
    }

    #[test]
    fn a_crash_and_an_empty_run_are_failures() {
        assert_eq!(read("test a ... ok\nerror: test failed", false), (1, 1));
        assert_eq!(read("error: could not compile", false), (0, 1));
        assert_eq!(read("running 0 tests", true), (0, 1));
        assert_eq!(read("test a ... ok", true), (1, 0));
    }
}
