//! A file as a tree: every value with its place. Trees of several files can be put together.

use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Log, Place};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Of a table with a header of its own the name in the header.
    pub place: Place,
    pub item: Item,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    String(String),
    /// `None`: more than any key takes.
    Integer(Option<i128>),
    Float,
    Boolean(bool),
    Datetime,
    List(Vec<Node>),
    Table(Vec<Entry>),
}

impl Item {
    /// What it is, for messages.
    pub const fn found(&self) -> &'static str {
        match self {
            Self::String(_) => "this is a string",
            Self::Integer(_) => "this is an integer",
            Self::Float => "this is a number with a fraction",
            Self::Boolean(_) => "this is true or false",
            Self::Datetime => "this is a date or a time",
            Self::List(_) => "this is a list",
            Self::Table(_) => "this is a table",
        }
    }
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub key: At<String>,
    pub node: Node,
}

/// The entries of a whole file; `None` and all complaints in the log if it is not TOML.
pub(crate) fn parse(text: &str, file: usize, log: &Log) -> Option<Vec<Entry>> {
    let (tree, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        let place = Place { file, start: span.start, end: span.end };
        log.add(Diagnostic::new(Code::Syntax, "this is not TOML", place, error.message()));
    }
    errors.is_empty().then(|| entries(tree.get_ref(), file))
}

/// In the file's order.
fn entries(table: &DeTable<'_>, file: usize) -> Vec<Entry> {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = key.get_ref();
        let key = At { value: name.clone().into_owned(), place: place(&key.span(), file) };
        let mut node = node(value, file);
        if matches!(node.item, Item::Table(_)) {
            node.place = key.place;
        }
        Entry { key, node }
    };
    let mut entries: Vec<Entry> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.key.place);
    entries
}

fn node(value: &Spanned<DeValue<'_>>, file: usize) -> Node {
    let item = match value.get_ref() {
        DeValue::String(text) => Item::String(text.clone().into_owned()),
        DeValue::Integer(number) => {
            Item::Integer(i128::from_str_radix(number.as_str(), number.radix()).ok())
        }
        DeValue::Float(_) => Item::Float,
        DeValue::Boolean(value) => Item::Boolean(*value),
        DeValue::Datetime(_) => Item::Datetime,
        DeValue::Array(array) => Item::List(array.iter().map(|value| node(value, file)).collect()),
        DeValue::Table(table) => Item::Table(entries(table, file)),
    };
    Node { place: place(&value.span(), file), item }
}

const fn place(span: &std::ops::Range<usize>, file: usize) -> Place {
    Place { file, start: span.start, end: span.end }
}

/// Puts a file's own entries over inherited ones: tables are merged, everything else is replaced.
pub(crate) fn overlay(inherited: &mut Vec<Entry>, own: Vec<Entry>) {
    for entry in own {
        let Some(old) = inherited.iter_mut().find(|old| old.key.value == entry.key.value) else {
            inherited.push(entry);
            continue;
        };
        old.key = entry.key;
        old.node.place = entry.node.place;
        match (&mut old.node.item, entry.node.item) {
            (Item::Table(old), Item::Table(new)) => overlay(old, new),
            (old, new) => *old = new,
        }
    }
}

/// Takes an entry out, if it is there.
pub(crate) fn remove(entries: &mut Vec<Entry>, path: &[String]) -> Option<Entry> {
    let (first, rest) = path.split_first()?;
    let at = entries.iter().position(|entry| entry.key.value == *first)?;
    if rest.is_empty() {
        return Some(entries.remove(at));
    }
    match &mut entries[at].node.item {
        Item::Table(inner) => remove(inner, rest),
        _ => None,
    }
}

/// The entry at the end of this path of keys.
pub(crate) fn find<'t>(entries: &'t [Entry], path: &[&str]) -> Option<&'t Entry> {
    let (first, rest) = path.split_first()?;
    let entry = entries.iter().find(|entry| entry.key.value == *first)?;
    match (&entry.node.item, rest) {
        (_, []) => Some(entry),
        (Item::Table(inner), rest) => find(inner, rest),
        _ => None,
    }
}

/// The keys of `a."b.c".d`.
pub(crate) fn split_path(path: &str) -> Option<Vec<String>> {
    let mut keys = Vec::new();
    let mut rest = path;
    loop {
        let (key, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        if key.is_empty() {
            return None;
        }
        keys.push(key.to_owned());
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None => return after.is_empty().then_some(keys),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_keys_with_and_without_quotes() {
        let keys = |path| split_path(path).map(|keys| keys.join("|"));
        assert_eq!(keys("a").as_deref(), Some("a"));
        assert_eq!(keys("a.b-c.d").as_deref(), Some("a|b-c|d"));
        assert_eq!(keys("a.\"b.c\".d").as_deref(), Some("a|b.c|d"));
        for wrong in ["", ".", "a.", ".a", "a..b", "\"a", "\"a\"b", "\"\""] {
            assert_eq!(split_path(wrong), None, "{wrong}");
        }
    }
}
