//! Text to words.

use crate::code::Code;
use crate::diagnostic::{Log, Span};

/// One word, with its place.
#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// What kind of word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or a word of the language.
    Word(String),
    /// A number without sign; none if it cannot be read, which was said.
    Number(Option<u128>),
    /// `///` and its text.
    Doc(String),
    /// `//!` and its text.
    FileDoc(String),
    /// One of `{}[]():;,=-!`.
    Mark(char),
    /// `->`
    Arrow,
    /// The end of the text.
    End,
}

const MARKS: &str = "{}[]():;,=-!";

/// All words of a text; the last is `End`.
pub fn words(text: &str, log: &mut Log) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let length = length_of(&text[at..], c);
        let span = at..at + length;
        let word = &text[span.clone()];
        at += length;
        if let Some(kind) = classify(word, c, &span, log) {
            tokens.push(Token { kind, span });
        }
    }
    tokens.push(Token { kind: Kind::End, span: text.len()..text.len() });
    tokens
}

/// How many bytes belong to the word, comment, gap or mark that begins here with `c`.
fn length_of(rest: &str, c: char) -> usize {
    let run = |belongs: fn(char) -> bool| rest.find(|c| !belongs(c)).unwrap_or(rest.len());
    if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("->") {
        2
    } else if c.is_whitespace() {
        run(char::is_whitespace)
    } else if is_word(c) {
        run(is_word)
    } else if MARKS.contains(c) {
        1
    } else {
        run(|c| !c.is_whitespace() && !is_word(c) && !MARKS.contains(c))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn classify(word: &str, c: char, span: &Span, log: &mut Log) -> Option<Kind> {
    if let Some(comment) = word.strip_prefix("//") {
        return comment_kind(comment);
    }
    if c.is_whitespace() {
        return None;
    }
    if word == "->" {
        return Some(Kind::Arrow);
    }
    if c.is_ascii_digit() {
        return Some(Kind::Number(number(word, span, log)));
    }
    if is_word(c) {
        return Some(Kind::Word(word.into()));
    }
    if MARKS.contains(c) {
        return Some(Kind::Mark(c));
    }
    let help = if word.starts_with("/*") || word.starts_with("*/") {
        "comments begin with `//` and end with the line"
    } else if word.starts_with(['&', '*']) {
        "there are no pointers: send the value itself, or lend bytes"
    } else {
        "leave it out; comments begin with `//`"
    };
    log.error(Code::Character, span, format!("`{word}` means nothing here"), help);
    None
}

fn comment_kind(comment: &str) -> Option<Kind> {
    let text = |rest: &str| rest.strip_prefix(' ').unwrap_or(rest).trim_end().replace('\r', " ");
    if let Some(rest) = comment.strip_prefix('!') {
        return Some(Kind::FileDoc(text(rest)));
    }
    match comment.strip_prefix('/') {
        Some(rest) if !rest.starts_with('/') => Some(Kind::Doc(text(rest))),
        _ => None,
    }
}

fn number(word: &str, span: &Span, log: &mut Log) -> Option<u128> {
    let digits: String = word.chars().filter(|&c| c != '_').collect();
    let parsed = match digits.strip_prefix("0x") {
        Some(hex) => u128::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    if parsed.is_err() {
        log.error(
            Code::Numeral,
            span,
            format!("`{word}` is not a number"),
            "write digits, or `0x` and hexadecimal digits; `_` may stand between them",
        );
    }
    parsed.ok()
}
