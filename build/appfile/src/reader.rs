//! A typed reader over parsed TOML that notes every mistake and goes on.
//!
//! What a key may hold is said where it is read; a table's known keys are those that were asked
//! for, so whatever nobody asked for is unknown. `None` means "not there, or there and wrong, which
//! has been noted".

use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Log, Place};
use crate::suggest;
use std::ops::RangeInclusive;
use toml::de::{DeTable, DeValue};

/// The text as a tree; `None` and all complaints in the log if it is not TOML.
pub(crate) fn parse<'a>(text: &'a str, file: usize, log: &Log) -> Option<DeTable<'a>> {
    let (tree, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        let place = Place { file, start: span.start, end: span.end };
        log.add(Diagnostic::new(Code::Syntax, "this is not TOML", place, error.message()));
    }
    errors.is_empty().then(|| tree.into_inner())
}

/// A table being read.
pub(crate) struct Fields<'a> {
    /// For messages: "task `ping`".
    pub what: String,
    /// The name in the table's header.
    pub place: Place,
    pub log: &'a Log,
    left: Vec<(At<&'a str>, Value<'a>)>,
    known: Vec<&'static str>,
    missing: Vec<(&'static str, String)>,
}

/// A value being read.
#[derive(Clone)]
pub(crate) struct Value<'a> {
    /// For messages: "`priority`".
    what: String,
    pub place: Place,
    value: &'a DeValue<'a>,
    pub log: &'a Log,
}

/// Reads the whole file as one table.
pub(crate) fn read_root<'a, T>(
    tree: &'a DeTable<'a>,
    file: usize,
    log: &'a Log,
    what: &str,
    read: impl FnOnce(&mut Fields<'a>) -> T,
) -> T {
    let place = Place { file, start: 0, end: 0 };
    read_fields(what.to_owned(), place, entries_of(tree, file, log), log, read).0
}

/// Also says which known keys the unknown ones were probably meant to be.
fn read_fields<'a, T>(
    what: String,
    place: Place,
    left: Vec<(At<&'a str>, Value<'a>)>,
    log: &'a Log,
    read: impl FnOnce(&mut Fields<'a>) -> T,
) -> (T, Vec<&'static str>) {
    let mut fields = Fields { what, place, log, left, known: Vec::new(), missing: Vec::new() };
    let result = read(&mut fields);
    (result, fields.complain_about_the_rest())
}

/// Keys and values in the file's order.
fn entries_of<'a>(
    table: &'a DeTable<'a>,
    file: usize,
    log: &'a Log,
) -> Vec<(At<&'a str>, Value<'a>)> {
    let entry = |(key, value): (&'a toml::Spanned<_>, &'a toml::Spanned<DeValue<'a>>)| {
        let name: &'a std::borrow::Cow<'a, str> = key.get_ref();
        let place = |span: std::ops::Range<usize>| Place { file, start: span.start, end: span.end };
        let key_place = place(key.span());
        // The span of a table with a header of its own is the header's; its name says more.
        let value_place = match value.get_ref() {
            DeValue::Table(_) => key_place,
            _ => place(value.span()),
        };
        let what = format!("`{name}`");
        let value = Value { what, place: value_place, value: value.get_ref(), log };
        (At { value: name.as_ref(), place: key_place }, value)
    };
    let mut entries: Vec<_> = table.iter().map(entry).collect();
    entries.sort_by_key(|(key, _)| key.place);
    entries
}

impl<'a> Fields<'a> {
    /// The value of a key that may be left out.
    pub fn optional(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.known.push(key);
        let at = self.left.iter().position(|(name, _)| name.value == key)?;
        Some(self.left.remove(at).1)
    }

