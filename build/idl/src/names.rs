//! How names are written, and which are taken.

use crate::code::Code;
use crate::diagnostic::Log;
use crate::syntax::Name;
use std::collections::HashMap;

const RUST: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Names of operations that the generated client or server needs itself.
const OPERATIONS: &[&str] = &["accepts", "new", "notified", "server", "set_deadline", "to"];

/// What a name is for; decides its form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Type,
    Operation,
    Argument,
    Field,
    Event,
}

/// Checks form and reserved words.
pub fn check(name: &Name, role: Role, log: &mut Log) {
    let text = name.text.as_str();
    let (good, wanted) = match role {
        Role::Type => (is_camel(text), camel(text)),
        _ => (is_snake(text), snake(text)),
    };
    if RUST.contains(&text) {
        return log.error(
            Code::ReservedName,
            &name.span,
            format!("`{text}` is a word of Rust"),
            "choose another name",
        );
    }
    if !text.is_ascii() {
        let message = format!("`{text}` has letters other than a to z");
        return log.error(Code::NameForm, &name.span, message, "choose another name");
    }
    if !good {
        let style = if role == Role::Type { "CamelCase" } else { "snake_case" };
        log.error(
            Code::NameForm,
            &name.span,
            format!("`{text}` is not written in {style}"),
            format!("write `{wanted}`, or another name of this form"),
        );
    }
    let taken = match role {
        Role::Type => text == "Refuse",
        Role::Operation => OPERATIONS.contains(&text),
        Role::Argument => text == "caller",
        Role::Event => text.ends_with("_to"),
        Role::Field => false,
    };
    if taken {
        log.error(
            Code::ReservedName,
            &name.span,
            format!("`{text}` has a meaning of its own in the generated code"),
            "choose another name",
        );
    }
}

/// Reports every name that was there before.
pub fn unique<'a>(names: impl IntoIterator<Item = &'a Name>, what: &str, log: &mut Log) {
    let mut seen = HashMap::new();
    for name in names {
        // As types: two operations that differ in underscores only would share a type.
        let key = camel(&name.text);
        if let Some(first) = seen.insert(key, &name.text) {
            let message = if *first == name.text {
                format!("there is already {what} `{first}`")
            } else {
                format!("there is already {what} `{first}`, too much like `{}`", name.text)
            };
            log.error(
                Code::NameTwice,
                &name.span,
                message,
                "choose another name, or remove one of the two",
            );
        }
    }
}

fn is_camel(text: &str) -> bool {
    text.is_ascii() && text.starts_with(|c: char| c.is_ascii_uppercase()) && !text.contains('_')
}

fn is_snake(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.contains("__")
        && !text.ends_with('_')
        && !text.contains(|c: char| c.is_ascii_uppercase())
}

/// `read_at` → `ReadAt`
pub fn camel(text: &str) -> String {
    let upper = |word: &str| {
        let mut chars = word.chars();
        chars
            .next()
            .map(|c| c.to_ascii_uppercase().to_string() + chars.as_str())
            .unwrap_or_default()
    };
    let camel: String = text.split('_').map(upper).collect();
    if camel.is_empty() { "Name".into() } else { camel }
}

/// `ReadAt` → `read_at`
fn snake(text: &str) -> String {
    let mut snake = String::new();
    for c in text.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        if c != '_' || !(snake.is_empty() || snake.ends_with('_')) {
            snake.push(c.to_ascii_lowercase());
        }
    }
    let snake = snake.trim_matches('_');
    if snake.is_empty() { "name".into() } else { snake.into() }
}
