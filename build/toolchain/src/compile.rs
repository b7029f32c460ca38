//! Compiling packages to one relocatable object each.
//!
//! `-r` makes the linker stop half way: one object with all code, sections still apart, DWARF
//! included, which `build/image` links at its final addresses as often as it likes. All packages
//! with the same features and target go through one run of cargo, so a run in which nothing changed costs a
//! fraction of a second.

use crate::{Target, Toolchain, Workspace, cargo};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A crate to compile, with one binary of the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Name in the workspace.
    pub name: String,
    /// Its features.
    pub features: Vec<String>,
    /// Whether those that it has by default are among them.
    pub default_features: bool,
    /// What it is compiled for.
    pub target: Target,
}

impl Package {
    fn object(&self, folder: &Path) -> PathBuf {
        let mut name = self.name.clone();
        for feature in &self.features {
            name.push('+');
            // `dep/feature` names a feature of a dependency.
            name.push_str(&feature.replace('/', "~"));
        }
        if !self.default_features {
            name.push_str("@bare");
        }
        if self.target == Target::Hard {
            // No feature has such a name.
            name.push_str("@hard");
        }
        folder.join(name + ".o")
    }
}

/// What a compilation gave.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// The packages' objects, in their order.
    pub objects: Vec<PathBuf>,
    /// Ids of all packages that were compiled for the target, as `cargo metadata` calls them.
    pub linked: BTreeSet<String>,
}

/// How far a compilation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'n> {
    /// A library that packages need was compiled.
    Library(&'n str),
    /// A package is finished.
    Package {
        /// Packages finished, this one included.
        done: usize,
        /// Packages asked for.
        all: usize,
        /// Its name.
        name: &'n str,
        /// Whether it was as before, so that nothing was to be done.
        fresh: bool,
    },
}

/// Compiles packages of one workspace.
///
/// # Errors
/// If cargo fails; its own messages have gone to standard error.
pub fn compile(
    toolchain: &Toolchain,
    workspace: &Workspace,
    packages: &[Package],
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Compiled> {
    let objects = workspace.target.join("objects");
    std::fs::create_dir_all(&objects)
        .with_context(|| format!("cannot make {}", objects.display()))?;
    let distinct: BTreeSet<&Package> = packages.iter().collect();
    let all = distinct.len();
    let mut done = 0;
    let mut linked = BTreeSet::new();
    for (target, group) in groups(&distinct) {
        let mut finished = |artifact: cargo::Artifact<'_>| match artifact {
            cargo::Artifact::Library(name) => progress(Progress::Library(name)),
            cargo::Artifact::Binary { name, fresh } => {
                done += 1;
                progress(Progress::Package { done, all, name, fresh });
            }
        };
        let built = cargo::run(toolchain, target, workspace, &group, &mut finished)?;
        linked.extend(built.linked);
        for package in group {
            let built = built.executables.get(&package.name).with_context(|| {
                format!("`{}` has no binary of its own name (src/main.rs)", package.name)
            })?;
            copy_if_changed(built, &package.object(&objects))?;
        }
    }
    let objects = packages.iter().map(|package| package.object(&objects)).collect();
    Ok(Compiled { objects, linked })
}

/// Packages that cargo can build in one run: all for one target, all with their default features or
/// all without, and no package twice.
pub(crate) fn groups<'p>(packages: &BTreeSet<&'p Package>) -> Vec<(Target, Vec<&'p Package>)> {
    let mut groups: Vec<(Target, Vec<&Package>)> = Vec::new();
    for &package in packages {
        let alike = |other: &&Package| {
            other.name != package.name && other.default_features == package.default_features
        };
        let fits = |(target, group): &&mut (Target, Vec<&Package>)| {
            *target == package.target && group.iter().all(alike)
        };
        match groups.iter_mut().find(fits) {
            Some((_, group)) => group.push(package),
            None => groups.push((package.target, vec![package])),
        }
    }
    groups
}

/// Leaves an unchanged object alone, so that its time says when it last changed. A changed one
/// appears all at once.
fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let new = std::fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if std::fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    let cannot = || format!("cannot write {}", to.display());
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(cannot)?;
    file.write_all(&new).with_context(cannot)?;
    file.persist(to).with_context(cannot)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, features: &[&str]) -> Package {
        let features = features.iter().map(|&feature| feature.to_owned()).collect();
        Package { name: name.into(), features, default_features: true, target: Target::Soft }
    }

    fn bare(package: &Package) -> Package {
        Package { default_features: false, ..package.clone() }
    }

    fn hard(package: &Package) -> Package {
        Package { target: Target::Hard, ..package.clone() }
    }

    #[test]
    fn one_run_compiles_all_but_the_same_package_with_other_features() {
        let packages = [package("a", &[]), package("a", &["x"]), package("b", &[])];
        let distinct = packages.iter().collect();
        let [a, ax, b] = &packages;
        assert_eq!(groups(&distinct), [(Target::Soft, vec![a, b]), (Target::Soft, vec![ax])]);
    }

    #[test]
    fn packages_without_their_default_features_have_runs_of_their_own() {
        let (a, b) = (package("a", &[]), package("b", &[]));
        let (bare_a, bare_c) = (bare(&a), bare(&package("c", &[])));
        let distinct = [&a, &b, &bare_a, &bare_c].into();
        let expected = [(Target::Soft, vec![&bare_a, &bare_c]), (Target::Soft, vec![&a, &b])];
        assert_eq!(groups(&distinct), expected);
    }

    #[test]
    fn each_target_has_runs_of_its_own() {
        let (a, b) = (package("a", &[]), package("b", &[]));
        let (hard_a, hard_c) = (hard(&a), hard(&package("c", &[])));
        let distinct = [&a, &b, &hard_a, &hard_c].into();
        let expected = [(Target::Soft, vec![&a, &b]), (Target::Hard, vec![&hard_a, &hard_c])];
        assert_eq!(groups(&distinct), expected);
    }

    #[test]
    fn no_two_packages_share_an_object() {
        let packages = [
            package("a", &[]),
            package("a", &["x"]),
            package("a", &["x", "y"]),
            package("a", &["v1.2"]),
            package("a", &["v1.3"]),
            package("a", &["b/x"]),
        ];
        let packages = packages.iter().flat_map(|package| [package.clone(), bare(package)]);
        let packages = packages.flat_map(|package| [hard(&package), package]);
        let packages: Vec<Package> = packages.collect();
        let folder = Path::new("objects");
        let objects: BTreeSet<PathBuf> = packages.iter().map(|p| p.object(folder)).collect();
        assert_eq!(objects.len(), packages.len());
        assert!(objects.iter().all(|object| object.parent() == Some(folder)), "{objects:?}");
    }

    #[test]
    fn an_object_that_did_not_change_keeps_its_time() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::write(&from, b"one")?;
        copy_if_changed(&from, &to)?;
        let old = std::time::SystemTime::UNIX_EPOCH;
        std::fs::File::options().write(true).open(&to)?.set_modified(old)?;
        copy_if_changed(&from, &to)?;
        assert_eq!(std::fs::metadata(&to)?.modified()?, old);
        std::fs::write(&from, b"two")?;
        copy_if_changed(&from, &to)?;
        assert_eq!(std::fs::read(&to)?, b"two");
        Ok(())
    }
}
