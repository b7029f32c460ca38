//! `fuzz`: a hostile task among canaries, in QEMU, from a seed.
//!
//! Time in the guest is counted in instructions, so a seed gives the same report every time.

use crate::dist::{Dist, dist, root};
use crate::qemu::{find_qemu, options};
use crate::tally::Tally;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use qemu::{Event, Machine, Options};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The app that is attacked if no other is named.
pub const APP: &str = "tests/apps/fuzz.toml";
/// The region of the app that its supervisor reads seed and number of calls from.
const PARAMETERS: &str = "parameters";
/// What says that they are there.
const MAGIC: u64 = u64::from_le_bytes(*b"fuzzing!");
/// The guest says at least every ten thousand deeds that it is still there.
const SILENCE: Duration = Duration::from_secs(120);
/// How long to wait between looks at the clock.
const LOOK: Duration = Duration::from_millis(100);
/// The run that is part of `test`.
const SHORT: Run = Run { calls: 100_000, seed: 1 };

/// Arguments of `fuzz`.
#[derive(clap::Args)]
pub struct Arguments {
    /// How many system calls the hostile task makes. 200000 took 16 s of one core where this was written, so ten million take a quarter of an hour.
    #[arg(long, default_value_t = 200_000)]
    calls: u64,
    /// Where its sequence of deeds begins [default: one that was not there before].
    #[arg(long)]
    seed: Option<u64>,
    /// An app with the same tasks on another board.
    #[arg(long, value_name = "FILE")]
    board_app: Option<PathBuf>,
}

/// What is to be done.
#[derive(Clone, Copy)]
struct Run {
    calls: u64,
    seed: u64,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    toolchain::require(find_qemu)?;
    let path = arguments.board_app.clone().unwrap_or_else(|| root().join(APP));
    let seed = arguments.seed.unwrap_or_else(fresh_seed);
    let dist = dist(&path)?;
    println!("seed {seed}");
    let report = attack(&dist, Run { calls: arguments.calls, seed })?;
    for (name, count) in &report.counts {
        println!("{count:>12} {name}");
    }
    println!("{:>12} kernel panics", report.panics());
    let Some(why) = report.failure(arguments.calls) else { return Ok(()) };
    let again = format!("cargo xtask fuzz --calls {} --seed {seed}", arguments.calls);
    bail!("{why}\nthe same again: {again}\nthe deed that did it is the last one named above")
}

/// The short run of `test`: one line for each thing that must hold.
pub fn test(tally: &mut Tally) -> Result<()> {
    let path = root().join(APP);
    let report = attack(&dist(&path)?, SHORT)?;
    let name = |what: &str| format!("fuzz, seed {}: {what}", SHORT.seed);
    let end = match &report.end {
        End::Finished => Ok(()),
        End::Broken(why) | End::Panicked(why) => Err(why.clone()),
    };
    tally.report(&name("kernel and supervisor live on"), end);
    let errors = report.count("errors").map_or(Err("no count of errors".to_owned()), |count| {
        if count == 0 { Ok(()) } else { Err(format!("{count} errors, see above")) }
    });
    tally.report(&name("every deed ends as it must, and no canary notices any"), errors);
    let calls = report.count("calls").unwrap_or(0);
    let enough = if calls >= SHORT.calls { Ok(()) } else { Err(format!("only {calls}")) };
    tally.report(&name(&format!("{} system calls are made", SHORT.calls)), enough);
    Ok(())
}

/// From the clock; its digits are easy to type.
fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(1, |now| now.as_millis() as u64 % 1_000_000_000)
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Finished,
    /// The kernel left an epitaph.
    Panicked(String),
    Broken(String),
}

/// What the guest said.
#[derive(Debug)]
struct Report {
    counts: Vec<(String, u64)>,
    errors: Vec<String>,
    /// Deeds, as last heard.
    deeds: u64,
    end: End,
}

impl Report {
    fn new() -> Self {
        let end = End::Broken("it has not begun".into());
        Self { counts: Vec::new(), errors: Vec::new(), deeds: 0, end }
    }

    fn count(&self, name: &str) -> Option<u64> {
        self.counts.iter().find(|(other, _)| other == name).map(|&(_, count)| count)
    }

    fn panics(&self) -> usize {
        usize::from(matches!(self.end, End::Panicked(_)))
    }

    /// Why this is no success, if it is none.
    fn failure(&self, calls: u64) -> Option<String> {
        if let End::Broken(why) | End::Panicked(why) = &self.end {
            return Some(format!("after about {} deeds: {why}", self.deeds));
        }
        match (self.count("errors"), self.count("calls")) {
            (Some(0), Some(made)) if made >= calls && self.errors.is_empty() => None,
            (Some(0), made) => Some(format!("{} of {calls} calls made", made.unwrap_or(0))),
            (errors, _) => Some(format!("{} errors", errors.unwrap_or(0))),
        }
    }

    /// Takes a line. True if it is the last.
    fn line(&mut self, line: &str) -> bool {
        let Some(words) = line.strip_prefix("fuzz: ") else {
            self.errors.push(format!("unexpected line: {line}"));
            return false;
        };
        let number = words.strip_prefix("deed ").and_then(|number| number.parse().ok());
        let count = words.split_once(" = ").and_then(|(name, n)| Some((name, n.parse().ok()?)));
        if words == "end" {
            self.end = End::Finished;
        } else if let Some(number) = number {
            self.deeds = number;
        } else if words.starts_with("error ") {
            self.errors.push(words.to_owned());
        } else if let Some((name, count)) = count {
            self.counts.push((name.to_owned(), count));
        }
        words == "end"
    }
}

