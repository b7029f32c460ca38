//! Driving a guest from a script.

use crate::script::{Found, Lines, matches};
use crate::{End, Event, Machine};
use anyhow::Result;
use regex::Regex;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long to wait between looks at the clock.
const LOOK: Duration = Duration::from_millis(100);

/// What to say and what to wait for.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Commands, each typed when the shell waits.
    pub send: VecDeque<String>,
    /// A line that ends it, looked for once all commands are typed. Without one, the prompt after
    /// the last command ends it.
    pub until: Option<Regex>,
    /// How long it may take.
    pub timeout: Option<Duration>,
}

/// Runs a script. Output goes to `print` as it comes, notes to `note`.
///
/// # Errors
/// If QEMU does not answer.
pub fn converse(
    machine: &mut Machine,
    mut script: Script,
    print: &mut dyn FnMut(&[u8]),
    note: &mut dyn FnMut(&str),
) -> Result<End> {
    let deadline = script.timeout.map(|timeout| Instant::now() + timeout);
    let mut lines = Lines::default();
    loop {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(End::TimedOut { unsent: script.send.pop_front() });
        }
        let end = match machine.next(LOOK)? {
            None => continue,
            Some(Event::Output(bytes)) => {
                print(&bytes);
                if hear(machine, &mut script, lines.take(&bytes))? {
                    return Ok(End::Seen);
                }
                continue;
            }
            Some(Event::Reset(why)) => {
                // What was half said will not be finished.
                lines = Lines::default();
                note(&crate::end::reset(why.as_deref()));
                continue;
            }
            Some(Event::Stopped(words)) => End::Stopped(words),
            Some(Event::Shutdown) => End::Shutdown,
            Some(Event::Interrupted) => End::Interrupted,
            Some(Event::Gone) => End::Gone,
        };
        return Ok(end);
    }
}

/// Acts on what was heard. True when the end is reached.
fn hear(machine: &mut Machine, script: &mut Script, found: Vec<Found>) -> Result<bool> {
    for found in found {
        match found {
            Found::Prompt => match script.send.pop_front() {
                Some(command) => machine.type_in(format!("{command}\r").as_bytes())?,
                None if script.until.is_none() => return Ok(true),
                None => (),
            },
            Found::Line(line) => {
                let until = script.until.as_ref().filter(|_| script.send.is_empty());
                if until.is_some_and(|until| matches(until, &line)) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}
