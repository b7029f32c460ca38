//! The console as the shell uses it: keys in, text out.

use console_api::{ConsoleError, Logged, Text, client::Console};
use core::fmt::{self, Write};
use task_shell::line::{Line, Screen, Typed};
use userlib::ipc::ClientError;
use userlib::{Notification, Slot, sys, time};

/// Bytes read ahead: more than anyone types while a command runs.
const AHEAD: usize = 256;

/// Keys and text.
pub struct Terminal {
    text: Text,
    console: Console,
    timer: Notification,
    ahead: [u8; AHEAD],
    next: usize,
    end: usize,
}

impl Terminal {
    /// On this console.
    pub fn new(console: Slot, timer: Notification) -> Self {
        Self {
            text: Text::new(console),
            console: Console::new(console),
            timer,
            ahead: [0; AHEAD],
            next: 0,
            end: 0,
        }
    }

    /// Lets a line be typed. False if it was given up.
    pub fn read_line(&mut self, line: &mut Line) -> Result<bool, fmt::Error> {
        line.clear();
        loop {
            let key = self.key()?;
            match line.typed(key, self)? {
                Typed::More => {}
                Typed::Line => return Ok(true),
                Typed::Abandoned => return Ok(false),
            }
        }
    }

    /// Writes bytes as they are, but for newlines.
    pub fn bytes(&mut self, bytes: &[u8]) -> fmt::Result {
        self.text.bytes(bytes)
    }

    /// Lets everything written appear.
    pub fn flush(&mut self) -> fmt::Result {
        self.text.flush()
    }

    /// Waits, with what was written on the screen.
    pub fn pause(&mut self, milliseconds: u64) -> fmt::Result {
        self.flush()?;
        time::sleep_until(time::after_ms(milliseconds), self.timer.bits());
        Ok(())
    }

    /// What the console keeps of what was printed, and how much of it was lost.
    pub fn log(&self) -> Result<Logged, ClientError<ConsoleError>> {
        self.console.read_log(u64::MAX, &mut [])
    }

    fn key(&mut self) -> Result<u8, fmt::Error> {
        while self.next == self.end {
            self.flush()?;
            self.next = 0;
            self.end = match self.console.read(&mut self.ahead) {
                Ok(count) => (count as usize).min(AHEAD),
                // Noise on the line, or a server in a new life: what was lost is typed again.
                Err(ClientError::Server(_) | ClientError::ServerDied) => 0,
                Err(_) => return Err(fmt::Error),
            };
        }
        self.next += 1;
        Ok(self.ahead[self.next - 1])
    }
}

impl Write for Terminal {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.write_str(text)
    }

    // Its calls through pointers stay out of the functions that say something.
    #[inline(never)]
    fn write_fmt(&mut self, words: fmt::Arguments<'_>) -> fmt::Result {
        fmt::write(self, words)
    }
}

impl Screen for Terminal {
    fn echo(&mut self, byte: u8) -> fmt::Result {
        self.text.bytes(&[byte])
    }
}

/// The console is stopped for good: there is nobody left to talk to.
pub fn park() -> ! {
    loop {
        sys::recv_notification(0);
    }
}
