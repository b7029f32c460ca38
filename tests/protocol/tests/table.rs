//! `doc/kernel-tests.md` names only tests that exist, and leaves nothing out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const DOC: &str = "doc/kernel-tests.md";
/// Where cases on the target are listed, one a line.
const CASES: [&str; 2] = ["tests/suite/src", "tests/isolation/src"];
/// Cases of the reference list.
const REFERENCE: usize = 55;

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Names of the cases on the target: lines `("NAME", function),` and `case("NAME", …),`.
fn cases() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in CASES {
        for entry in std::fs::read_dir(root().join(folder)).expect("a folder").flatten() {
            let text = std::fs::read_to_string(entry.path()).expect("a text file");
            found.extend(text.lines().filter_map(case));
        }
    }
    found
}

fn case(line: &str) -> Option<String> {
    let line = line.strip_prefix("    ")?;
    let rest = line.strip_prefix("(\"").or_else(|| line.strip_prefix("case(\""))?;
    let (name, rest) = rest.split_once("\", ")?;
    rest.ends_with("),").then(|| name.to_owned())
}

/// A section's table, as rows of cells.
fn table<'d>(doc: &'d str, section: &str) -> Vec<Vec<&'d str>> {
    let start = doc.find(&format!("\n## {section}\n"));
    let text = &doc[start.unwrap_or_else(|| panic!("{DOC} has no section `{section}`")) + 1..];
    let text = text.split_once("\n## ").map_or(text, |(text, _)| text);
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(" | ").collect()).collect();
    assert!(rows.len() > 1, "`{section}` has no table");
    rows[1..].to_vec()
}

fn sections(doc: &str) -> Vec<&str> {
    doc.lines().filter_map(|line| line.strip_prefix("## ")).collect()
}

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Every test named in some table.
fn named(doc: &str) -> BTreeSet<String> {
    let tables = sections(doc).into_iter().flat_map(|section| table(doc, section));
    let last = tables.filter_map(|row| row.last().copied());
    last.flat_map(|cell| quoted(cell).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Whether a name is of a test on the host, or of a file that says where more of them are.
fn exists(name: &str) -> bool {
    let Some((file, test)) = name.split_once("::") else {
        return name.contains('/') && root().join(name).is_file();
    };
    let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
    text.contains(&format!("fn {test}("))
}

/// What else stands between backquotes in the last column.
const WORDS: [&str; 3] = ["task-slots", "ssmarshal", "virt"];

#[test]
fn everything_named_exists() {
    let (doc, cases) = (read(DOC), cases());
    let unknown: Vec<String> = named(&doc)
        .into_iter()
        .filter(|name| !cases.contains(name) && !exists(name))
        .filter(|name| !WORDS.contains(&name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{DOC} names what is not there: {unknown:#?}");
}

#[test]
fn no_case_is_missing() {
    let (doc, cases) = (read(DOC), cases());
    assert!(cases.len() > 190, "only {} cases found: are they written otherwise?", cases.len());
    let named = named(&doc);
    let missing: Vec<&String> = cases.iter().filter(|case| !named.contains(*case)).collect();
    assert!(missing.is_empty(), "{DOC} does not name {missing:#?}");
}

#[test]
fn the_reference_list_is_whole() {
    let doc = read(DOC);
    let numbers: Vec<usize> = table(&doc, "The reference list")
        .iter()
        .map(|row| row[0].parse().expect("a number"))
        .collect();
    assert_eq!(numbers, (1..=REFERENCE).collect::<Vec<_>>());
}

#[test]
fn every_line_says_where() {
    let doc = read(DOC);
    let (cases, above) = (cases(), "the tables above");
    for row in sections(&doc).into_iter().flat_map(|section| table(&doc, section)) {
        let cell = row.last().copied().unwrap_or_default();
        let tested = quoted(cell).any(|name| cases.contains(name) || exists(name));
        assert!(tested || cell.contains(above), "no test: {row:?}");
    }
}

/// Variants of an enum in a file of `sys/abi`.
fn variants(file: &str, name: &str) -> Vec<String> {
    let text = read(file);
    let start = text.find(&format!("pub enum {name} {{"));
    let body = &text[start.unwrap_or_else(|| panic!("{file} has no enum {name}"))..];
    let body = body.split_once("\n}").map_or(body, |(body, _)| body);
    let variants = body.lines().filter_map(|line| line.trim().split_once(" = "));
    let variants: Vec<String> =
        variants.filter(|(name, _)| !name.contains(' ')).map(|(name, _)| name.to_owned()).collect();
    assert!(variants.len() > 5, "{name}: {variants:?}");
    variants
}

/// Each of these stands between backquotes in some row's cell.
#[track_caller]
fn all_in(section: &str, column: usize, wanted: &[String]) {
    let doc = read(DOC);
    let rows = table(&doc, section);
    let said: BTreeSet<&str> = rows.iter().flat_map(|row| quoted(row[column])).collect();
    let missing: Vec<&String> =
        wanted.iter().filter(|wanted| !said.contains(wanted.as_str())).collect();
    assert!(missing.is_empty(), "`{section}` does not name {missing:?}");
}

#[test]
fn each_call_and_each_usage_error_has_a_line() {
    let (fault, section) = ("sys/abi/src/fault.rs", "Each system call, used wrongly");
    all_in(section, 0, &variants("sys/abi/src/call.rs", "Call"));
    let mut usages = variants(fault, "Usage");
    // What only messages to the kernel can be.
    usages.retain(|usage| usage != "BadKernelMessage");
    all_in(section, 1, &usages);
}

#[test]
fn each_operation_of_the_kernel_has_a_line() {
    let section = "Each operation of the kernel, asked wrongly";
    all_in(section, 0, &variants("sys/abi/src/kipc.rs", "Op"));
    all_in(section, 1, &["BadKernelMessage".to_owned()]);
}

#[test]
fn each_fault_and_each_reason_has_a_line() {
    let (fault, section) = ("sys/abi/src/fault.rs", "Each kind of fault");
    let mut kinds = variants(fault, "FaultKind");
    kinds.retain(|kind| kind != "None");
    all_in(section, 0, &kinds);
    all_in(section, 1, &variants(fault, "ReplyFault"));
}
