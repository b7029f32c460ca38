//! Where everything in an app was written.

use crate::diagnostic::{Place, Source};
use crate::lints::Lints;
use crate::tree::{self, Entry, Item, Node};
use std::fmt::Write;

/// The files an app comes from, and the tree they make together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The app file, inherited ones in the order they were read, the board file.
    pub sources: Vec<Source>,
    pub(crate) tree: Vec<Entry>,
    pub(crate) lints: Lints,
}

impl Origin {
    /// Where the value at the end of this path of keys stands: of a table with a header the name
    /// in the header.
    #[must_use]
    pub fn value(&self, path: &[&str]) -> Option<Place> {
        tree::find(&self.tree, path).map(|entry| entry.node.place)
    }

    /// Where the key at the end of this path stands.
    pub(crate) fn entry(&self, path: &[&str]) -> Option<Place> {
        tree::find(&self.tree, path).map(|entry| entry.key.place)
    }

    /// Where a table's or list's entry with this name stands: the key, or else the string.
    pub(crate) fn named(&self, path: &[&str], name: &str) -> Option<Place> {
        let is_name = |node: &Node| matches!(&node.item, Item::String(text) if text == name);
        let found = tree::find(&self.tree, path)?;
        match &found.node.item {
            Item::Table(entries) => {
                let key = entries.iter().find(|entry| entry.key.value == name);
                let value = || entries.iter().find(|entry| is_name(&entry.node));
                key.map(|entry| entry.key.place).or_else(|| Some(value()?.node.place))
            }
            Item::List(list) => Some(list.iter().find(|node| is_name(node))?.place),
            _ => Some(found.node.place),
        }
    }

    /// The text at the end of this path.
    #[must_use]
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        match &tree::find(&self.tree, path)?.node.item {
            Item::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number at the end of this path, if there is one that is not negative.
    pub fn number_at(&self, path: &[&str]) -> Option<u64> {
        match &tree::find(&self.tree, path)?.node.item {
            Item::Integer(number) => number.and_then(|number| u64::try_from(number).ok()),
            _ => None,
        }
    }

    /// The texts in the table at the end of this path, with their keys; none if there is no such
    /// table.
    pub fn texts_in(&self, path: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        self.table(path).iter().filter_map(|entry| match &entry.node.item {
            Item::String(text) => Some((entry.key.value.as_str(), text.as_str())),
            _ => None,
        })
    }

    /// The entries of the table at the end of this path; none if there is no such table.
    pub(crate) fn table(&self, path: &[&str]) -> &[Entry] {
        match tree::find(&self.tree, path).map(|entry| &entry.node.item) {
            Some(Item::Table(entries)) => entries,
            _ => &[],
        }
    }

    /// The app as one file: as it was read if it inherits nothing.
    pub(crate) fn text(&self) -> String {
        let [app, others @ .., _board] = &self.sources[..] else { return String::new() };
        if others.is_empty() {
            return app.text.clone();
        }
        // Names without folders: the same in every checkout.
        let name = |file: &'_ Source| file.path.rsplit('/').next().unwrap_or("").to_owned();
        let files: Vec<String> = [app].into_iter().chain(others).map(name).collect();
        let mut text = format!("# Put together from {}.\n", files.join(", "));
        self.write(&self.tree, "", &mut text);
        text
    }

    /// Values first, so that they stand above the headers of inner tables.
    fn write(&self, entries: &[Entry], path: &str, text: &mut String) {
        for Entry { key, node } in entries {
            if !matches!(node.item, Item::Table(_)) {
                let words = self.words(node.place);
                let _ = writeln!(text, "{} = {words}", quoted(&key.value));
            }
        }
        for Entry { key, node } in entries {
            if let Item::Table(inner) = &node.item {
                let path = format!("{path}{}", quoted(&key.value));
                let _ = writeln!(text, "\n[{path}]");
                self.write(inner, &format!("{path}."), text);
            }
        }
    }

    fn words(&self, place: Place) -> &str {
        let text = self.sources.get(place.file).map_or("", |source| &source.text);
        text.get(place.start..place.end).unwrap_or_default()
    }
}

/// A key as TOML takes it.
fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !key.is_empty() && key.chars().all(bare) {
        return key.to_owned();
    }
    format!("{key:?}")
}
