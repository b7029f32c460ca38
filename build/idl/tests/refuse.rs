//! Files that must be refused, each with every message it gives.

use std::path::PathBuf;

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", name].iter().collect()
}

#[test]
fn every_mistake_is_shown_with_its_place() {
    let mut files: Vec<_> =
        std::fs::read_dir(folder("refuse")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 10, "the folder of refused files is there");
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let errors = idl::rust(name, &text).expect_err(name);
        insta::assert_snapshot!(name, errors);
    }
}

#[test]
fn places_count_characters_from_one() {
    let errors = idl::rust("x", "interface T {\n\t// ü\n\t1: a(x: Ü);\n}").unwrap_err();
    assert_eq!(errors.position(errors.list()[0].span.start), (3, 10));
}

#[test]
fn json_refuses_what_rust_refuses() {
    let text = "interface T { 1: a(x: Missing); }";
    assert_eq!(idl::rust("x", text).unwrap_err().list(), idl::json("x", text).unwrap_err().list());
}
