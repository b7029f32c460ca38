//! Which crates are in an image, from what cargo says.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A crate in an image. In order of name and version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crate {
    /// As in its manifest.
    pub name: String,
    /// As in its manifest; of the compiler's library, the compiler's.
    pub version: String,
    /// SPDX expression, if its manifest has one.
    pub licence: Option<String>,
    /// Where it came from.
    pub origin: Origin,
    /// SHA-256 of the package, if `Cargo.lock` has it.
    pub checksum: Option<String>,
    /// Names and versions of those crates of the image that it imports.
    pub imports: BTreeSet<(String, String)>,
}

/// Where a crate came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The workspace, or another folder.
    Folder,
    /// crates.io, wherever it was mirrored.
    CratesIo,
    /// Elsewhere: what cargo calls it.
    Other(String),
    /// The compiler's library.
    Library,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Option<Resolve>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// `dev`, `build`, or neither.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// The crates with these package ids, from `cargo metadata` and `Cargo.lock`. Ids that cargo does
/// not know are of the compiler's library, for which there is [`library`].
///
/// # Errors
/// If either cannot be read.
pub fn crates(metadata: &[u8], lock: &str, linked: &BTreeSet<String>) -> Result<Vec<Crate>> {
    let metadata: Metadata =
        serde_json::from_slice(metadata).context("cargo metadata cannot be read")?;
    let lock: Lock = toml::from_str(lock).context("Cargo.lock cannot be read")?;
    let checksums: BTreeMap<_, _> =
        lock.package.iter().map(|one| ((&one.name, &one.version), &one.checksum)).collect();
    let known: BTreeMap<&str, &Package> =
        metadata.packages.iter().map(|package| (&*package.id, package)).collect();
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: BTreeMap<&str, &Node> = nodes.map(|node| (&*node.id, node)).collect();
    let is_linked = |id: &str| linked.contains(id);
    let imports = |id: &str| {
        let all = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let linked = all.filter(|one| is_linked(&one.pkg) && one.dep_kinds.iter().any(Kind::plain));
        let named = linked.filter_map(|one| known.get(&*one.pkg));
        named.map(|package| (package.name.clone(), package.version.clone())).collect()
    };
    let crates = metadata.packages.iter().filter(|package| is_linked(&package.id));
    let crates = crates.map(|package| Crate {
        name: package.name.clone(),
        version: package.version.clone(),
        licence: package.license.as_deref().map(expression),
        origin: origin(package.source.as_deref()),
        checksum: checksums.get(&(&package.name, &package.version)).copied().cloned().flatten(),
        imports: imports(&package.id),
    });
    Ok(merge(crates))
}

impl Kind {
    fn plain(&self) -> bool {
        self.kind.is_none()
    }
}

/// In order, each once.
pub fn merge(crates: impl IntoIterator<Item = Crate>) -> Vec<Crate> {
    let mut all: BTreeMap<(String, String), Crate> = BTreeMap::new();
    for one in crates {
        match all.entry((one.name.clone(), one.version.clone())) {
            std::collections::btree_map::Entry::Occupied(mut there) => {
                there.get_mut().imports.extend(one.imports);
            }
            std::collections::btree_map::Entry::Vacant(place) => _ = place.insert(one),
        }
    }
    all.into_values().collect()
}

/// What of the compiler's own is in every image. Whether it was compiled with the image or before,
/// it is of the compiler's version.
#[must_use]
pub fn library(rustc: &str) -> [Crate; 2] {
    let version = rustc.split_whitespace().nth(1).unwrap_or("unknown");
    let of = |name: &str, licence: &str, imports: &[&str]| Crate {
        name: name.into(),
        version: version.into(),
        licence: Some(licence.into()),
        origin: Origin::Library,
        checksum: None,
        imports: imports.iter().map(|&name| (name.into(), version.into())).collect(),
    };
    [
        // As their manifests say.
        of(
            "compiler_builtins",
            "MIT AND Apache-2.0 WITH LLVM-exception AND (MIT OR Apache-2.0)",
            &["core"],
        ),
        of("core", "MIT OR Apache-2.0", &[]),
    ]
}

/// A licence as SPDX writes it: old manifests have a slash for "or".
fn expression(licence: &str) -> String {
    licence.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

fn origin(source: Option<&str>) -> Origin {
    match source {
        None => Origin::Folder,
        Some(source) if source.ends_with("github.com/rust-lang/crates.io-index") => {
            Origin::CratesIo
        }
        Some("sparse+https://index.crates.io/") => Origin::CratesIo,
        Some(other) => Origin::Other(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nchecksum = \"12ab\"\n\
                        [[package]]\nname = \"a\"\nversion = \"0.1.0\"\n";

    fn metadata() -> Vec<u8> {
        let dependency = |id: &str, kind: Option<&str>| serde_json::json!({"pkg": id, "dep_kinds": [{"kind": kind}]});
        let package = |id: &str, version: &str, licence: Option<&str>, source: Option<&str>| {
            serde_json::json!({
                "id": format!("id-{id}"), "name": id, "version": version, "license": licence,
                "source": source,
            })
        };
        let index = Some("registry+https://github.com/rust-lang/crates.io-index");
        serde_json::json!({
            "packages": [
                package("b", "1.0.0", Some("MIT/Apache-2.0"), index),
                package("a", "0.1.0", Some("MIT"), None),
                package("host", "1.0.0", Some("MIT"), index),
                package("c", "2.0.0", None, Some("git+https://example.org/c#0123")),
            ],
            "resolve": {"nodes": [
                {"id": "id-a", "deps": [
                    dependency("id-b", None), dependency("id-host", None),
                    dependency("id-c", Some("dev")),
                ]},
                {"id": "id-b", "deps": []},
            ]},
        })
        .to_string()
        .into_bytes()
    }

    fn linked() -> Vec<Crate> {
        let ids = ["id-a", "id-b", "id-c", "id-core"].map(str::to_owned).into();
        crates(&metadata(), LOCK, &ids).unwrap()
    }

    #[test]
    fn what_was_not_compiled_for_the_target_is_left_out() {
        let names: Vec<_> = linked().into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn each_has_what_its_manifest_and_the_lock_file_say() {
        let all = linked();
        assert_eq!(all[1].licence.as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(all[1].checksum.as_deref(), Some("12ab"));
        assert_eq!((&all[2].licence, &all[0].checksum), (&None, &None));
        let origins: Vec<_> = all.iter().map(|one| one.origin.clone()).collect();
        let git = Origin::Other("git+https://example.org/c#0123".into());
        assert_eq!(origins, [Origin::Folder, Origin::CratesIo, git]);
    }

    #[test]
    fn imports_are_of_linked_crates_and_not_for_tests() {
        assert_eq!(linked()[0].imports, [("b".to_owned(), "1.0.0".to_owned())].into());
    }

    #[test]
    fn the_same_crate_of_two_workspaces_is_one() {
        assert_eq!(merge([linked(), linked()].concat()), linked());
    }

    #[test]
    fn the_library_has_the_compilers_version() {
        let all = library("rustc 1.96.0 (ac68faa20 2026-01-01)");
        assert!(all.iter().all(|one| one.version == "1.96.0"));
        assert!(library("").iter().all(|one| one.version == "unknown"));
    }
}
