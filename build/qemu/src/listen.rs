//! Listening to a guest that runs by itself, line by line.

use crate::script::{Found, Lines};
use crate::{End, Event, Machine};
use anyhow::Result;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// How long to wait between looks at the clock.
const LOOK: Duration = Duration::from_millis(100);

/// Gives each line the guest prints to `line` until that breaks off, which is [`End::Seen`].
/// A reset is an end here.
///
/// # Errors
/// If QEMU does not answer.
pub fn listen(
    machine: &mut Machine,
    limit: Duration,
    line: &mut dyn FnMut(&str) -> ControlFlow<()>,
) -> Result<End> {
    let deadline = Instant::now() + limit;
    let mut lines = Lines::default();
    while Instant::now() < deadline {
        let end = match machine.next(LOOK)? {
            None => continue,
            Some(Event::Output(bytes)) => {
                if !lines.take(&bytes).iter().any(|found| breaks_off(found, line)) {
                    continue;
                }
                End::Seen
            }
            Some(Event::Reset(why)) => End::Reset(why),
            Some(Event::Stopped(words)) => End::Stopped(words),
            Some(Event::Shutdown) => End::Shutdown,
            Some(Event::Interrupted) => End::Interrupted,
            Some(Event::Gone) => End::Gone,
        };
        return Ok(end);
    }
    Ok(End::TimedOut { unsent: None })
}

fn breaks_off(found: &Found, line: &mut dyn FnMut(&str) -> ControlFlow<()>) -> bool {
    match found {
        Found::Line(words) => line(words).is_break(),
        Found::Prompt => false,
    }
}