    /// The value of a key that must be there; an example of it for the message.
    pub fn required(&mut self, key: &'static str, example: &str) -> Option<Value<'a>> {
        let value = self.optional(key);
        if value.is_none() {
            self.missing.push((key, example.to_owned()));
        }
        value
    }

    /// Unknown and missing keys. A key that was misspelt is not missing as well.
    fn complain_about_the_rest(&mut self) -> Vec<&'static str> {
        let mut all_meant = Vec::new();
        for (key, _) in &self.left {
            let message = format!("{} has no key `{}`", self.what, key.value);
            let meant = suggest::closest(key.value, &self.known);
            self.missing.retain(|(missing, _)| meant != Some(missing));
            all_meant.extend(meant);
            let known = self.known.iter().copied();
            self.log.add(
                Diagnostic::new(Code::UnknownKey, message, key.place, "unknown key")
                    .maybe_help(suggest::help(key.value, "it has", known)),
            );
        }
        for (key, example) in &self.missing {
            let message = format!("{} has no `{key}`", self.what);
            let missing = Diagnostic::new(Code::MissingKey, message, self.place, "here");
            self.log.add(missing.help(format!("add, for example: {example}")));
        }
        all_meant
    }
}

impl<'a> Value<'a> {
    /// Notes what is wrong with this value.
    pub fn wrong(&self, code: Code, message: String, label: &str, help: &str) {
        self.log.add(Diagnostic::new(code, message, self.place, label).help(help));
    }

    fn wrong_type(&self, wanted: &str) {
        let message = format!("{} must be {wanted}", self.what);
        let found = match self.value {
            DeValue::String(_) => "this is a string",
            DeValue::Integer(_) => "this is an integer",
            DeValue::Float(_) => "this is a number with a fraction",
            DeValue::Boolean(_) => "this is true or false",
            DeValue::Datetime(_) => "this is a date or a time",
            DeValue::Array(_) => "this is a list",
            DeValue::Table(_) => "this is a table",
        };
        self.log.add(Diagnostic::new(Code::WrongType, message, self.place, found));
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
        match self.value {
            DeValue::String(text) => Some(self.at(text.clone().into_owned())),
            _ => None,
        }
    }

    /// Whether it is a table.
    pub const fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// Whether it is an integer.
    pub const fn is_integer(&self) -> bool {
        matches!(self.value, DeValue::Integer(_))
    }

    /// Whether it is a list.
    pub const fn is_list(&self) -> bool {
        matches!(self.value, DeValue::Array(_))
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

    /// `true` or `false`.
    pub fn boolean(&self) -> Option<At<bool>> {
        match self.value {
            DeValue::Boolean(value) => Some(self.at(*value)),
            _ => {
                self.wrong_type("`true` or `false`");
                None
            }
        }
    }

    /// An integer in a range.
    pub fn integer(&self, range: RangeInclusive<u64>) -> Option<At<u64>> {
        let DeValue::Integer(integer) = self.value else {
            self.wrong_type("an integer");
            return None;
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let inside = number.filter(|number| range.contains(number));
        if inside.is_none() {
            let message = format!("{} is out of range", self.what);
            let help = match (*range.start(), *range.end()) {
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
        let DeValue::Array(array) = self.value else {
            self.wrong_type("a list, such as [\"a\", \"b\"]");
            return Vec::new();
        };
        let entry = |value: &'a toml::Spanned<DeValue<'a>>| Value {
            what: format!("an entry of {}", self.what),
            place: Place {
                file: self.place.file,
                start: value.span().start,
                end: value.span().end,
            },
            value: value.get_ref(),
            log: self.log,
        };
        array.iter().map(entry).collect()
    }

    /// The entries of a table whose keys are names of somebody's choice.
    pub fn entries(&self) -> Vec<(At<&'a str>, Self)> {
        match self.value {
            DeValue::Table(table) => entries_of(table, self.place.file, self.log),
            _ => {
                self.wrong_type("a table, such as { a = \"b\" }");
                Vec::new()
            }
        }
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
        if !self.is_table() {
            self.wrong_type("a table");
            return None;
        }
        Some(read_fields(what.into(), self.place, self.entries(), self.log, read))
    }
}
