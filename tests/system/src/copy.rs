//! A copy of the tree in a folder of its own, as a clone of it would be.

use crate::{Outcome, cargo, root};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use tempfile::TempDir;

/// This workspace's `xtask`, compiled. A copy need not compile one of its own.
static XTASK: LazyLock<PathBuf> = LazyLock::new(|| {
    let arguments = ["build", "--package", "xtask", "--message-format", "json"];
    let said = cargo(&arguments).expect_success().stdout;
    let messages = said.lines().filter_map(|line| serde_json::from_str(line).ok());
    let mut programs = messages
        .filter_map(|message: serde_json::Value| Some(message["executable"].as_str()?.into()));
    programs.next_back().expect("cargo says where xtask is")
});

/// The copy; gone when dropped.
pub struct Copy {
    folder: TempDir,
}

impl Copy {
    /// Makes one, at the same commit and with the same changes since.
    ///
    /// # Panics
    /// If the disk refuses.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copy = Self { folder };
        let clone = ["clone", "--quiet", "--shared", "--no-checkout", ".git"];
        let place = copy.folder().display().to_string();
        if git(&root(), &[&clone[..], &[&place]].concat()).success {
            let _ = git(&copy.folder(), &["reset", "--quiet"]);
        }
        copy_tree(&copy.folder());
        home_like_ours(&copy.home());
        copy
    }

    /// Its workspace: a path unlike the one it was copied from.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("a copy/with-a/rather-long-path")
    }

    /// The copy's cargo home.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("cargo-home")
    }

    /// Runs `cargo xtask` in it.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn xtask(&self, arguments: &[&str]) -> Outcome {
        let mut command = Command::new(&*XTASK);
        command.env("CARGO_MANIFEST_DIR", self.folder().join("build/xtask"));
        command.env("CARGO_HOME", self.home()).args(arguments);
        run(&mut command, &self.folder())
    }
}

impl Default for Copy {
    fn default() -> Self {
        Self::new()
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Outcome {
    run(Command::new("git").args(arguments), folder)
}

fn run(command: &mut Command, folder: &Path) -> Outcome {
    let output = command.current_dir(folder).stdin(Stdio::null()).output();
    Outcome::of(&output.expect("it runs"))
}

/// Copies what a clone would hold, and what is not committed yet.
///
/// # Panics
/// If the disk refuses.
pub fn copy_tree(to: &Path) {
    let files = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = git(&root(), &files).expect_success().stdout;
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (root().join(name), to.join(name));
        std::fs::create_dir_all(to.parent().expect("it is in a folder")).expect("a folder");
        if from.is_file() {
            std::fs::copy(from, to).expect("a copy");
        }
    }
}

/// Makes a cargo home of another name, with the same things in it but what was fetched from
/// repositories.
///
/// # Panics
/// If the disk refuses.
pub fn home_like_ours(home: &Path) {
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let user = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let real = cargo.unwrap_or_else(|| user().join(".cargo"));
    std::fs::create_dir_all(home).expect("a folder");
    for entry in std::fs::read_dir(real).into_iter().flatten().flatten() {
        if entry.file_name() != "git" {
            std::os::unix::fs::symlink(entry.path(), home.join(entry.file_name())).expect("a link");
        }
    }
}
