//! Interfaces: those that tasks serve, as the archive has them for the debugger; and `expand`.

use crate::dist::root;
use crate::output;
use anyhow::{Context, Result, anyhow};
use appfile::App;
use archive::Entry;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// `idl/NAME.json` for each interface that a task of the app serves, by name.
///
/// # Errors
/// If a task serves what is no interface of this tree.
pub fn entries(app: &App, folders: &[PathBuf]) -> Result<Vec<Entry>> {
    let served: BTreeSet<_> = app.tasks.iter().flat_map(|task| &task.serves).collect();
    served.into_iter().map(|name| entry(name, folders)).collect()
}

/// Prints the Rust that is made of an interface: of this file, or of the one with this name in the
/// project's `idl`.
///
/// # Errors
/// If there is no such interface, or it is wrong.
pub fn expand(interface: &Path) -> Result<()> {
    let names_file = interface.extension().is_some_and(|extension| extension == "idl");
    let path = if names_file {
        interface.to_owned()
    } else {
        root().join("idl").join(interface).with_extension("idl")
    };
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("cannot read {}: name a file, or one of {}", path.display(), known().join(", "))
    })?;
    let module = idl::rust(&path.display().to_string(), &text);
    let wrong = |errors| anyhow!("this interface is refused\n\n{errors}");
    output::write(None, &module.map_err(wrong)?)
}

/// The names of the project's interfaces.
fn known() -> Vec<String> {
    let files = std::fs::read_dir(root().join("idl")).into_iter().flatten().flatten();
    let paths = files.map(|file| file.path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|extension| extension == "idl"));
    let mut names: Vec<String> =
        wanted.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
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
