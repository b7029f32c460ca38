//! Whatever is done to a good file, the answer is an app or a report, and the report can be shown.

use appfile::{Files, load};
use proptest::prelude::*;
use std::io::{Error, ErrorKind};

const APP: &str = include_str!("good.toml");
const BOARD: &str = include_str!("../../boards/qemu-virt.toml");

/// One board, possibly damaged.
struct OneBoard(String);

impl Files for OneBoard {
    fn board(&self, _: &str) -> std::io::Result<String> {
        Ok(self.0.clone())
    }
    fn bytes(&self, _: &str) -> std::io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
    fn beside(&self, _: &str) -> std::io::Result<String> {
        Err(Error::from(ErrorKind::NotFound))
    }
    fn boards(&self) -> Vec<String> {
        vec!["qemu-virt".to_owned()]
    }
}

#[derive(Clone, Debug)]
enum Change {
    Remove(usize, usize),
    Repeat(usize, usize),
    Insert(usize, String),
    SwapLines(usize, usize),
    /// The words of one place put in the place of another's.
    Replace(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let words = prop_oneof![
        "[\\[\\]{}=,.\"'#\n ]{1,4}",
        "[a-z0-9é-]{1,12}",
        any::<u64>().prop_map(|number| format!("{number:#x}")),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>(),
    ];
    let at = any::<usize>;
    prop_oneof![
        (at(), 0..40usize).prop_map(|(place, length)| Change::Remove(place, length)),
        (at(), 0..200usize).prop_map(|(place, length)| Change::Repeat(place, length)),
        (at(), words).prop_map(|(place, words)| Change::Insert(place, words)),
        (at(), at()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        (at(), at()).prop_map(|(a, b)| Change::Replace(a, b)),
    ]
}

fn apply(text: &str, change: &Change) -> String {
    let boundary = |place: usize| text.floor_char_boundary(place % (text.len() + 1));
    let range = |place: usize, length: usize| {
        let start = boundary(place);
        start..text.floor_char_boundary((start + length).min(text.len()))
    };
    let mut changed = text.to_owned();
    match change {
        Change::Remove(place, length) => changed.replace_range(range(*place, *length), ""),
        Change::Repeat(place, length) => {
            let range = range(*place, *length);
            changed.insert_str(range.end, &text[range.clone()]);
        }
        Change::Insert(place, words) => changed.insert_str(boundary(*place), words),
        Change::SwapLines(a, b) => {
            let mut lines: Vec<&str> = text.split('\n').collect();
            let count = lines.len();
            lines.swap(a % count, b % count);
            changed = lines.join("\n");
        }
        Change::Replace(a, b) => {
            let values = values(text);
            if let (Some(from), Some(to)) =
                (values.get(a % values.len().max(1)), values.get(b % values.len().max(1)))
            {
                changed.replace_range(to.clone(), &text[from.clone()]);
            }
        }
    }
    changed
}

/// Where values are: behind `=`, to the end of the line.
fn values(text: &str) -> Vec<std::ops::Range<usize>> {
    let after_equals = text.match_indices(" = ").map(|(at, _)| at + 3);
    after_equals.map(|at| at..at + text[at..].find('\n').unwrap_or(text.len() - at)).collect()
}

fn damaged(text: &str, changes: &[Change]) -> String {
    changes.iter().fold(text.to_owned(), |text, change| apply(&text, change))
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 1..6)
}

/// Both ways of showing a report must work, and it must have something to say.
fn look(app: &str, board: &str) {
    if let Err(report) = load("app.toml", app, &OneBoard(board.to_owned())) {
        assert!(!report.diagnostics.is_empty());
        assert!(report.render(false).contains(&report.summary()));
        assert!(report.render(true).contains('\x1b'));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_damaged_app_file_is_answered(changes in changes()) {
        look(&damaged(APP, &changes), BOARD);
    }

    #[test]
    fn a_damaged_board_file_is_answered(changes in changes()) {
        look(APP, &damaged(BOARD, &changes));
    }
}

#[test]
fn undamaged_they_are_accepted() {
    let app = load("app.toml", APP, &OneBoard(BOARD.to_owned()));
    assert!(app.is_ok(), "\n{}", app.unwrap_err());
}

#[test]
fn nesting_has_an_end() {
    for deep in ["a = ".to_owned() + &"[".repeat(50_000), "a.".repeat(20_000) + "a = 1"] {
        look(&deep, BOARD);
    }
}
