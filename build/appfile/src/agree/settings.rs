//! `[tasks.NAME.config]` against what the task's `config!` wants, and the bytes of its record.
//!
//! A key that the task's own table lacks is looked for in the app's `[config]`.

use super::description::Shape;
use super::{Declared, forms};
use crate::app::{App, Task};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Log, Place};
use crate::suggest;
use crate::tree::{Entry, Item, Node};

/// More than any task has use for; it is read into its stack.
const MOST_BYTES: usize = 4096;

/// The record of every task.
pub(super) fn records(app: &App, declared: &[Declared], log: &Log) -> Vec<Vec<u8>> {
    let shared = app.origin.table(&["config"]);
    let mut used = Vec::new();
    let mut records = Vec::new();
    for (task, declared) in app.tasks.iter().zip(declared) {
        let mut record = Record { app, task, log, bytes: Vec::new() };
        if let Some(fields) = fields(app, task, declared, log) {
            let entries = with_shared(app, task, &fields, shared, &mut used);
            let what = format!("the `config` of task `{}`", task.name);
            record.table(&what, place(app, task), &entries, &fields);
        }
        records.push(record.bytes);
    }
    for entry in shared.iter().filter(|entry| !used.contains(&entry.key.place)) {
        let message = format!("no task takes `{}` from `config`", entry.key.value);
        let label = "every task that has it has its own, or none has it";
        let mistake = Diagnostic::new(Code::ConfigUnwanted, message, entry.key.place, label);
        log.add(mistake.help("remove it"));
    }
    records
}

/// What the task wants to be told; `None` if nothing, or if it cannot be.
fn fields(app: &App, task: &Task, declared: &Declared, log: &Log) -> Option<Vec<(String, Shape)>> {
    let Some(line) = &declared.config else {
        if let Some(own) = app.origin.value(&["tasks", &task.name, "config"]) {
            let message = format!("task `{}` takes no `config`", task.name);
            let label = "its crate has no `config!`";
            log.add(Diagnostic::new(Code::ConfigUnwanted, message, own, label).help("remove it"));
        }
        return None;
    };
    match Shape::parse(line) {
        Some(shape) if shape.size().is_none_or(|size| size > MOST_BYTES) => {
            let message = format!("task `{}` wants to be told too much", task.name);
            let label = format!("its `config!` is larger than {MOST_BYTES} bytes");
            log.add(Diagnostic::new(Code::ConfigDamaged, message, place(app, task), label));
        }
        Some(Shape::Table(fields)) => return Some(fields),
        _ => {
            let message = format!("what task `{}` wants to be told cannot be read", task.name);
            let label = "is its crate built with another `userlib`?";
            log.add(Diagnostic::new(Code::ConfigDamaged, message, place(app, task), label));
        }
    }
    None
}

/// Of its `config`, or the task's own.
fn place(app: &App, task: &Task) -> Place {
    let of = |path: &[&str]| app.origin.value(path);
    of(&["tasks", &task.name, "config"]).or_else(|| of(&["tasks", &task.name])).unwrap_or_default()
}

/// The task's own entries, and those of all tasks that it takes.
fn with_shared<'a>(
    app: &'a App,
    task: &Task,
    fields: &[(String, Shape)],
    shared: &'a [Entry],
    used: &mut Vec<Place>,
) -> Vec<&'a Entry> {
    let mut entries: Vec<&Entry> =
        app.origin.table(&["tasks", &task.name, "config"]).iter().collect();
    for entry in shared {
        let has = entries.iter().any(|own| own.key.value == entry.key.value);
        if !has && fields.iter().any(|(name, _)| *name == entry.key.value) {
            used.push(entry.key.place);
            entries.push(entry);
        }
    }
    entries
}

/// A record being written. After a mistake its bytes mean nothing.
pub(super) struct Record<'l> {
    pub app: &'l App,
    /// Whose it is.
    pub task: &'l Task,
    pub log: &'l Log,
    pub bytes: Vec<u8>,
}

