//! A debugger for machines that have died: reads the archive of a build and a dump of memory, and
//! explains the one by the other.
//!
//! It imports nothing of the system it looks at: layouts come from DWARF, numbers from mirrors
//! kept here. It never trusts the memory it reads; what makes no sense is reported as a problem,
//! and the rest is answered.

#![forbid(unsafe_code)]

pub mod args;
pub mod cmd;
pub mod code;
pub mod descriptors;
pub mod dump;
pub mod dwarf;
pub mod epitaph;
pub mod fault;
pub mod fp;
pub mod interface;
pub mod memory;
pub mod program;
pub mod record;
pub mod space;
pub mod table;
pub mod target;
pub mod trace;
pub mod unwind;

use anyhow::{Context, Result, bail};
use args::Args;
use target::{Boot, Target, Trust};

/// What a command has to say.
#[derive(Clone, Debug)]
pub struct Answer {
    /// For standard output.
    pub output: String,
    /// What could not be read or makes no sense.
    pub problems: Vec<String>,
}

/// Opens what the arguments name and runs the command.
///
/// # Errors
/// If there is nothing to answer with: a file that cannot be opened, a dump of another image, no
/// such task.
pub fn run(args: &Args) -> Result<Answer> {
    let target = open(args)?;
    answer(&target, args)
}

/// Runs the command on a target.
///
/// # Errors
/// As [`run`].
pub fn answer(target: &Target, args: &Args) -> Result<Answer> {
    let report = cmd::run(target, &args.command)?;
    let problems = target.problems();
    if !args.json {
        return Ok(Answer { output: report.text, problems });
    }
    let mut json = report.json;
    if let serde_json::Value::Object(object) = &mut json {
        object.insert("problems".to_owned(), problems.into());
    }
    Ok(Answer { output: format!("{json:#}\n"), problems: Vec::new() })
}

fn open(args: &Args) -> Result<Target> {
    let archive = args.archive.as_ref().context("name the archive: -a target/APP/dist/APP.zip")?;
    let mut target = Target::new(archive::Archive::open(archive)?);
    let core: Box<dyn dump::Core> = match (&args.dump, &args.ram) {
        (Some(path), None) => Box::new(dump::open_elf(path)?),
        (None, Some(path)) => Box::new(dump::open_raw(path, target.manifest.ram.base)?),
        (None, None) if args.retained => bail!("--retained needs a dump: -d CORE or --ram FILE"),
        (None, None) => return Ok(target),
        (Some(_), Some(_)) => bail!("give -d or --ram, not both"),
    };
    let boot = if args.retained { Boot::Previous } else { Boot::Last };
    let trust = if args.force { Trust::Forced } else { Trust::Checked };
    target.attach(core, boot, trust)?;
    Ok(target)
}
