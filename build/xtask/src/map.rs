//! `map`: where everything lies.

use crate::{dist, output};
use anyhow::Result;
use archive::Archive;
use draw::Map;
use std::path::PathBuf;

/// Arguments of `map`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The app file: its image is built if need be. Or the archive of an image, ending in .zip.
    app: PathBuf,
    /// A picture for browsers [default: text, unless FILE ends in .svg].
    #[arg(long)]
    svg: bool,
    /// Write it here [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let ends = |path: &PathBuf, end: &str| path.extension().is_some_and(|found| found == end);
    let manifest = match ends(&arguments.app, "zip") {
        true => Archive::open(&arguments.app)?.manifest,
        false => dist::dist(&arguments.app)?.manifest()?,
    };
    let map = Map::new(&manifest);
    let svg = arguments.svg || arguments.output.as_ref().is_some_and(|file| ends(file, "svg"));
    output::write(arguments.output.as_deref(), &if svg { map.svg() } else { map.text() })
}
