//! A typed reader over a tree of TOML that notes every mistake and goes on.
//!
//! What keys there are and what they may hold is said in the schema; debug builds make sure that
//! they are read as what they are, and all of them. `None` means "not there, or there and wrong,
//! which has been noted".

use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Log, Place};
use crate::schema::{Key, Kind, Need, Table};
use crate::suggest;
use crate::tree::{Entry, Item, Node};

/// A table being read.
pub(crate) struct Fields<'a> {
    /// For messages: "task `ping`".
    pub what: String,
    /// The name in the table's header.
    pub place: Place,
    pub log: &'a Log,
    table: &'static Table,
    entries: &'a [Entry],
    /// Keys that were asked for, to find those that nobody asks for.
    asked: Vec<&'static str>,
}

/// A value being read.
#[derive(Clone)]
pub(crate) struct Value<'a> {
    /// For messages: "`priority`".
    what: String,
    pub place: Place,
    item: &'a Item,
    kind: &'static Kind,
    pub log: &'a Log,
}

/// Reads a whole file as one table.
pub(crate) fn read_root<'a, T>(
    entries: &'a [Entry],
    file: usize,
    log: &'a Log,
    what: &str,
    table: &'static Table,
    read: impl FnOnce(&mut Fields<'a>) -> T,
) -> T {
    let place = Place { file, start: 0, end: 0 };
    read_fields(what.to_owned(), place, table, entries, log, read).0
}

/// Also says which known keys the unknown ones were probably meant to be.
fn read_fields<'a, T>(
    what: String,
    place: Place,
    table: &'static Table,
    entries: &'a [Entry],
    log: &'a Log,
    read: impl FnOnce(&mut Fields<'a>) -> T,
) -> (T, Vec<&'static str>) {
    let mut fields = Fields { what, place, log, table, entries, asked: Vec::new() };
    let result = read(&mut fields);
    let unread = table.keys().find(|key| !fields.asked.contains(&key.name));
    debug_assert!(unread.is_none(), "nobody reads {unread:?}");
    (result, fields.complain_about_the_rest())
}

impl<'a> Fields<'a> {
    /// The value of a key of this table, if it is there.
    pub fn get(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.asked.push(name);
        let key = self.table.key(name);
        debug_assert!(key.is_some(), "{} has no key `{name}` to read", self.table.name);
        let entry = self.entries.iter().find(|entry| entry.key.value == name)?;
        Some(Value::new(&entry.node, format!("`{name}`"), &key?.kind, self.log))
    }

    /// Unknown and missing keys. A key that was misspelt is not missing as well.
    fn complain_about_the_rest(&self) -> Vec<&'static str> {
        let known: Vec<&'static str> = self.table.keys().map(|key| key.name).collect();
        let mut all_meant = Vec::new();
        for Entry { key, .. } in self.entries {
            if known.contains(&key.value.as_str()) {
                continue;
            }
            let message = format!("{} has no key `{}`", self.what, key.value);
            all_meant.extend(suggest::closest(&key.value, &known));
            let unknown = Diagnostic::new(Code::UnknownKey, message, key.place, "unknown key");
            let help = suggest::help(&key.value, "it has", known.iter().copied());
            self.log.add(unknown.maybe_help(help));
        }
        let is_there = |key: &Key| self.entries.iter().any(|entry| entry.key.value == key.name);
        for key in self.table.keys().filter(|key| matches!(key.need, Need::Needed)) {
            if !is_there(key) && !all_meant.contains(&key.name) {
                let message = format!("{} has no `{}`", self.what, key.name);
                let missing = Diagnostic::new(Code::MissingKey, message, self.place, "here");
                self.log.add(missing.help(format!("add, for example: {}", example(key))));
            }
        }
        all_meant
    }
}

/// A key as it would be written.
fn example(key: &Key) -> String {
    match key.kind {
        Kind::Table(_) | Kind::Map(_) if key.example.starts_with('[') => {
            format!("a table {}", key.example)
        }
        _ => format!("{} = {}", key.name, key.example),
    }
}

impl<'a> Value<'a> {
    /// What stands there, to be read as this.
    pub fn new(node: &'a Node, what: String, kind: &'static Kind, log: &'a Log) -> Self {
        Self { what, place: node.place, item: &node.item, kind, log }
    }

