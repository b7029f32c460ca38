//! The document: SPDX 2.3 as JSON.

use crate::{Crate, Origin};
use archive::Built;
use serde_json::{Value, json};

const NONE: &str = "NOASSERTION";
const IMAGE: &str = "SPDXRef-Image";

/// The document of an app's image: the crates in it and the tools that made it.
#[must_use]
pub fn document(app: &str, built: &Built, crates: &[Crate]) -> String {
    let tools = [("rustc", &built.rustc), ("cargo", &built.cargo), ("linker", &built.linker)];
    let packages = [image(app, built)].into_iter();
    let packages = packages.chain(crates.iter().map(package));
    let packages = packages.chain(tools.iter().map(|(name, version)| tool(name, version)));
    let packages: Vec<Value> = packages.collect();
    let relationships = relationships(crates, &tools.map(|(name, _)| name));
    let contents = json!([packages, relationships, built.revision, built.dirty]).to_string();
    let document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": app,
        "documentNamespace":
            format!("https://spdx.org/spdxdocs/aidos-{app}-{:016x}", fnv1a(contents.as_bytes())),
        "creationInfo": {
            "created": built.date,
            "creators": [format!("Tool: aidos-xtask-{}", built.version)],
            "comment": "`created` is when the source revision was made, so that the same sources \
                        give the same bytes.",
        },
        "packages": packages,
        "relationships": relationships,
    });
    format!("{document:#}\n")
}

fn image(app: &str, built: &Built) -> Value {
    let changed = if built.dirty { " with changes" } else { "" };
    json!({
        "SPDXID": IMAGE,
        "name": app,
        "versionInfo": format!("{} {}{changed}", built.version, built.revision).trim(),
        "primaryPackagePurpose": "OPERATING_SYSTEM",
        "downloadLocation": NONE,
        "filesAnalyzed": false,
        "licenseConcluded": NONE,
        "licenseDeclared": NONE,
        "copyrightText": NONE,
    })
}

fn package(one: &Crate) -> Value {
    let Crate { name, version, .. } = one;
    let location = match &one.origin {
        Origin::CratesIo => format!("https://crates.io/api/v1/crates/{name}/{version}/download"),
        // What cargo adds to a git address is the revision, as SPDX has it behind `@`.
        Origin::Other(source) if source.starts_with("git+") => source.replace('#', "@"),
        Origin::Other(_) | Origin::Folder | Origin::Library => NONE.into(),
    };
    let mut package = json!({
        "SPDXID": id(name, version),
        "name": name,
        "versionInfo": version,
        "primaryPackagePurpose": "LIBRARY",
        "downloadLocation": location,
        "filesAnalyzed": false,
        "licenseConcluded": NONE,
        "licenseDeclared": one.licence.as_deref().unwrap_or(NONE),
        "copyrightText": NONE,
    });
    if one.origin == Origin::CratesIo {
        package["externalRefs"] = json!([{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": format!("pkg:cargo/{name}@{version}"),
        }]);
    }
    if one.origin == Origin::Library {
        package["supplier"] = json!("Organization: The Rust Project");
    }
    if let Some(checksum) = &one.checksum {
        package["checksums"] = json!([{"algorithm": "SHA256", "checksumValue": checksum}]);
    }
    package
}

fn tool(name: &str, version: &str) -> Value {
    json!({
        "SPDXID": tool_id(name),
        "name": name,
        "versionInfo": version,
        "primaryPackagePurpose": "APPLICATION",
        "downloadLocation": NONE,
        "filesAnalyzed": false,
        "licenseConcluded": NONE,
        "licenseDeclared": NONE,
        "copyrightText": NONE,
    })
}

