//! Files that must be refused, each with every message it gives; and the page of each rule.
//!
//! `BLESS=1 cargo test -p idl --test refuse` writes the table of the rules in `idl/README.md` anew.

use idl::Code;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const CODES: &str = "<!-- codes -->\n";
const END: &str = "<!-- end -->";

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The rules that this text breaks.
fn broken(name: &str, text: &str) -> BTreeSet<Code> {
    let errors = idl::rust(name, text).map(|_| ()).expect_err(name);
    errors.list().iter().map(|diagnostic| diagnostic.code).collect()
}

fn broken_in(path: &Path) -> BTreeSet<Code> {
    broken(&path.display().to_string(), &std::fs::read_to_string(path).unwrap())
}

#[test]
fn every_mistake_is_shown_with_its_place() {
    let files = files("tests/refuse");
    assert!(files.len() > 10, "the folder of refused files is there");
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let errors = idl::rust(name, &text).expect_err(name);
        insta::assert_snapshot!(name, errors);
    }
}

#[test]
fn every_rule_is_broken_by_some_file() {
    let broken: BTreeSet<Code> =
        files("tests/refuse").iter().flat_map(|path| broken_in(path)).collect();
    let untested: Vec<_> = Code::ALL.iter().filter(|code| !broken.contains(code)).collect();
    assert!(untested.is_empty(), "no file breaks {untested:?}");
}

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let files = files("explain");
    let pages: BTreeSet<&str> =
        files.iter().map(|path| path.file_stem().unwrap().to_str().unwrap()).collect();
    assert_eq!(pages, Code::ALL.iter().map(|code| code.id()).collect());
    assert_eq!(pages.len(), Code::ALL.len(), "each code is there once");
    for code in Code::ALL {
        assert!(code.page().starts_with(&format!("# {code}: {}\n\n", code.rule())), "{code}");
        assert_eq!(Code::named(&code.id().to_lowercase()), Some(*code));
    }
}

/// The two examples of a page: wrong and right.
fn examples(code: Code) -> [String; 2] {
    let (_, examples) = code.page().split_once("\nRefused:\n\n").unwrap();
    let (wrong, right) = examples.split_once("\nInstead:\n\n").unwrap();
    let bare = |text: &str| {
        let lines = text.lines().map(|line| line.strip_prefix("    ").unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    };
    [wrong, right].map(bare)
}

#[test]
fn examples_of_pages_break_their_rule_only_and_then_none() {
    for code in Code::ALL {
        let [wrong, right] = examples(*code);
        assert_eq!(broken(code.id(), &wrong), [*code].into(), "{wrong}");
        if let Err(errors) = idl::rust(code.id(), &right) {
            panic!("{errors}");
        }
    }
}

#[test]
fn the_description_of_the_language_has_all_rules() {
    let path = root().join("../../idl/README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(CODES).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let row = |code: &Code| format!("| {code} | {} |\n", code.rule());
    let rows: String = Code::ALL.iter().map(row).collect();
    let filled = format!("{before}{CODES}| Code | Rule |\n|---|---|\n{rows}{END}{after}");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &filled).unwrap();
    } else {
        assert!(filled == text, "BLESS=1 cargo test -p idl --test refuse");
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
