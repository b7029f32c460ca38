//! Lines on the console.

use console_api::client::Console;
use userlib::Slot;

pub struct Report(Console);

impl Report {
    pub fn new(console: Slot) -> Self {
        Self(Console::new(console))
    }
}

impl core::fmt::Write for Report {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let Ok(taken) = self.0.write(rest) else { return Err(core::fmt::Error) };
            rest = rest.get(taken as usize..).unwrap_or(&[]);
        }
        Ok(())
    }
}
