//! Steps through the words: looking, taking, and what to do when something else stands there.

use super::Parser;
use crate::code::Code;
use crate::diagnostic::Span;
use crate::lexer::Kind;
use crate::syntax::{Body, Name, Number};

impl Parser<'_> {
    pub(super) fn peek(&self) -> &Kind {
        &self.tokens[self.at].kind
    }

    pub(super) fn span(&self) -> Span {
        self.tokens[self.at].span.clone()
    }

    pub(super) fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    /// Whether the word here is this one; does not take it.
    pub(super) fn at_word(&self, word: &str) -> bool {
        matches!(self.peek(), Kind::Word(w) if w == word)
    }

    /// Takes this mark if it stands here.
    pub(super) fn take(&mut self, mark: char) -> bool {
        let found = *self.peek() == Kind::Mark(mark);
        if found {
            self.advance();
        }
        found
    }

    /// Takes this word if it stands here.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, mark: char, help: &str) -> Option<()> {
        if self.take(mark) {
            return Some(());
        }
        self.unexpected(&format!("`{mark}`"), help)
    }

    /// Where the word before this one ends.
    pub(super) fn last_end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |before| self.tokens[before].span.end)
    }

    /// As `expect`, but what is missing is missed where the line ended, not where the next begins.
    pub(super) fn expect_end(&mut self, help: &str) -> Option<()> {
        if self.take(';') {
            return Some(());
        }
        let end = self.last_end();
        self.log.error(Code::Unclosed, &(end..end), "`;` is missing", help);
        None
    }

    /// Two words where one is a name: the first is one that nobody knows.
    pub(super) fn refuse_word_before_name(&mut self, help: &str) -> Option<()> {
        let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
        if let (Kind::Word(word), Some(Kind::Word(_))) = (self.peek(), next) {
            let (message, span) = (format!("`{word}` means nothing here"), self.span());
            self.log.error(Code::Unexpected, &span, message, help);
            return None;
        }
        Some(())
    }

    pub(super) fn unexpected<T>(&mut self, wanted: &str, help: &str) -> Option<T> {
        let found = match self.peek() {
            Kind::Word(word) => format!("`{word}`"),
            Kind::Number(Some(number)) => format!("`{number}`"),
            Kind::Number(None) => "a number".into(),
            Kind::Doc(_) => "a doc comment".into(),
            Kind::FileDoc(_) => "a `//!` comment".into(),
            Kind::Mark(mark) => format!("`{mark}`"),
            Kind::Arrow => "`->`".into(),
            Kind::End => "the end of the file".into(),
        };
        let span = self.span();
        self.log.error(Code::Unexpected, &span, format!("{found} where {wanted} should be"), help);
        None
    }

    pub(super) fn name(&mut self, what: &str, help: &str) -> Option<Name> {
        match self.peek() {
            Kind::Word(word) => {
                let name = Name { text: word.clone(), span: self.span() };
                self.advance();
                Some(name)
            }
            _ => self.unexpected(what, help),
        }
    }

    pub(super) fn number(&mut self, what: &str, help: &str) -> Option<Number> {
        let start = self.span().start;
        let negative = self.take('-');
        let span = start..self.span().end;
        let &Kind::Number(magnitude) = self.peek() else { return self.unexpected(what, help) };
        self.advance();
        // Too large is out of every type's range, whatever the sign.
        let magnitude = i128::try_from(magnitude?).unwrap_or(i128::MAX);
        Some(Number { value: if negative { -magnitude } else { magnitude }, span })
    }

    pub(super) fn file_docs(&mut self) -> Vec<String> {
        let mut docs = Vec::new();
        while let Kind::FileDoc(text) = self.peek() {
            docs.push(text.clone());
            self.advance();
        }
        docs
    }

    pub(super) fn docs(&mut self) -> Vec<String> {
        let mut docs = Vec::new();
        while let Kind::Doc(text) = self.peek() {
            docs.push(text.clone());
            self.advance();
        }
        docs
    }

    /// Behind the next `;`, or a whole `{ … }`, or before the `}` that closes what surrounds this.
    pub(super) fn skip_item(&mut self) {
        let mut depth = 0;
        loop {
            match self.peek() {
                Kind::End => return,
                Kind::Mark(';') if depth == 0 => return self.advance(),
                Kind::Mark('{') => depth += 1,
                Kind::Mark('}') if depth <= 1 => return self.advance(),
                Kind::Mark('}') => depth -= 1,
                _ => {}
            }
            self.advance();
        }
    }

    /// As `skip_item`, inside an interface: its own `}` stays.
    pub(super) fn skip_member(&mut self) {
        if *self.peek() != Kind::Mark('}') {
            self.skip_to_member_end();
        }
    }

    pub(super) fn skip_to_member_end(&mut self) {
        let mut depth = 0;
        loop {
            match self.peek() {
                Kind::End => return,
                Kind::Mark(';') if depth == 0 => return self.advance(),
                Kind::Mark('}') if depth == 0 => return,
                Kind::Mark('{') => depth += 1,
                Kind::Mark('}') => {
                    depth -= 1;
                    if depth == 0 {
                        return self.advance();
                    }
                }
                _ => {}
            }
            self.advance();
        }
    }

    /// As `list`, for a type's body. A type that is wrong inside still has a name.
    pub(super) fn body<T>(
        &mut self,
        help: &str,
        part: impl FnMut(&mut Self) -> Option<T>,
        body: impl FnOnce(Vec<T>) -> Body,
    ) -> Option<Body> {
        let before = self.log.0.len();
        let parts = self.list('}', help, part)?;
        Some(if self.log.0.len() == before { body(parts) } else { Body::Broken })
    }

    /// Parts divided by commas up to `close`, which it takes.
    pub(super) fn list<T>(
        &mut self,
        close: char,
        help: &str,
        mut part: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut parts = Vec::new();
        let mut good = true;
        while !self.take(close) {
            match part(self) {
                Some(found) => parts.push(found),
                None => {
                    good = false;
                    self.skip_part(close);
                }
            }
            if self.take(close) {
                break;
            }
            if !self.take(',') {
                if good {
                    self.unexpected::<()>(&format!("`,` or `{close}`"), help);
                }
                good = false;
                self.skip_part(close);
                if !self.take(',') && *self.peek() != Kind::Mark(close) {
                    return None;
                }
            }
        }
        Some(parts)
    }

    /// Before the next `,` or `close` of this list.
    pub(super) fn skip_part(&mut self, close: char) {
        let mut depth = 0;
        loop {
            match self.peek() {
                Kind::End | Kind::Mark(';') => return,
                Kind::Mark(mark) if depth == 0 && (*mark == ',' || *mark == close) => return,
                Kind::Mark('}') if depth == 0 => return,
                Kind::Mark('{' | '(' | '[') => depth += 1,
                Kind::Mark('}' | ')' | ']') => depth = (depth - 1).max(0),
                _ => {}
            }
            self.advance();
        }
    }
}
