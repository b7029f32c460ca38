//! The interfaces that tasks serve, as the archive has them for the debugger.

use anyhow::{Context, Result, anyhow};
use appfile::App;
use archive::Entry;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// `idl/NAME.json` for each interface that a task of the app serves, by name.
///
/// # Errors
/// If a task serves what is no interface of this tree.
pub fn entries(app: &App, folders: &[PathBuf]) -> Result<Vec<Entry>> {
    let served: BTreeSet<_> = app.tasks.iter().flat_map(|task| &task.serves).collect();
    served.into_iter().map(|name| entry(name, folders)).collect()
}

fn entry(name: &str, folders: &[PathBuf]) -> Result<Entry> {
    let file = format!("idl/{name}.idl");
    let paths = folders.iter().map(|folder| folder.join(format!("{name}.idl")));
    let path = paths.clone().find(|path| path.is_file()).or_else(|| paths.clone().next());
    let text = std::fs::read_to_string(path.unwrap_or_default())
        .with_context(|| format!("cannot read {file}, which a task `serves`"))?;
    // What is wrong with it is shown with the line.
    let json = idl::json(&file, &text).map_err(|errors| anyhow!("{errors}"))?;
    Ok(Entry { name: format!("idl/{name}.json"), bytes: json.into_bytes() })
}
