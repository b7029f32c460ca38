//! The reference in `doc/app-toml.md` and the JSON schemas say what the parser reads.
//!
//! `BLESS=1 cargo test -p appfile --test reference` writes the reference's tables anew.

mod validator;

use serde_json::Value;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap()
}

fn toml_files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    paths.sort();
    paths
}

#[test]
fn the_reference_is_what_the_parser_knows() {
    let path = root().join("doc/app-toml.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let filled = appfile::fill_reference(&text).unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &filled).unwrap();
    } else {
        assert!(filled == text, "BLESS=1 cargo test -p appfile --test reference");
    }
}

#[test]
fn the_schema_takes_every_app_of_the_tree() {
    let schema = appfile::app_schema();
    let mut apps = toml_files("tests/apps");
    apps.extend([root().join("app.toml"), root().join("build/appfile/tests/good.toml")]);
    assert!(apps.len() > 5);
    for path in apps {
        let complaints = validator::complaints(&schema, &json(&path));
        assert!(complaints.is_empty(), "{}: {complaints:#?}", path.display());
    }
}

#[test]
fn the_schema_takes_every_board_of_the_tree() {
    let schema = appfile::board_schema();
    for path in toml_files("build/boards") {
        let complaints = validator::complaints(&schema, &json(&path));
        assert!(complaints.is_empty(), "{}: {complaints:#?}", path.display());
    }
}

/// Which files in `tests/refuse` a schema can see through: those whose mistake is in the spelling.
#[test]
fn the_schema_refuses_what_is_misspelt() {
    let schema = appfile::app_schema();
    for name in [
        "unknown-key",
        "unknown-key-everywhere",
        "missing-keys",
        "wrong-types",
        "names",
        "choices",
        "priority-range",
        "phase-range",
        "misspelt-needed-keys",
        "crate-name",
    ] {
        let path = root().join(format!("tests/refuse/{name}.toml"));
        assert!(!validator::complaints(&schema, &json(&path)).is_empty(), "{name}");
    }
}
