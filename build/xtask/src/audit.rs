//! `audit`: what a finished image allows, and to whom.

use crate::dist;
use ::audit::authority::{Authority, Diff};
use ::audit::{Report, Subject};
use anyhow::{Context, Result, bail};
use archive::{Archive, Manifest};
use std::path::{Path, PathBuf};

/// Arguments of `audit`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The app file: its image is built if need be.
    #[arg(required_unless_present = "archive")]
    app: Option<PathBuf>,
    /// Examine the image in this archive instead.
    #[arg(long, value_name = "FILE.zip", conflicts_with = "app")]
    archive: Option<PathBuf>,
    /// Tell only which rights are added and removed since the build with this archive.
    #[arg(long, value_name = "OLD.zip")]
    diff: Option<PathBuf>,
    /// With `--diff`: an added right is an error.
    #[arg(long, requires = "diff")]
    fail_on_added: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The files of one image.
struct Files {
    image_bin: Vec<u8>,
    image_elf: Vec<u8>,
    manifest: Manifest,
}

/// Runs the command. A broken rule is an error.
pub fn run(arguments: &Arguments) -> Result<()> {
    let files = match (&arguments.app, &arguments.archive) {
        (_, Some(archive)) => from_archive(archive)?,
        (Some(app), None) => from_dist(app)?,
        (None, None) => bail!("no app file and no archive"),
    };
    let subject = Subject {
        image_bin: &files.image_bin,
        image_elf: Some(&files.image_elf),
        manifest: &files.manifest,
    };
    let report = ::audit::audit(&subject);
    match &arguments.diff {
        // Rights are worth comparing only where they are enforced.
        Some(old) if report.is_clean() => {
            let old = Archive::open(old)?.manifest;
            compare(&old, &files.manifest, arguments)?;
        }
        _ => show(&report, &files.manifest, arguments.json)?,
    }
    if !report.is_clean() {
        bail!("{} breaks rules", report.app);
    }
    Ok(())
}

/// For programs: what [`show`] tells people.
#[derive(serde::Serialize)]
struct Everything<'r> {
    #[serde(flatten)]
    report: &'r Report,
    authority: Option<Authority>,
}

fn show(report: &Report, manifest: &Manifest, json: bool) -> Result<()> {
    // What an archive does not say is among the violations.
    let authority = Authority::of(manifest).ok();
    if json {
        println!("{}", serde_json::to_string_pretty(&Everything { report, authority })?);
    } else {
        authority.iter().for_each(|authority| print!("{authority}"));
        print!("{report}");
    }
    Ok(())
}

fn compare(old: &Manifest, new: &Manifest, arguments: &Arguments) -> Result<()> {
    let diff = Diff::between(&Authority::of(old)?, &Authority::of(new)?);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&diff)?);
    } else {
        print!("{diff}");
    }
    match diff.added.len() {
        added if arguments.fail_on_added && added > 0 => bail!("rights are added: {added}"),
        _ => Ok(()),
    }
}

/// What lies in the folder of products, not what an archive says of it.
fn from_dist(app: &Path) -> Result<Files> {
    let dist = dist::dist(app)?;
    let read = |path: PathBuf| {
        std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    Ok(Files {
        image_elf: read(dist.folder.join("image.elf"))?,
        manifest: dist.manifest()?,
        image_bin: read(dist.image_bin)?,
    })
}

fn from_archive(path: &Path) -> Result<Files> {
    let mut archive = Archive::open(path)?;
    Ok(Files {
        image_bin: archive.read("image.bin")?,
        image_elf: archive.read("image.elf")?,
        manifest: archive.manifest,
    })
}

/// An image that breaks a rule is not handed out.
pub fn refuse_violations(products: &image::Products) -> Result<()> {
    let report = ::audit::audit(&Subject {
        image_bin: &products.image_bin,
        image_elf: Some(&products.image_elf),
        manifest: &products.manifest,
    });
    if report.is_clean() {
        return Ok(());
    }
    bail!("{}", broken(&report))
}

fn broken(report: &Report) -> String {
    let messages = report.violations.iter();
    let lines: Vec<String> = messages
        .map(|violation| format!("    {}: {}", violation.rule.name(), violation.message))
        .collect();
    format!(
        "internal error: the image breaks rules of doc/audit.md, so nothing was written\n{}",
        lines.join("\n")
    )
}
