//! `sizes`: where the bytes of an image go.

use crate::dist;
use anyhow::{Result, bail};
use appfile::suggest;
use sizes::Sizes;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The app file; it is built if it must be.
    app: PathBuf,
    /// Only this task, or `kernel`.
    #[arg(long, value_name = "TASK")]
    only: Option<String>,
    /// What changed since that build: an archive, or sizes that were saved.
    #[arg(long, value_name = "FILE", conflicts_with = "only")]
    compare: Option<PathBuf>,
    /// Keep the sizes for a later comparison.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let old = arguments.compare.as_deref().map(Sizes::read).transpose()?;
    let sizes = Sizes::read(&dist::dist(&arguments.app)?.archive)?;
    check(&sizes, arguments.only.as_deref())?;
    if let Some(path) = &arguments.save {
        sizes.save(path)?;
    }
    match old {
        _ if arguments.json => print!("{}", sizes.json()?),
        Some(old) => print!("{}", sizes::compare(&old, &sizes)),
        None => print!("{}", sizes::table(&sizes, arguments.only.as_deref())),
    }
    Ok(())
}

fn check(sizes: &Sizes, only: Option<&str>) -> Result<()> {
    let names: Vec<&str> = sizes.programs.iter().map(|program| &*program.name).collect();
    match only.filter(|only| !names.contains(only)) {
        Some(only) => {
            let help = suggest::help(only, "there are", names).unwrap_or_default();
            bail!("there is no program `{only}`; {help}")
        }
        None => Ok(()),
    }
}
