//! Lines on the console.

use console_api::Text;
use core::fmt::{Arguments, Write};
use userlib::Slot;

/// Outcomes of tests.
pub struct Report(Text);

impl Report {
    pub fn new(console: Slot) -> Self {
        Self(Text::new(console))
    }

    pub fn begin(&mut self, tests: usize) {
        self.line(format_args!("suite: begin {tests}"));
    }

    pub fn end(&mut self) {
        self.line(format_args!("suite: end"));
    }

    /// A test, and what was wrong with it.
    pub fn test(&mut self, name: Arguments<'_>, outcome: Result<(), Arguments<'_>>) {
        match outcome {
            Ok(()) => self.line(format_args!("test {name} ... ok")),
            Err(wrong) => self.line(format_args!("test {name} ... FAILED: {wrong}")),
        }
    }

    /// A test that something is so.
    pub fn is(&mut self, name: Arguments<'_>, so: bool) {
        self.test(name, if so { Ok(()) } else { Err(format_args!("it is not so")) });
    }

    fn line(&mut self, line: Arguments<'_>) {
        // Who reads the console sees it if a line is missing.
        let _ = writeln!(self.0, "{line}").and_then(|()| self.0.flush());
    }
}
