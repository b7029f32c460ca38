//! Where an app is at home: in this project, or in a workspace of its own that stands on it.

use crate::dist::root;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use toolchain::{Compiled, Package, Progress, Toolchain, Workspace, workspace};

/// The workspaces of an app.
pub struct Home {
    /// This project's.
    ours: Workspace,
    /// The app's own, and its packages.
    theirs: Option<(Workspace, Vec<String>)>,
}

impl Home {
    /// Of an app file.
    pub fn of(app: &Path) -> Result<Self> {
        let app = app.canonicalize().with_context(|| format!("cannot find {}", app.display()))?;
        let around = app.parent().and_then(workspace::around);
        let ours = root();
        let is_ours = |folder: &PathBuf| ours.canonicalize().is_ok_and(|ours| ours == *folder);
        let Some(folder) = around.filter(|folder| !is_ours(folder)) else {
            let target = ours.join("target/build");
            return Ok(Self { ours: Workspace::ours(&ours, target), theirs: None });
        };
        let theirs = Workspace::outside(&folder, &ours)?;
        let target = match is_cargos(&ours) {
            true => folder.join("target/aidos"),
            false => ours.join("target/build"),
        };
        let members = workspace::members(&folder)?;
        Ok(Self { ours: Workspace::ours(&ours, target), theirs: Some((theirs, members)) })
    }

    /// The workspace that the app file is in.
    pub fn folder(&self) -> &Path {
        self.theirs.as_ref().map_or(&self.ours.folder, |(theirs, _)| &theirs.folder)
    }

    /// Where its products go.
    pub fn products(&self, app: &str) -> PathBuf {
        self.folder().join("target").join(app).join("dist")
    }

    /// Of every build in which something of ours is compiled.
    pub fn build_folder(&self) -> &Path {
        &self.ours.target
    }

    /// Where interfaces are: the app's own go first.
    pub fn interfaces(&self) -> Vec<PathBuf> {
        let theirs = self.theirs.as_ref().map(|(theirs, _)| &theirs.folder);
        theirs.into_iter().chain([&self.ours.folder]).map(|folder| folder.join("idl")).collect()
    }

    /// Packages by the workspace they are in.
    pub fn divide(&self, packages: Vec<Package>) -> Vec<(&Workspace, Vec<Package>)> {
        let Some((theirs, members)) = &self.theirs else { return vec![(&self.ours, packages)] };
        let (own, rest) = packages.into_iter().partition(|package| members.contains(&package.name));
        vec![(&self.ours, rest), (theirs, own)]
    }

    /// The workspaces that packages come from.
    pub fn workspaces(&self) -> impl Iterator<Item = &Workspace> {
        let theirs = self.theirs.iter().map(|(theirs, _)| theirs);
        [&self.ours].into_iter().chain(theirs)
    }

    /// Compiles packages, each in its workspace.
    pub fn compile(
        &self,
        toolchain: &Toolchain,
        packages: &[Package],
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Compiled> {
        let Some((theirs, members)) = &self.theirs else {
            return toolchain::compile(toolchain, &self.ours, packages, progress);
        };
        let is_theirs = |package: &Package| members.contains(&package.name);
        let (own, rest): (Vec<Package>, _) = packages.iter().cloned().partition(is_theirs);
        let compiled = toolchain::compile(toolchain, &self.ours, &rest, progress)?;
        let theirs = toolchain::compile(toolchain, theirs, &own, progress)?;
        let linked = compiled.linked.into_iter().chain(theirs.linked).collect();
        let mut rest = compiled.objects.into_iter();
        let mut own = theirs.objects.into_iter();
        let next = |package: &Package| if is_theirs(package) { own.next() } else { rest.next() };
        let objects = packages.iter().map(next).collect::<Option<_>>();
        Ok(Compiled { objects: objects.context("an object is missing")?, linked })
    }
}

/// For what writes in this project's folder.
///
/// # Errors
/// If that is no checkout of somebody's.
pub fn insist_on_checkout() -> Result<()> {
    if is_cargos(&root()) {
        bail!(
            "this is about Aidos itself, which cargo fetched and nobody may change: clone the \
             repository, and run it there"
        );
    }
    Ok(())
}

/// For what adds to the workspace around the current folder, and knows how only in this project.
///
/// # Errors
/// If that is another one.
pub fn insist_on_ours() -> Result<()> {
    let here = std::env::current_dir().context("cannot find the current folder")?;
    let ours = root().canonicalize().context("cannot find the project's folder")?;
    match here.canonicalize().ok().as_deref().and_then(workspace::around) {
        Some(folder) if folder != ours => bail!(
            "{} is a workspace of its own: this adds to the tree of Aidos only; \
             doc/out-of-tree.md says what to copy instead",
            folder.display()
        ),
        _ => Ok(()),
    }
}

/// Whether cargo fetched this project for somebody: then nothing is to be written there.
fn is_cargos(folder: &Path) -> bool {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    home.is_some_and(|home| folder.starts_with(home.join("git")))
}
