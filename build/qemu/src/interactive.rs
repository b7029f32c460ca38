//! Driving a guest from the terminal.

use crate::{End, Event, Machine};
use anyhow::Result;
use std::io::{IsTerminal, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long a key of ours may wait.
const LOOK: Duration = Duration::from_millis(50);

/// Ctrl-A, then `x`.
const ESCAPE: u8 = 0x01;

/// Connects the terminal with the guest until Ctrl-A x ([`End::Seen`]), or until the guest ends.
///
/// # Errors
/// If QEMU does not answer.
pub fn interactive(machine: &mut Machine, note: &mut dyn FnMut(&str)) -> Result<End> {
    let _raw = RawTerminal::enter();
    let mut input = machine.input()?;
    let (sender, left) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // What comes from a file ends, and the guest goes on.
        if forward(&mut std::io::stdin().lock(), &mut input) == Typed::Escape {
            let _ = sender.send(());
        }
    });
    loop {
        if left.try_recv().is_ok() {
            return Ok(End::Seen);
        }
        match machine.next(LOOK)? {
            None => (),
            Some(Event::Output(bytes)) => {
                let mut output = std::io::stdout().lock();
                output.write_all(&bytes)?;
                output.flush()?;
            }
            Some(Event::Reset(why)) => note(&crate::end::reset(why.as_deref())),
            Some(Event::Stopped(words)) => return Ok(End::Stopped(words)),
            Some(Event::Shutdown) => return Ok(End::Shutdown),
            Some(Event::Interrupted) => return Ok(End::Interrupted),
            Some(Event::Gone) => return Ok(End::Gone),
        }
    }
}

/// Why no more keys come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typed {
    /// Ctrl-A x.
    Escape,
    /// The input ended, or the guest no longer takes any.
    End,
}

/// Passes keys on until the input ends or Ctrl-A x.
fn forward(from: &mut impl Read, to: &mut impl Write) -> Typed {
    let mut escaped = false;
    let mut byte = [0];
    while from.read_exact(&mut byte).is_ok() {
        let [byte] = byte;
        match (escaped, byte) {
            (true, b'x') => return Typed::Escape,
            (false, ESCAPE) => {
                escaped = true;
                continue;
            }
            _ => escaped = false,
        }
        let byte = if byte == b'\n' { b'\r' } else { byte };
        if to.write_all(&[byte]).is_err() {
            return Typed::End;
        }
    }
    Typed::End
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

    fn passed_on(keys: &[u8]) -> (Vec<u8>, Typed) {
        let mut passed = Vec::new();
        let why = forward(&mut &*keys, &mut passed);
        (passed, why)
    }

    #[test]
    fn the_escape_ends_it_and_nothing_else_is_lost() {
        assert_eq!(passed_on(b"ls\n\x01xmore"), (b"ls\r".to_vec(), Typed::Escape));
        assert_eq!(passed_on(b"a\x01\x01b"), (b"a\x01b".to_vec(), Typed::End));
        assert_eq!(passed_on(b"x\x03"), (b"x\x03".to_vec(), Typed::End));
    }
}
