//! Lines on the console.

use console_api::client::Console;
use core::fmt::{Arguments, Write};
use userlib::Slot;

/// Outcomes of tests.
pub struct Report(Console);

impl Report {
    pub fn new(console: Slot) -> Self {
        Self(Console::new(console))
    }

    pub fn begin(&mut self, tests: usize) {
        let _ = writeln!(self, "suite: begin {tests}");
    }

    pub fn end(&mut self) {
        let _ = writeln!(self, "suite: end");
    }

    /// A test, and what was wrong with it.
    pub fn test(&mut self, name: Arguments<'_>, outcome: Result<(), Arguments<'_>>) {
        let _ = match outcome {
            Ok(()) => writeln!(self, "test {name} ... ok"),
            Err(wrong) => writeln!(self, "test {name} ... FAILED: {wrong}"),
        };
    }

    /// A test that something is so.
    pub fn is(&mut self, name: Arguments<'_>, so: bool) {
        self.test(name, if so { Ok(()) } else { Err(format_args!("it is not so")) });
    }
}

impl Write for Report {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let Ok(taken) = self.0.write(rest) else { return Err(core::fmt::Error) };
            rest = rest.get(taken as usize..).unwrap_or(&[]);
        }
        Ok(())
    }
}