/// Boots the image and listens until it has finished, or cannot any more.
fn attack(dist: &Dist, run: Run) -> Result<Report> {
    let mut options = options(dist)?;
    options.arguments = arguments(dist, run)?;
    let mut machine = Machine::start(&Options { disk: None, ..options })?;
    let progress = progress(run.calls);
    let mut report = Report::new();
    let mut pending = Vec::new();
    let mut heard = Instant::now();
    loop {
        report.end = match machine.next(LOOK)? {
            Some(Event::Output(bytes)) => {
                heard = Instant::now();
                pending.extend(bytes);
                if take_lines(&mut pending, &mut report, &progress) {
                    return Ok(report);
                }
                continue;
            }
            None if heard.elapsed() < SILENCE => continue,
            None => End::Broken(format!("nothing was heard for {} s: it hangs", SILENCE.as_secs())),
            Some(Event::Stopped(words)) => stopped(&words),
            Some(Event::Reset(words)) => {
                End::Broken(format!("the machine was reset: {}", words.unwrap_or_default()))
            }
            Some(Event::Shutdown) => End::Broken("the guest switched itself off".to_owned()),
            Some(Event::Interrupted) => End::Broken("interrupted".to_owned()),
            Some(Event::Gone) => End::Broken("QEMU ended".to_owned()),
        };
        return Ok(report);
    }
}

/// A machine that stopped, by its epitaph: that of a supervisor is no panic of the kernel's.
fn stopped(epitaph: &str) -> End {
    let words = format!("the machine stopped: {epitaph}");
    if epitaph.starts_with("the kernel ") { End::Panicked(words) } else { End::Broken(words) }
}

/// Gives whole lines to the report; errors are shown at once. True after the last line.
fn take_lines(pending: &mut Vec<u8>, report: &mut Report, progress: &ProgressBar) -> bool {
    while let Some(end) = pending.iter().position(|&byte| byte == b'\n') {
        let line: Vec<u8> = pending.drain(..=end).collect();
        let before = report.errors.len();
        let last = report.line(String::from_utf8_lossy(&line).trim_end());
        for error in &report.errors[before..] {
            progress.suspend(|| eprintln!("{error}"));
        }
        progress.set_position(report.deeds);
        if last {
            progress.finish_and_clear();
            return true;
        }
    }
    false
}

/// Deeds done, on a terminal.
fn progress(calls: u64) -> ProgressBar {
    // Sixteen of twenty-one deeds are calls.
    let bar = ProgressBar::new(calls.saturating_mul(21) / 16);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} deeds, {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// Time by instructions, and the parameters in the region that is there for them.
fn arguments(dist: &Dist, run: Run) -> Result<Vec<String>> {
    let region = dist.app.regions.iter().find(|region| region.name == PARAMETERS);
    let address = region.and_then(|region| region.address).with_context(|| {
        format!("app `{}` has no [regions.{PARAMETERS}] with an address", dist.app.name)
    })?;
    let mut arguments = vec!["-icount".to_owned(), "shift=0,sleep=off".to_owned()];
    for (word, place) in [MAGIC, run.seed, run.calls].into_iter().zip((address..).step_by(8)) {
        let loader = format!("loader,addr={place:#x},data={word:#x},data-len=8");
        arguments.extend(["-device".to_owned(), loader]);
    }
    Ok(arguments)
}

/// Whether this app file is for `fuzz`, and not a suite.
pub fn is_for_us(path: &Path) -> bool {
    path.file_name() == Path::new(APP).file_name()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Report {
        let mut report = Report::new();
        let mut pending = text.as_bytes().to_vec();
        take_lines(&mut pending, &mut report, &ProgressBar::hidden());
        report
    }

    const GOOD: &str = "fuzz: begin: seed 1, calls 10\nfuzz: deed 5\nfuzz: calls = 10\n\
                        fuzz: fault debug = 3\nfuzz: errors = 0\nfuzz: end\n";

    #[test]
    fn a_good_report_is_no_failure() {
        let report = read(GOOD);
        assert_eq!(report.failure(10), None);
        assert_eq!(report.count("fault debug"), Some(3));
        assert_eq!(report.deeds, 5);
    }

    #[test]
    fn only_the_kernel_panics() {
        for (epitaph, panics) in [
            ("the kernel panicked: oops", 1),
            ("the kernel faulted: oops", 1),
            ("the supervisor faulted: oops", 0),
        ] {
            let report = Report { end: stopped(epitaph), ..read(GOOD) };
            assert_eq!(report.panics(), panics, "{epitaph}");
            assert!(report.failure(10).is_some_and(|why| why.contains(epitaph)));
        }
    }

    #[test]
    fn whatever_is_missing_is_a_failure() {
        assert!(read(GOOD).failure(11).is_some(), "too few calls");
        assert!(read(&GOOD.replace("fuzz: end\n", "")).failure(10).is_some(), "no end");
        assert!(read(&GOOD.replace("errors = 0", "errors = 2")).failure(10).is_some());
        assert!(read(&GOOD.replace("fuzz: errors = 0\n", "")).failure(10).is_some());
        assert!(read(&format!("oops\n{GOOD}")).failure(10).is_some(), "a line of nobody's");
        let error = "fuzz: error after deed 7: no\n";
        assert!(read(&format!("{error}{GOOD}")).failure(10).is_some());
    }
}
