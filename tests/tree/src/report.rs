//! Lines on the console, each sent when it is whole.

use console_api::client::Console;
use core::fmt;
use userlib::Slot;

pub struct Report {
    console: Console,
    line: [u8; 2048],
    length: usize,
}

impl Report {
    pub fn new(console: Slot) -> Self {
        Self { console: Console::new(console), line: [0; 2048], length: 0 }
    }

    fn send(&mut self) -> fmt::Result {
        let mut rest = self.line.get(..self.length).unwrap_or(&[]);
        while !rest.is_empty() {
            let Ok(taken) = self.console.write(rest) else { return Err(fmt::Error) };
            rest = rest.get(taken as usize..).unwrap_or(&[]);
        }
        self.length = 0;
        Ok(())
    }
}

impl fmt::Write for Report {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            self.line[self.length] = byte;
            self.length += 1;
            if byte == b'\n' || self.length == self.line.len() {
                self.send()?;
            }
        }
        Ok(())
    }
}
