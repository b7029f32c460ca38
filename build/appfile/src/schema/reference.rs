//! The reference's tables of keys and codes, as Markdown.

use super::{APP, BOARD, Group, Key, Kind, Need, Table};
use crate::Code;
use std::fmt::Write;

const BEGIN: &str = "<!-- keys ";
const CODES: &str = "<!-- codes -->";
const END: &str = "<!-- end -->";

/// A text in which each table between `<!-- keys TABLE/GROUP -->`, or `<!-- codes -->`, and
/// `<!-- end -->` is made anew.
///
/// # Errors
/// If a mark has no end, or names what is not there; and if a group of keys or the codes have none.
pub fn fill(text: &str) -> Result<String, String> {
    let mut groups = all_groups();
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (name, after) = after.split_once(" -->").ok_or("a mark does not end")?;
        let (_, after) = after.split_once(END).ok_or_else(|| format!("`{name}` has no end"))?;
        let found = groups.iter().position(|(known, _)| known == name);
        let (_, group) = groups.remove(found.ok_or_else(|| format!("no keys `{name}`, or twice"))?);
        filled += &format!("{before}{BEGIN}{name} -->\n{}{END}", rows(group));
        rest = after;
    }
    match groups.first() {
        Some((name, _)) => Err(format!("no mark for the keys `{name}`")),
        None => fill_codes(&(filled + rest)),
    }
}

/// The table of all codes behind its mark.
fn fill_codes(text: &str) -> Result<String, String> {
    let (before, after) = text.split_once(CODES).ok_or("no mark for the codes")?;
    let (_, after) = after.split_once(END).ok_or("the codes have no end")?;
    let row = |code: &Code| format!("| {code} | {} |\n", code.rule());
    let rows: String = Code::ALL.iter().map(row).collect();
    Ok(format!("{before}{CODES}\n| Code | Rule |\n|---|---|\n{rows}{END}{after}"))
}

/// `TABLE/GROUP`, or `TABLE` where there is one group.
fn all_groups() -> Vec<(String, &'static Group)> {
    let mut tables = Vec::new();
    for root in [&APP, &BOARD] {
        collect(root, &mut tables);
    }
    let of_table = |table: &&'static Table| {
        let alone = table.groups.len() == 1;
        let name = table.name;
        table.groups.iter().map(move |group| match alone {
            true => (name.to_owned(), group),
            false => (format!("{name}/{}", group.name), group),
        })
    };
    tables.iter().flat_map(of_table).collect()
}

/// The table and those in it, each once.
fn collect(table: &'static Table, all: &mut Vec<&'static Table>) {
    if all.iter().any(|known| known.name == table.name) {
        return;
    }
    all.push(table);
    for key in table.keys() {
        inner(&key.kind, all);
    }
}

fn inner(kind: &'static Kind, all: &mut Vec<&'static Table>) {
    match kind {
        Kind::Table(table) => collect(table, all),
        Kind::Map(kind) | Kind::List(kind) => inner(kind, all),
        Kind::AnyOf(kinds) => kinds.iter().for_each(|kind| inner(kind, all)),
        _ => {}
    }
}

fn rows(group: &Group) -> String {
    let mut rows =
        "| Key | Meaning | Value | Default | Example |\n|---|---|---|---|---|\n".to_owned();
    for Key { name, kind, need, example, doc } in group.keys {
        let default = match need {
            Need::Needed => "needed",
            Need::Default(default) => default,
        };
        let kind = words(kind, false);
        let _ = writeln!(rows, "| `{name}` | {doc} | {kind} | {default} | `{example}` |");
    }
    rows
}

/// The kind of a value in words, of one or of many.
fn words(kind: &Kind, many: bool) -> String {
    let s = if many { "s" } else { "" };
    match kind {
        Kind::Boolean => "`true` or `false`".into(),
        Kind::Name => format!("name{s}"),
        Kind::NameOrAll => format!("name{s} or `\"*\"`"),
        Kind::Package => format!("cargo name{s}"),
        Kind::Text(_) => format!("string{s}"),
        Kind::Integer(0, most) if *most > u64::from(u32::MAX) => format!("address{}", es(many)),
        Kind::Integer(least, most) => format!("integer{s}, {least} to {most}"),
        Kind::Size => format!("size{s}"),
        Kind::Duration => format!("duration{s}"),
        Kind::Time => format!("time{s} to run"),
        Kind::Choice(choices) => {
            let choices: Vec<String> = choices.iter().map(|word| format!("`\"{word}\"`")).collect();
            choices.join(" or ")
        }
        Kind::List(inner) => format!("list of {}", words(inner, true)),
        Kind::Map(inner) => format!("table of {}", words(inner, true)),
        Kind::Any => "what the task takes".into(),
        Kind::Table(_) => format!("table{s}"),
        Kind::AnyOf(kinds) => {
            let kinds: Vec<String> = kinds.iter().map(|kind| words(kind, many)).collect();
            kinds.join("; or ")
        }
    }
}

const fn es(many: bool) -> &'static str {
    if many { "es" } else { "" }
}
