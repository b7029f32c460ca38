//! `cargo xtask sizes`: the figures add up, and a comparison shows what changed.

use serde_json::Value;
use test_system::{cargo, root};

const APP: &str = "tests/bench/app.toml";

fn total(program: &Value) -> u64 {
    let crates = program["crates"].as_object().expect("crates by name");
    crates.values().filter_map(Value::as_u64).sum()
}

#[test]
fn every_instruction_belongs_to_a_crate() {
    let outcome = cargo(&["xtask", "sizes", APP, "--json"]).expect_success();
    let sizes: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let programs = sizes["programs"].as_array().expect("programs");
    assert_eq!(programs[0]["name"], "kernel");
    assert_eq!(programs.len(), 6);
    for program in programs {
        assert_eq!(program["text"].as_u64(), Some(total(program)), "{program}");
        assert!(program["stack"].as_u64().is_some_and(|stack| stack >= 4096), "{program}");
    }
    assert!(programs[0]["crates"]["kerncore"].as_u64().is_some_and(|size| size > 4096));
}

#[test]
fn a_comparison_shows_what_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sizes.json").display().to_string();
    let saved = cargo(&["xtask", "sizes", APP, "--save", &file, "--only", "kernel"]);
    assert!(saved.expect_success().stdout.contains("kerncore"));
    let archive = root().join("target/bench/dist/bench.zip").display().to_string();
    let same = cargo(&["xtask", "sizes", APP, "--compare", &archive]).expect_success();
    assert_eq!(same.stdout, "nothing changed\n");
    let mut sizes: Value =
        serde_json::from_slice(&std::fs::read(&file).expect("it was saved")).expect("JSON");
    let text = sizes["programs"][0]["text"].as_u64().expect("a size");
    sizes["programs"][0]["text"] = (text - 4).into();
    std::fs::write(&file, sizes.to_string()).expect("it can be written");
    let changed = cargo(&["xtask", "sizes", APP, "--compare", &file]).expect_success();
    assert!(changed.stdout.contains("kernel                         +4"), "{}", changed.stdout);
    let none = cargo(&["xtask", "sizes", APP, "--only", "nobody"]);
    assert!(!none.success && none.stderr.contains("there are: `kernel`, `supervisor`"));
    let slip = cargo(&["xtask", "sizes", APP, "--only", "kernl"]);
    assert!(!slip.success && slip.stderr.contains("did you mean `kernel`?"));
}
