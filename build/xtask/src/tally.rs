//! Outcomes of tests: one line each, and the sum.

use anyhow::{Result, bail};

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

    /// Prints the sum.
    ///
    /// # Errors
    /// If a test failed.
    pub fn finish(&self) -> Result<()> {
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
