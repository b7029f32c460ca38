//! `new`: begins a task, a driver or an app.

use crate::dist::{read, root};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use scaffold::{Plan, System};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What to begin.
#[derive(Subcommand)]
pub enum What {
    /// A task that says hello: task/NAME.
    Task {
        /// Its name.
        name: String,
        /// Add it to this app file; otherwise you are told what to add.
        #[arg(long, value_name = "FILE")]
        app: Option<PathBuf>,
    },
    /// A driver: drv/NAME, its task, its interface, and NAME.toml to try it in.
    Driver {
        /// Its name.
        name: String,
        /// The device of the board that it has.
        #[arg(long, value_name = "DEVICE", default_value = "rtc")]
        device: String,
        /// Add it to this app file instead of a new one.
        #[arg(long, value_name = "FILE")]
        app: Option<PathBuf>,
    },
    /// An app with a task of its own: NAME.toml and task/NAME.
    App {
        /// Its name.
        name: String,
    },
}

/// Runs the command.
pub fn run(what: &What) -> Result<()> {
    let (plan, app) = plan(what)?;
    let root = root();
    for path in plan.carry_out(&root)? {
        println!("{}", path.display());
    }
    lock(&root)?;
    match (plan.advice(), app) {
        (Some(section), _) => {
            println!("\nAdd to your app file, with a priority that fits:\n\n{section}")
        }
        (None, Some(app)) => println!("\nNext: cargo xtask qemu {} --disk none", app.display()),
        (None, None) => (),
    }
    Ok(())
}

/// The plan, and the app file to try it with.
fn plan(what: &What) -> Result<(Plan, Option<PathBuf>)> {
    match what {
        What::Task { name, app } => {
            let system = app.as_deref().map(existing).transpose()?;
            Ok((scaffold::task(name, system)?, app.clone()))
        }
        What::Driver { name, device, app: Some(app) } => {
            Ok((scaffold::driver(name, device, existing(app)?)?, Some(app.clone())))
        }
        What::Driver { name, device, app: None } => {
            let (system, file) = fresh(name)?;
            Ok((scaffold::driver(name, device, system)?, Some(file)))
        }
        What::App { name } => {
            let (system, file) = fresh(name)?;
            Ok((scaffold::app(name, system)?, Some(file)))
        }
    }
}

/// An app file that is not there yet.
fn fresh(name: &str) -> Result<(System, PathBuf)> {
    let text = scaffold::app_text(name)?;
    let file = PathBuf::from(scaffold::app_file(name));
    let path = root().join(&file);
    if path.symlink_metadata().is_ok() {
        bail!("{} is there already: choose another name", file.display());
    }
    Ok((System::new(path, text, folders()?), file))
}

fn existing(app: &Path) -> Result<System> {
    let (text, folders) = read(app)?;
    Ok(System::new(app.to_owned(), text, folders))
}

/// Where an app file in the workspace's folder finds others.
fn folders() -> Result<appfile::Folders> {
    Ok(read(&root().join("app.toml"))?.1)
}

/// The new crates go into `Cargo.lock`: builds insist that all are in there.
fn lock(root: &Path) -> Result<()> {
    let output = Command::new("cargo")
        .current_dir(root)
        .args(["update", "--workspace", "--offline", "--quiet"])
        .stdin(Stdio::null())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("cargo does not understand the workspace any more:\n{said}");
    }
    Ok(())
}
