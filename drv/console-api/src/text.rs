//! Text for the console.

use crate::client::Console;
use core::fmt::{self, Write};
use userlib::Slot;
use userlib::ipc::ClientError;

/// Bytes collected before they are sent.
const BUFFER: usize = 256;

/// Writes text on the console, a piece at a time. A newline goes out as the carriage return and
/// line feed that terminals want.
///
/// If the server dies, the piece is sent once more: text may then appear twice, but none is
/// missing. An error means that the console is stopped for good or refuses.
pub struct Text {
    console: Console,
    buffer: [u8; BUFFER],
    length: usize,
}

impl Text {
    /// Writes to this console.
    #[must_use]
    pub fn new(console: Slot) -> Self {
        Self { console: Console::new(console), buffer: [0; BUFFER], length: 0 }
    }

    /// Adds bytes, as they are but for newlines.
    pub fn bytes(&mut self, bytes: &[u8]) -> fmt::Result {
        for &byte in bytes {
            if byte == b'\n' {
                self.push(b'\r')?;
            }
            self.push(byte)?;
        }
        Ok(())
    }

    /// Sends what was collected.
    pub fn flush(&mut self) -> fmt::Result {
        let length = core::mem::take(&mut self.length);
        let mut rest = &self.buffer[..length];
        while !rest.is_empty() {
            match self.console.write(rest) {
                Ok(0) => return Err(fmt::Error),
                Ok(taken) => rest = rest.get(taken as usize..).unwrap_or(&[]),
                Err(ClientError::ServerDied) => {}
                Err(_) => return Err(fmt::Error),
            }
        }
        Ok(())
    }

    fn push(&mut self, byte: u8) -> fmt::Result {
        if self.length == BUFFER {
            self.flush()?;
        }
        self.buffer[self.length] = byte;
        self.length += 1;
        Ok(())
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes())
    }
}
