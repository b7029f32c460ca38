//! `disk`: what power cuts can do to a disk, and what is on it.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::PathBuf;
use writelog::{Action, Checker, FORMATS, Finding, Format, Image, Log, Plan, Tally, Verdict};

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Make the disks that a power cut could have left, from a log of what was written.
    Replay(Replay),
    #[command(flatten)]
    Image(crate::images::Command),
}

/// Arguments of `disk replay`.
#[derive(Args)]
pub struct Replay {
    /// The log: `cargo xtask qemu --log-writes`, or anything in the format of dm-log-writes.
    log: PathBuf,
    /// The disk as it was when the log began [default: LOG.disk].
    #[arg(long, value_name = "FILE")]
    disk: Option<PathBuf>,
    /// Only what was written to this partition: `label:data`, `guid:…` or `index:2`.
    #[arg(long, value_name = "PARTITION")]
    partition: Option<String>,
    /// The disk after each write.
    #[arg(long)]
    every_prefix: bool,
    /// So many disks on which some of the writes since the last flush are missing.
    #[arg(long, value_name = "N", default_value_t = 0)]
    subsets: usize,
    /// Draws which are missing; the same one makes the same disks.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Check each of these disks; fail if any is beyond repair.
    #[arg(long)]
    check: bool,
    /// How to check them [default: by what is on the disk].
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// A file of the disk that must be on each as it was (again and again).
    #[arg(long, value_name = "PATH")]
    keep: Vec<String>,
    /// Write the disk as it is after the whole log.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Write each disk that is beyond repair to this folder.
    #[arg(long, value_name = "FOLDER")]
    save_damaged: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(command: Command) -> Result<()> {
    match command {
        Command::Replay(arguments) => replay(&arguments),
        Command::Image(command) => crate::images::run(command),
    }
}

/// What is printed.
#[derive(Serialize)]
struct Report {
    entries: usize,
    writes: usize,
    flushes: usize,
    discards: usize,
    bytes: u64,
    format: Option<&'static str>,
    seed: u64,
    prefixes: usize,
    subsets: usize,
    clean: usize,
    repaired: usize,
    damaged: usize,
}

fn replay(arguments: &Replay) -> Result<()> {
    let mut log = Log::open(&arguments.log)?;
    let before = arguments.disk.clone().unwrap_or_else(|| crate::qemu::disk_before(&arguments.log));
    let mut image = Image::of(&before, log.sector_size())?;
    if let Some(partition) = &arguments.partition {
        (log, image) = writelog::part(log, &mut image, partition)?;
    }
    let format = if arguments.check { Some(format(arguments, &mut image)?) } else { None };
    let mut checker: Box<dyn Checker> = match format {
        Some(format) => (format.checker)(&mut image, &arguments.keep)?,
        None => Box::new(Unseen),
    };
    let Replay { every_prefix, subsets, seed, check, .. } = *arguments;
    let wanted = Plan { every_prefix, subsets, seed };
    let plan = if check { wanted } else { Plan::default() };
    let mut seen = |finding: &Finding<'_>| tell(arguments, finding);
    let tally = writelog::replay(&log, &mut image, &plan, checker.as_mut(), &mut seen)?;
    if let Some(to) = &arguments.to {
        image.save(to)?;
    }
    report(arguments, &of(&log, format, seed, tally))
}

/// Nothing is to be checked.
struct Unseen;

impl Checker for Unseen {
    fn check(&mut self, _: &mut Image, _: &writelog::Cut<'_>) -> Result<Verdict> {
        Ok(Verdict::Clean)
    }
}

/// How the disks are checked.
fn format(arguments: &Replay, image: &mut Image) -> Result<&'static Format> {
    if !arguments.every_prefix && arguments.subsets == 0 {
        bail!("--check: nothing to check without --every-prefix or --subsets");
    }
    let names = FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ");
    match &arguments.format {
        Some(name) => FORMATS
            .iter()
            .find(|format| format.name == name)
            .with_context(|| format!("no format is called `{name}`; there are: {names}")),
        None => writelog::format_of(image).with_context(|| {
            format!(
                "the disk holds nothing that can be checked; known are {names}. For one in a \
                 partition say --partition label:NAME"
            )
        }),
    }
}

/// Says what is wrong with a disk, and keeps it if that is wanted.
fn tell(arguments: &Replay, finding: &Finding<'_>) -> Result<()> {
    let Verdict::Damaged(words) = finding.verdict else { return Ok(()) };
    eprintln!("damaged: {}: {words}", finding.cut);
    let Some(folder) = &arguments.save_damaged else { return Ok(()) };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let kind = if finding.cut.arrived.is_some() { "subset" } else { "prefix" };
    let number = std::fs::read_dir(folder)?.count();
    finding.image.save(&folder.join(format!("{kind}-{}-{number}.img", finding.cut.entries)))
}

fn of(log: &Log, format: Option<&Format>, seed: u64, tally: Tally) -> Report {
    let entries = log.entries();
    let writes = entries.iter().filter(|entry| matches!(entry.action, Action::Write { .. }));
    let sectors: u64 = writes.clone().map(|entry| entry.sectors).sum();
    Report {
        entries: entries.len(),
        writes: writes.count(),
        flushes: entries.iter().filter(|entry| entry.flush).count(),
        discards: entries.iter().filter(|entry| entry.action == Action::Discard).count(),
        bytes: sectors * u64::from(log.sector_size()),
        format: format.map(|format| format.name),
        seed,
        prefixes: tally.prefixes,
        subsets: tally.subsets,
        clean: tally.clean,
        repaired: tally.repaired,
        damaged: tally.damaged,
    }
}

fn report(arguments: &Replay, report: &Report) -> Result<()> {
    let Report { entries, writes, flushes, discards, bytes, prefixes, subsets, seed, .. } = report;
    let Report { clean, repaired, damaged, .. } = report;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        println!(
            "log: {entries} entries, {writes} writes of {bytes} bytes, {flushes} flushes, \
             {discards} discards"
        );
        if let Some(format) = report.format {
            println!("{format}: {prefixes} prefixes, {subsets} subsets (seed {seed})");
            println!("{clean} clean, {repaired} repaired, {damaged} damaged");
        }
    }
    if *damaged > 0 {
        bail!("{damaged} of {} disks are damaged", prefixes + subsets);
    }
    Ok(())
}
