//! `graph`: who talks to whom, as a picture.

use crate::dist;
use crate::output;
use anyhow::{Result, bail};
use draw::Graph;
use std::path::{Path, PathBuf};

/// Arguments of `graph`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The app file. One that is refused is drawn, too, as far as it can be read: in red what is wrong.
    app: PathBuf,
    /// In the language of graphviz.
    #[arg(long)]
    dot: bool,
    /// As a picture for browsers [default, unless FILE ends in .dot or .gv].
    #[arg(long, conflicts_with = "dot")]
    svg: bool,
    /// Write it here [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let (text, folders) = dist::read(&arguments.app)?;
    let sketch = appfile::sketch(&arguments.app.display().to_string(), &text, &folders);
    if sketch.tasks.is_empty() {
        match sketch.report {
            Some(report) => return Err(report.into()),
            None => bail!("{} has no tasks", arguments.app.display()),
        }
    }
    if sketch.report.is_some() {
        let app = arguments.app.display();
        eprintln!("{app} is refused, as `cargo xtask dist` explains; what is wrong is red");
    }
    let graph = Graph::new(&sketch);
    let file = arguments.output.as_deref();
    let is_dot = |file: &Path| file.extension().is_some_and(|end| end == "dot" || end == "gv");
    let dot = arguments.dot || (!arguments.svg && file.is_some_and(is_dot));
    output::write(file, &if dot { graph.dot() } else { graph.svg() })
}
