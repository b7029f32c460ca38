//! On-target suites: build an image, boot it, read its outcome line by line.

use crate::dist::dist;
use crate::qemu::options;
use crate::test::Tally;
use anyhow::{Result, bail};
use qemu::{Event, Machine};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long one suite may take.
const LIMIT: Duration = Duration::from_secs(300);

/// Runs the suite of one app file.
pub fn run(path: &Path, tally: &mut Tally) -> Result<()> {
    let dist = dist(path)?;
    let name = dist.app.name.clone();
    let mut machine = Machine::start(&options(&dist)?)?;
    let mut reader = Reader { name: &name, tally, announced: None, seen: 0, ended: false };
    let mut line = String::new();
    let start = Instant::now();
    while !reader.ended {
        if start.elapsed() > LIMIT {
            bail!("{name}: not finished within {} s", LIMIT.as_secs());
        }
        match machine.next(Duration::from_millis(200)) {
            None => (),
            Some(Event::Output(bytes)) => {
                for character in String::from_utf8_lossy(&bytes).chars() {
                    match character {
                        '\r' => (),
                        '\n' => reader.line(&std::mem::take(&mut line)),
                        other => line.push(other),
                    }
                }
            }
            Some(Event::Reset) => bail!("{name}: the machine was reset"),
            Some(Event::Shutdown | Event::Gone) => bail!("{name}: the guest ended early"),
        }
    }
    match reader.announced {
        Some(count) if count == reader.seen => Ok(()),
        Some(count) => bail!("{name}: {count} tests announced, {} seen", reader.seen),
        None => bail!("{name}: no `suite: begin`"),
    }
}

struct Reader<'t> {
    name: &'t str,
    tally: &'t mut Tally,
    announced: Option<usize>,
    seen: usize,
    ended: bool,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) {
        if let Some(count) = line.strip_prefix("suite: begin ") {
            self.announced = count.trim().parse().ok();
        } else if line == "suite: end" {
            self.ended = true;
        } else if let Some((name, outcome)) =
            line.strip_prefix("test ").and_then(|line| line.split_once(" ... "))
        {
            self.seen += 1;
            let outcome = if outcome == "ok" { Ok(()) } else { Err(outcome.to_owned()) };
            self.tally.report(&format!("{}: {name}", self.name), outcome);
        } else {
            let words = format!("unexpected line: {line}");
            self.tally.report(self.name, Err(words));
        }
    }
}
