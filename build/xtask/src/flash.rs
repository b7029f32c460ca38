//! `flash`: a disk that U-Boot starts the image from.

use crate::dist::{Dist, dist};
use crate::progress::Display;
use anyhow::{Context, Result};
use flash::{Boot, Limits, Step, System};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The app file; it is built if it must be.
    app: PathBuf,
    /// The disk: a file, or a block device such as `/dev/sdX`. All that is on it is lost.
    #[arg(long, value_name = "FILE|DEVICE")]
    to: PathBuf,
    /// Refuse a disk larger than this, which may be the wrong one.
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "64 GiB")]
    max_size: u64,
    /// Make a file of this size [default: what is there, or what is needed].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    size: Option<u64>,
    /// Overwrite it although it is larger, or holds something else. One in use is never written.
    #[arg(long)]
    yes: bool,
    /// For programs.
    #[arg(long)]
    json: bool,
}

/// A size, as app files have them.
pub fn size(text: &str) -> Result<u64, String> {
    appfile::size(text).ok_or_else(|| "a size is a number and B, KiB, MiB or GiB".to_owned())
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { app, to, max_size, size, yes, json } = arguments;
    let boot = boot(&dist(app)?)?;
    let display = Display::new();
    let mut shown = None;
    let mut progress = |step, done: u64, all: u64| {
        let now = (step, (done * 100).checked_div(all).unwrap_or(100));
        // A step is named when it begins, then once for each hundredth.
        if shown.is_none_or(|(before, _)| before != step) {
            display.share(words(step), 0);
        }
        if shown.replace(now) != Some(now) {
            display.share(words(step), now.1);
        }
    };
    let limits = Limits { max_size: *max_size, yes: *yes };
    let report = flash::flash(&boot, to, *size, limits, &System::read()?, &mut progress)?;
    drop(display);
    if *json {
        print!("{}", report.json()?);
    } else {
        eprint!("{report}");
    }
    Ok(())
}

const fn words(step: Step) -> &'static str {
    match step {
        Step::Write => "writing",
        Step::Check => "reading back",
    }
}

fn boot(dist: &Dist) -> Result<Boot> {
    let manifest = dist.manifest()?;
    let image = std::fs::read(&dist.image_bin)
        .with_context(|| format!("cannot read {}", dist.image_bin.display()))?;
    Ok(Boot {
        app: manifest.app,
        image_id: manifest.image_id,
        load_address: manifest.load_address,
        image,
        files: Vec::new(),
    })
}
