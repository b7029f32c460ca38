//! `stack`: how much stack the tasks can need.

use crate::dist;
use anyhow::{Result, bail};
use archive::{Manifest, StackNeed, Task};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The app file; it is built if it must be.
    app: PathBuf,
    /// The longest way through this task's functions.
    task: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let manifest = dist::dist(&arguments.app)?.manifest()?;
    match &arguments.task {
        None => print!("{}", table(&manifest)),
        Some(name) => {
            let Some(task) = manifest.tasks.iter().find(|task| task.name == *name) else {
                let names: Vec<&str> = manifest.tasks.iter().map(|task| &*task.name).collect();
                bail!("no task `{name}`; there are {}", names.join(", "));
            };
            let Some(need) = &task.stack_need else {
                bail!("nobody looked: `{name}` has `stack-check = false`");
            };
            print!("{}", path(need));
        }
    }
    Ok(())
}

fn table(manifest: &Manifest) -> String {
    let heads = ["stack", "plain", "format", "panic", "margin"];
    let mut text = format!("{:<24}", "bytes");
    heads.iter().for_each(|head| text.push_str(&format!("{head:>9}")));
    text.push('\n');
    for task in &manifest.tasks {
        text.push_str(&line(task));
    }
    text
}

fn line(task: &Task) -> String {
    let stack = task.stack_top - task.stack_bottom;
    let start = format!("{:<24}{stack:>9}", task.name);
    match &task.stack_need {
        Some(StackNeed { plain, formatting, most, .. }) => {
            format!("{start}{plain:>9}{formatting:>9}{most:>9}{:>9}\n", stack.saturating_sub(*most))
        }
        None => format!("{start}        -        -        -        -\n"),
    }
}

fn path(need: &StackNeed) -> String {
    let mut text = String::new();
    let mut depth = 0;
    for (name, bytes) in &need.path {
        depth += bytes;
        text.push_str(&format!("{bytes:>9}{depth:>9}  {name}\n"));
    }
    text
}