fn relationships(crates: &[Crate], tools: &[&str]) -> Vec<Value> {
    let relate = |from: &str, how: &str, to: &str| json!({"spdxElementId": from, "relationshipType": how, "relatedSpdxElement": to});
    let own = |one: &Crate| id(&one.name, &one.version);
    let describes = [relate("SPDXRef-DOCUMENT", "DESCRIBES", IMAGE)].into_iter();
    let contains = crates.iter().map(|one| relate(IMAGE, "CONTAINS", &own(one)));
    let imports = crates.iter().flat_map(|one| {
        let imported = one.imports.iter().map(|(name, version)| id(name, version));
        imported.map(move |imported| relate(&own(one), "DEPENDS_ON", &imported))
    });
    let tools = tools.iter().map(|name| relate(&tool_id(name), "BUILD_TOOL_OF", IMAGE));
    describes.chain(contains).chain(imports).chain(tools).collect()
}

/// Letters, digits, `.` and `-` only.
fn id(name: &str, version: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let name: String = name.chars().map(plain).collect();
    let version = version.chars().map(|letter| if letter == '.' { '.' } else { plain(letter) });
    format!("SPDXRef-Crate-{name}-{}", version.collect::<String>())
}

fn tool_id(name: &str) -> String {
    format!("SPDXRef-Tool-{name}")
}

/// 64-bit FNV-1a: two documents with one name would be an error in either.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn built() -> Built {
        Built {
            revision: "0123".into(),
            rustc: "rustc 1.96.0 (x)".into(),
            date: "2026-01-02T03:04:05Z".into(),
            ..Built::default()
        }
    }

    fn crates() -> Vec<Crate> {
        let folder = Crate {
            name: "a_b".into(),
            version: "0.1.0+x".into(),
            licence: None,
            origin: Origin::Folder,
            checksum: None,
            imports: [("core".to_owned(), "1.96.0".to_owned())].into(),
        };
        let registry = Crate {
            name: "zip".into(),
            version: "1.0.0".into(),
            licence: Some("MIT".into()),
            origin: Origin::CratesIo,
            checksum: Some("12ab".into()),
            imports: BTreeSet::new(),
        };
        crate::merge(crate::library("rustc 1.96.0").into_iter().chain([folder, registry]))
    }

    fn written(built: &Built) -> Value {
        serde_json::from_str(&document("demo", built, &crates())).unwrap()
    }

    #[test]
    fn every_relationship_is_between_elements_that_are_there() {
        let document = written(&built());
        let packages = document["packages"].as_array().unwrap();
        let mut ids: Vec<_> = packages.iter().map(|one| one["SPDXID"].as_str().unwrap()).collect();
        ids.push(document["SPDXID"].as_str().unwrap());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        assert!(
            ids.iter().all(|id| id.starts_with("SPDXRef-") && id.bytes().all(plain)),
            "{ids:?}"
        );
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        for one in document["relationships"].as_array().unwrap() {
            for end in ["spdxElementId", "relatedSpdxElement"] {
                assert!(ids.contains(&one[end].as_str().unwrap()), "{one}");
            }
        }
    }

    #[test]
    fn a_crate_of_a_registry_says_where_it_is_and_what_its_bytes_are() {
        let document = written(&built());
        let packages = document["packages"].as_array().unwrap();
        let zip = packages.iter().find(|one| one["name"] == "zip").unwrap();
        assert_eq!(zip["externalRefs"][0]["referenceLocator"], "pkg:cargo/zip@1.0.0");
        assert_eq!(zip["checksums"][0]["checksumValue"], "12ab");
        let ours = packages.iter().find(|one| one["name"] == "a_b").unwrap();
        assert_eq!(ours["downloadLocation"], NONE);
        assert_eq!(ours["licenseDeclared"], NONE);
    }

    #[test]
    fn different_documents_have_different_names() {
        let name = |built: &Built| written(built)["documentNamespace"].clone();
        assert_eq!(name(&built()), name(&built()));
        assert_ne!(name(&built()), name(&Built { dirty: true, ..built() }));
        assert_ne!(name(&built()), name(&Built { rustc: "rustc 2".into(), ..built() }));
    }
}