    /// What the schema says of it, in the one of its alternatives that is read now.
    fn kind<T>(&self, find: impl FnMut(&'static Kind) -> Option<T>) -> Option<T> {
        let found = self.kind.alternatives().iter().find_map(find);
        debug_assert!(found.is_some(), "{} is read as what it is not", self.what);
        found
    }

    /// That the schema says so, too.
    pub fn is_a(&self, is: impl Fn(&Kind) -> bool) {
        self.kind(|kind| is(kind).then_some(()));
    }

    /// Notes what is wrong with this value.
    pub fn wrong(&self, code: Code, message: String, label: &str, help: &str) {
        self.log.add(Diagnostic::new(code, message, self.place, label).help(help));
    }

    fn wrong_type(&self, wanted: &str) {
        let message = format!("{} must be {wanted}", self.what);
        self.log.add(Diagnostic::new(Code::WrongType, message, self.place, self.item.found()));
    }

    /// The same value by another name.
    pub fn called(self, what: String) -> Self {
        Self { what, ..self }
    }

    /// What the value is called in messages.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The string, if it is one; nothing is noted if not.
    pub fn as_string(&self) -> Option<At<String>> {
        match self.item {
            Item::String(text) => Some(self.at(text.clone())),
            _ => None,
        }
    }

    /// Whether it is a table.
    pub const fn is_table(&self) -> bool {
        matches!(self.item, Item::Table(_))
    }

    /// Whether it is an integer.
    pub const fn is_integer(&self) -> bool {
        matches!(self.item, Item::Integer(_))
    }

    /// Whether it is a list.
    pub const fn is_list(&self) -> bool {
        matches!(self.item, Item::List(_))
    }

    /// Something else with this value's place.
    pub const fn at<T>(&self, value: T) -> At<T> {
        At { value, place: self.place }
    }

    /// A string; `wanted` describes it.
    pub fn string(&self, wanted: &str) -> Option<At<String>> {
        let string = self.as_string();
        if string.is_none() {
            self.wrong_type(wanted);
        }
        string
    }

    /// Any string.
    pub fn text(&self) -> Option<At<String>> {
        let wanted = self.kind(|kind| match kind {
            Kind::Text(wanted) => Some(*wanted),
            _ => None,
        })?;
        self.string(wanted)
    }

    /// `true` or `false`.
    pub fn boolean(&self) -> Option<At<bool>> {
        self.is_a(|kind| matches!(kind, Kind::Boolean));
        match self.item {
            Item::Boolean(value) => Some(self.at(*value)),
            _ => {
                self.wrong_type("`true` or `false`");
                None
            }
        }
    }

    /// An integer in its range.
    pub fn integer(&self) -> Option<At<u64>> {
        let (least, most) = self.kind(|kind| match kind {
            Kind::Integer(least, most) => Some((*least, *most)),
            _ => None,
        })?;
        self.number(least, most)
    }

    /// The same as 32 bits, which hold its range.
    pub fn small(&self) -> Option<At<u32>> {
        let number = self.integer()?;
        Some(self.at(u32::try_from(number.value).ok()?))
    }

    /// An integer in a range that something else decides.
    pub fn number(&self, least: u64, most: u64) -> Option<At<u64>> {
        let Item::Integer(number) = self.item else {
            self.wrong_type("an integer");
            return None;
        };
        let number = number.and_then(|number| u64::try_from(number).ok());
        let inside = number.filter(|number| (least..=most).contains(number));
        if inside.is_none() {
            let message = format!("{} is out of range", self.what);
            let help = match (least, most) {
                (0, u64::MAX) => "write a number that is not negative".to_owned(),
                (least, most) => format!("write a number from {least} to {most}"),
            };
            self.wrong(Code::BadNumber, message, "this number", &help);
        }
        inside.map(|number| self.at(number))
    }

    /// One word of several, and what it stands for.
    pub fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<At<T>> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        self.is_a(|kind| matches!(kind, Kind::Choice(known) if *known == words));
        let wanted = format!("one of {}", suggest::list(&words));
        let word = self.string(&wanted)?;
        let found = choices.iter().find(|(name, _)| *name == word.value);
        if found.is_none() {
            let message = format!("{} cannot be `{}`", self.what, word.value);
            let help = suggest::help(&word.value, "write one of", words);
            self.log.add(
                Diagnostic::new(Code::BadChoice, message, self.place, "not a choice")
                    .maybe_help(help),
            );
        }
        found.map(|(_, meaning)| self.at(*meaning))
    }

    /// The entries of a list.
    pub fn list(&self) -> Vec<Self> {
        let inner = self.kind(|kind| match kind {
            Kind::List(inner) => Some(*inner),
            _ => None,
        });
        let (Item::List(list), Some(inner)) = (self.item, inner) else {
            self.wrong_type("a list, such as [\"a\", \"b\"]");
            return Vec::new();
        };
        let what = format!("an entry of {}", self.what);
        list.iter().map(|node| Value::new(node, what.clone(), inner, self.log)).collect()
    }

    /// The entries of a table whose keys are names of somebody's choice.
    pub fn entries(&self) -> Vec<(At<&'a str>, Self)> {
        let inner = self.kind(|kind| match kind {
            Kind::Map(inner) => Some(*inner),
            _ => None,
        });
        let (Item::Table(entries), Some(inner)) = (self.item, inner) else {
            self.wrong_type("a table, such as { a = \"b\" }");
            return Vec::new();
        };
        let entry = |entry: &'a Entry| {
            let key = At { value: entry.key.value.as_str(), place: entry.key.place };
            let what = format!("`{}`", key.value);
            (key, Value::new(&entry.node, what, inner, self.log))
        };
        entries.iter().map(entry).collect()
    }

    /// A table with known keys.
    pub fn fields<T>(
        &self,
        what: impl Into<String>,
        read: impl FnOnce(&mut Fields<'a>) -> T,
    ) -> Option<T> {
        Some(self.fields_and_slips(what, read)?.0)
    }

    /// The same, and which keys were probably meant and misspelt.
    pub fn fields_and_slips<T>(
        &self,
        what: impl Into<String>,
        read: impl FnOnce(&mut Fields<'a>) -> T,
    ) -> Option<(T, Vec<&'static str>)> {
        let table = self.kind(|kind| match kind {
            Kind::Table(table) => Some(*table),
            _ => None,
        });
        let (Item::Table(entries), Some(table)) = (self.item, table) else {
            self.wrong_type("a table");
            return None;
        };
        Some(read_fields(what.into(), self.place, table, entries, self.log, read))
    }
}
