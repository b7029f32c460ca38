//! On-target suites: build an image, boot it, read its outcome line by line.

use crate::dist::dist;
use crate::own_disk::default_disk;
use crate::qemu::options;
use crate::tally::Tally;
use anyhow::{Result, bail};
use qemu::{End, Machine, Options};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

/// How long one suite may take.
const LIMIT: Duration = Duration::from_secs(300);

/// Runs the suite of one app file.
pub fn run(path: &Path, tally: &mut Tally) -> Result<()> {
    let dist = dist(path)?;
    let name = dist.app.name.clone();
    let options = Options { disk: Some(default_disk(&dist)?), ..options(&dist)? };
    let mut machine = Machine::start(&options)?;
    let mut reader = Reader { name: &name, tally, announced: None, seen: 0 };
    let end = qemu::listen(&mut machine, LIMIT, &mut |line| reader.line(line))?;
    match (end, reader.announced) {
        (End::Seen, Some(count)) if count == reader.seen => Ok(()),
        (End::Seen, Some(count)) => bail!("{count} tests announced, {} seen", reader.seen),
        (End::Seen, None) => bail!("no `suite: begin`"),
        (End::TimedOut { .. }, _) => bail!("not finished within {} s", LIMIT.as_secs()),
        (end, _) => bail!("after {} tests: {end}", reader.seen),
    }
}

struct Reader<'t> {
    name: &'t str,
    tally: &'t mut Tally,
    announced: Option<usize>,
    seen: usize,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) -> ControlFlow<()> {
        let test = line.strip_prefix("test ").and_then(|line| line.split_once(" ... "));
        if line == "suite: end" {
            return ControlFlow::Break(());
        } else if let Some(count) = line.strip_prefix("suite: begin ")
            && self.announced.is_none()
            && let Ok(count) = count.parse()
        {
            self.announced = Some(count);
        } else if let Some((test, outcome)) = test.filter(|_| self.announced.is_some()) {
            self.seen += 1;
            let outcome = if outcome == "ok" { Ok(()) } else { Err(outcome.to_owned()) };
            self.tally.report(&format!("{}: {test}", self.name), outcome);
        } else {
            let words = format!("unexpected line: {line}");
            self.tally.report(self.name, Err(words));
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> (usize, usize, Option<usize>, usize) {
        let mut tally = Tally::default();
        let mut reader = Reader { name: "s", tally: &mut tally, announced: None, seen: 0 };
        for line in lines {
            if reader.line(line).is_break() {
                break;
            }
        }
        let (announced, seen) = (reader.announced, reader.seen);
        (tally.passed(), tally.failed(), announced, seen)
    }

    #[test]
    fn tests_between_begin_and_end_count() {
        let lines = ["suite: begin 2", "test a ... ok", "test b ... FAILED: no", "suite: end", "x"];
        assert_eq!(read(&lines), (1, 1, Some(2), 2));
    }

    #[test]
    fn whatever_else_is_said_is_a_failure() {
        assert_eq!(read(&["test a ... ok", "suite: begin 1"]), (0, 1, Some(1), 0));
        assert_eq!(read(&["suite: begin 1", "panic!", "test a ... ok"]), (1, 1, Some(1), 1));
        assert_eq!(read(&["suite: begin 1", "suite: begin 1"]), (0, 1, Some(1), 0));
        assert_eq!(read(&["suite: begin many"]), (0, 1, None, 0));
        assert_eq!(read(&["suite: begin 1", "test a ... ok, but"]), (0, 1, Some(1), 1));
    }
}