impl Record<'_> {
    pub fn wrong(
        &self,
        code: Code,
        message: String,
        place: Place,
        label: &str,
        help: Option<String>,
    ) {
        self.log.add(Diagnostic::new(code, message, place, label).maybe_help(help));
    }

    fn table(&mut self, what: &str, place: Place, entries: &[&Entry], fields: &[(String, Shape)]) {
        let mut missing: Vec<&(String, Shape)> = Vec::new();
        for field in fields {
            match entries.iter().find(|entry| entry.key.value == field.0) {
                Some(entry) => self.value(&format!("`{}`", field.0), &entry.node, &field.1),
                None if field.1.may_be_left_out() => self.nothing(&field.1),
                None => missing.push(field),
            }
        }
        let known: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.value.as_str())) {
            let key = &entry.key;
            let meant = suggest::closest(&key.value, &known);
            missing.retain(|(name, _)| meant != Some(name));
            let message = format!("{what} has no key `{}`", key.value);
            let help = suggest::help(&key.value, "it has", known.iter().copied());
            self.wrong(Code::UnknownKey, message, key.place, "unknown key", help);
        }
        for (name, shape) in missing {
            let message = format!("{what} has no `{name}`");
            let help = Some(format!("add, for example: {name} = {}", shape.example()));
            self.wrong(Code::MissingKey, message, place, "here", help);
        }
    }

    pub fn value(&mut self, what: &str, node: &Node, shape: &Shape) {
        match (shape, &node.item) {
            (Shape::Optional(value), _) => {
                self.bytes.push(1);
                self.value(what, node, value);
            }
            (Shape::Clients(value, most), Item::Table(entries)) => {
                self.clients(what, node, entries, value, *most);
            }
            (Shape::Form(most, forms), Item::String(text)) => {
                self.form(what, node, text, *most, forms);
            }
            (Shape::Bool, Item::Boolean(value)) => self.bytes.push((*value).into()),
            (Shape::Integer { bytes, least, most, .. }, Item::Integer(number)) => {
                self.integer(what, node, *number, *bytes, *least..=*most);
            }
            (Shape::Text(most), Item::String(text)) => self.text(what, node, text, *most),
            (Shape::List(shape, count), Item::List(entries)) => {
                self.list(what, node, entries, shape, *count);
            }
            (Shape::Table(fields), Item::Table(entries)) => {
                self.table(what, node.place, &entries.iter().collect::<Vec<_>>(), fields);
            }
            (Shape::Choice(words), Item::String(word)) => self.choice(what, node, word, words),
            (shape, item) => {
                let message = format!("{what} must be {}", shape.wanted());
                self.wrong(Code::WrongType, message, node.place, item.found(), None);
            }
        }
    }

    fn integer(
        &mut self,
        what: &str,
        node: &Node,
        number: Option<i128>,
        bytes: usize,
        range: std::ops::RangeInclusive<i128>,
    ) {
        match number.filter(|number| range.contains(number)) {
            Some(number) => self.bytes.extend(&number.to_le_bytes()[..bytes]),
            None => {
                let message = format!("{what} is out of range");
                let (least, most) = range.into_inner();
                let help = format!("write a number from {least} to {most}");
                self.wrong(Code::BadNumber, message, node.place, "this number", Some(help));
            }
        }
    }

    pub fn text(&mut self, what: &str, node: &Node, text: &str, most: usize) {
        let Some(padding) = most.checked_sub(text.len()) else {
            let message = format!("{what} is too long");
            let label = format!("{} bytes", text.len());
            let help = Some(format!("its task has room for {most}"));
            return self.wrong(Code::ConfigLength, message, node.place, &label, help);
        };
        // `most` fits sixteen bits.
        self.bytes.extend((text.len() as u16).to_le_bytes());
        self.bytes.extend(text.as_bytes());
        self.bytes.extend(std::iter::repeat_n(0, padding));
    }

    fn list(&mut self, what: &str, node: &Node, entries: &[Node], shape: &Shape, count: usize) {
        if entries.len() != count {
            let message = format!("{what} has {} entries", entries.len());
            let label = format!("its task takes {count}");
            self.wrong(Code::ConfigLength, message, node.place, &label, None);
        }
        for entry in entries {
            self.value(&format!("an entry of {what}"), entry, shape);
        }
    }

    fn choice(&mut self, what: &str, node: &Node, word: &str, words: &[String]) {
        let found = words.iter().position(|known| known == word);
        if let Some(number) = found.and_then(|found| u8::try_from(found).ok()) {
            return self.bytes.push(number);
        }
        let message = format!("{what} cannot be `{word}`");
        let help = suggest::help(word, "write one of", words.iter().map(String::as_str));
        self.wrong(Code::BadChoice, message, node.place, "not a choice", help);
    }
}

impl Shape {
    /// What it is, for messages.
    pub fn wanted(&self) -> String {
        match self {
            Self::Bool => "`true` or `false`".into(),
            Self::Integer { name, .. } => format!("an integer ({name})"),
            Self::Text(most) => format!("a string of at most {most} bytes"),
            Self::List(_, count) => format!("a list of {count}"),
            Self::Table(_) => "a table".into(),
            Self::Optional(value) => value.wanted(),
            Self::Clients(value, _) => format!("a table of clients, for each {}", value.wanted()),
            Self::Form(_, forms) => forms::wanted(forms),
            Self::Choice(words) => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                format!("one of {}", suggest::list(&words))
            }
        }
    }

    /// A value as it would be written.
    pub fn example(&self) -> String {
        match self {
            Self::Bool => "true".into(),
            Self::Integer { least, .. } => least.max(&0).to_string(),
            Self::Text(_) => "\"…\"".into(),
            Self::List(entry, count) => {
                let entries = vec![entry.example(); (*count).min(3)];
                let more = if *count > 3 { ", …" } else { "" };
                format!("[{}{more}]", entries.join(", "))
            }
            Self::Table(fields) => {
                let fields =
                    fields.iter().map(|(name, shape)| format!("{name} = {}", shape.example()));
                format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
            }
            Self::Optional(value) => value.example(),
            Self::Clients(value, _) => format!("{{ client = {} }}", value.example()),
            Self::Form(_, forms) => format!("\"{}\"", forms::example(forms)),
            Self::Choice(words) => format!("\"{}\"", words.first().map_or("", |word| word)),
        }
    }
}
