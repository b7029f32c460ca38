//! `clippy` and `doc` of what runs on the target: the kernel, and the tasks of an app.

use crate::dist::{self, Kernel, root, turn};
use crate::home::Home;
use crate::{fuzz, test};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use toolchain::{Package, Target, Toolchain, find_clippy};

/// Runs clippy over the kernel and the tasks of an app; of all apps of this project if none is named.
pub fn clippy(app: Option<&Path>) -> Result<()> {
    let (home, packages) = packages(app)?;
    let toolchain = find(&packages, true)?;
    let _turn = turn(home.build_folder())?;
    for (workspace, packages) in home.divide(packages) {
        toolchain::clippy(&toolchain, workspace, &packages)?;
    }
    Ok(())
}

/// Documents the same, what tasks stand on, and what runs on the host.
pub fn doc(app: Option<&Path>) -> Result<()> {
    let (home, mut packages) = packages(app)?;
    packages.extend(libraries()?);
    let toolchain = find(&packages, false)?;
    let _turn = turn(home.build_folder())?;
    let host = host_doc()?;
    println!("tools, kernel core:      {}", host.display());
    for (workspace, packages) in home.divide(packages) {
        for folder in toolchain::doc(&toolchain, workspace, &packages)? {
            println!("kernel, tasks, drivers: {}", folder.display());
        }
    }
    Ok(())
}

fn find(packages: &[Package], clippy: bool) -> Result<Toolchain> {
    let targets: BTreeSet<Target> = packages.iter().map(|package| package.target).collect();
    let targets: Vec<Target> = targets.into_iter().collect();
    toolchain::require(|| {
        let found = toolchain::find_for(&targets)?;
        if clippy {
            find_clippy(found.compilers())?;
        }
        Ok(found)
    })
}

/// The kernel and the tasks.
fn packages(app: Option<&Path>) -> Result<(Home, Vec<Package>)> {
    let apps = match app {
        Some(app) => vec![app.to_owned()],
        None => apps()?,
    };
    let mut packages = BTreeSet::new();
    for app in &apps {
        packages.extend(dist::packages(&dist::load(app)?, Kernel::Plain));
    }
    let first = apps.first().context("there are no apps")?;
    Ok((Home::of(first)?, packages.into_iter().collect()))
}

/// What tasks stand on: `userlib`, clients of interfaces, device libraries.
fn libraries() -> Result<Vec<Package>> {
    let mut names = toolchain::workspace::members(&root())?;
    names.retain(|name| {
        let driver = name.starts_with("drv-") && !name.ends_with("-server");
        name == "userlib" || name.ends_with("-api") || driver
    });
    let package =
        |name| Package { name, features: Vec::new(), default_features: true, target: Target::Soft };
    Ok(names.into_iter().map(package).collect())
}

/// Those of this project.
fn apps() -> Result<Vec<PathBuf>> {
    let own = ["app.toml", "tests/bench/app.toml", fuzz::APP].map(|path| root().join(path));
    Ok(own.into_iter().chain(test::apps()?).collect())
}

/// The default members of the workspace are what runs on the host.
fn host_doc() -> Result<PathBuf> {
    let folder = root().join("target/doc-host");
    let status = Command::new("cargo")
        .current_dir(root())
        .args(["doc", "--quiet", "--locked", "--no-deps", "--lib", "--keep-going", "--target-dir"])
        .arg(&folder)
        .env("RUSTDOCFLAGS", toolchain::RUSTDOC_FLAGS)
        .stdin(Stdio::null())
        .status()
        .context("cannot run cargo doc")?;
    if !status.success() {
        bail!("there is something to mend, as said above");
    }
    Ok(folder.join("doc"))
}
