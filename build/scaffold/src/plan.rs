//! What is to be written.

use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is to be written, and what is to be said.
#[derive(Debug, Default)]
pub struct Plan {
    /// New files: paths in the workspace, and contents.
    files: Vec<(PathBuf, String)>,
    /// A file as it is to be, new or not.
    changed: Option<(PathBuf, String)>,
    /// A section for the app file.
    advice: Option<String>,
}

impl Plan {
    pub(crate) fn file(&mut self, path: String, text: String) {
        self.files.push((path.into(), text));
    }

    pub(crate) fn change(&mut self, file: (PathBuf, String)) {
        self.changed = Some(file);
    }

    pub(crate) fn advise(&mut self, section: String) {
        self.advice = Some(section);
    }

    /// What to add to an app file, if nobody does it.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// Writes it in this workspace; returns the paths.
    ///
    /// # Errors
    /// If a file is there already, before anything is written; or if the disk refuses.
    pub fn carry_out(&self, root: &Path) -> Result<Vec<PathBuf>> {
        for (path, _) in &self.files {
            if root.join(path).symlink_metadata().is_ok() {
                bail!("{} is there already: choose another name", path.display());
            }
        }
        for (path, text) in &self.files {
            let path = root.join(path);
            create(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        if let Some((path, text)) = &self.changed {
            fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        let changed = self.changed.iter().map(|(path, _)| path);
        let changed = changed.map(|path| path.strip_prefix(root).unwrap_or(path));
        let new = self.files.iter().map(|(path, _)| path.as_path());
        Ok(new.chain(changed).map(Path::to_owned).collect())
    }
}

fn create(path: &Path, text: &str) -> std::io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
    File::create_new(path)?.write_all(text.as_bytes())
}
