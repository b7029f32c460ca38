//! Driving a guest from a script.

use crate::epitaph;
use crate::script::{Found, Lines, matches};
use crate::{Event, Machine};
use anyhow::Result;
use regex::Regex;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How often the epitaph is looked at.
const LOOK: Duration = Duration::from_millis(500);

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
    /// Physical address of the epitaph.
    pub epitaph: u64,
    /// Physical address of the previous boot's epitaph, if that is kept.
    pub previous_epitaph: Option<u64>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// What was waited for came.
    Seen,
    /// It did not come in time.
    TimedOut,
    /// The kernel stopped, and says why.
    Stopped(String),
    /// The guest switched itself off.
    Shutdown,
    /// QEMU ended.
    Gone,
}

/// Runs a script. Output goes to `print` as it comes, notes to `note`.
pub fn converse(
    machine: &mut Machine,
    mut script: Script,
    print: &mut dyn FnMut(&[u8]),
    note: &mut dyn FnMut(&str),
) -> Result<End> {
    let deadline = script.timeout.map(|timeout| Instant::now() + timeout);
    let mut lines = Lines::default();
    let mut looked = Instant::now();
    loop {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(End::TimedOut);
        }
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            if let Some(words) = stopped(machine, script.epitaph)? {
                drain(machine, print);
                return Ok(End::Stopped(words));
            }
        }
        match machine.next(LOOK / 5) {
            None => (),
            Some(Event::Output(bytes)) => {
                print(&bytes);
                if hear(machine, &mut script, lines.take(&bytes))? {
                    return Ok(End::Seen);
                }
            }
            Some(Event::Reset) => note(&reset_note(machine, &script)),
            Some(Event::Shutdown) => return Ok(End::Shutdown),
            Some(Event::Gone) => return Ok(End::Gone),
        }
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

/// What the kernel says if it has stopped. One that resets is gone again when looked at twice.
fn stopped(machine: &mut Machine, address: u64) -> Result<Option<String>> {
    let mut look = || machine.read(address, epitaph::SIZE).map(|bytes| epitaph::describe(&bytes));
    if look()?.is_none() {
        return Ok(None);
    }
    std::thread::sleep(Duration::from_millis(200));
    look()
}

fn drain(machine: &mut Machine, print: &mut dyn FnMut(&[u8])) {
    while let Some(Event::Output(bytes)) = machine.next(Duration::from_millis(50)) {
        print(&bytes);
    }
}

fn reset_note(machine: &mut Machine, script: &Script) -> String {
    std::thread::sleep(Duration::from_millis(200));
    let bytes = script.previous_epitaph.and_then(|at| machine.read(at, epitaph::SIZE).ok());
    match bytes.as_deref().and_then(epitaph::describe) {
        Some(words) => format!("the machine was reset: {words}"),
        None => "the machine was reset".to_owned(),
    }
}
