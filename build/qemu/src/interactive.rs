//! Driving a guest from the terminal.

use crate::{Event, Machine};
use anyhow::Result;
use std::io::{IsTerminal, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Ctrl-A, then `x`.
const ESCAPE: u8 = 0x01;

/// Connects the terminal with the guest until Ctrl-A x, or until the guest ends.
pub fn interactive(machine: &mut Machine, note: &mut dyn FnMut(&str)) -> Result<()> {
    let _raw = RawTerminal::enter();
    let mut input = machine.input()?;
    let (sender, left) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        forward(&mut std::io::stdin().lock(), &mut input);
        let _ = sender.send(());
    });
    loop {
        if left.try_recv().is_ok() {
            return Ok(());
        }
        match machine.next(Duration::from_millis(50)) {
            None => (),
            Some(Event::Output(bytes)) => {
                let mut output = std::io::stdout().lock();
                output.write_all(&bytes)?;
                output.flush()?;
            }
            Some(Event::Reset) => note("the machine was reset"),
            Some(Event::Shutdown) => {
                note("the guest switched itself off");
                return Ok(());
            }
            Some(Event::Gone) => return Ok(()),
        }
    }
}

/// Passes keys on until the input ends or Ctrl-A x.
fn forward(from: &mut impl Read, to: &mut impl Write) {
    let mut escaped = false;
    let mut byte = [0];
    while from.read_exact(&mut byte).is_ok() {
        let [byte] = byte;
        match (escaped, byte) {
            (true, b'x') => return,
            (false, ESCAPE) => {
                escaped = true;
                continue;
            }
            _ => escaped = false,
        }
        let byte = if byte == b'\n' { b'\r' } else { byte };
        if to.write_all(&[byte]).is_err() {
            return;
        }
    }
}

/// The terminal passes every key on at once, until this is dropped.
struct RawTerminal {
    before: Option<String>,
}

impl RawTerminal {
    fn enter() -> Self {
        if !std::io::stdin().is_terminal() {
            return Self { before: None };
        }
        let before = stty(&["-g"]);
        stty(&["raw", "-echo"]);
        Self { before }
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            stty(&[before.trim()]);
        }
    }
}

fn stty(arguments: &[&str]) -> Option<String> {
    let output = Command::new("stty").args(arguments).stdin(Stdio::inherit()).output().ok()?;
    String::from_utf8(output.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed_on(keys: &[u8]) -> Vec<u8> {
        let mut passed = Vec::new();
        forward(&mut &*keys, &mut passed);
        passed
    }

    #[test]
    fn the_escape_ends_it_and_nothing_else_is_lost() {
        assert_eq!(passed_on(b"ls\n\x01xmore"), b"ls\r");
        assert_eq!(passed_on(b"a\x01\x01b"), b"a\x01b");
        assert_eq!(passed_on(b"x\x03"), b"x\x03");
    }
}
