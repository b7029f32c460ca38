//! Operations and the types they use.

use super::Parser;
use crate::code::Code;
use crate::diagnostic::Span;
use crate::lexer::Kind;
use crate::syntax::{Argument, Direction, Number, Operation, Returns, Type, TypeKind};

/// How deep arrays of arrays may go. Keeps hostile text from exhausting the stack.
const MAX_DEPTH: usize = 8;

impl Parser<'_> {
    pub(super) fn ty(&mut self, depth: usize) -> Option<Type> {
        let help = "write a type: u8 to u64, i8 to i64, bool, `[T; N]`, or a struct or enum of \
                    this file";
        let start = self.span();
        if !self.take('[') {
            let name = self.name("a type", help)?;
            return Some(Type { kind: TypeKind::Named(name.text), span: name.span });
        }
        let kind = self.bracketed(depth, &start);
        if kind.is_none() {
            self.skip_bracket();
        }
        Some(Type { kind: kind?, span: start.start..self.last_end() })
    }

    /// Behind the `[` at `start`, up to and with `]`.
    fn bracketed(&mut self, depth: usize, start: &Span) -> Option<TypeKind> {
        if depth == MAX_DEPTH {
            let message = "this array stands too deep in other arrays";
            self.log.error(
                Code::TooDeep,
                start,
                message,
                format!("use at most {MAX_DEPTH} levels"),
            );
            return None;
        }
        let element = Box::new(self.ty(depth + 1)?);
        let kind = if self.take(';') {
            TypeKind::Array(element, self.number("a length", "write `[u8; 4]`")?)
        } else {
            TypeKind::Slice(element)
        };
        self.expect(']', "write `[u8; 4]`, or `[u8]` for what is lent")?;
        Some(kind)
    }

    /// Behind the `]` that closes an array that is wrong inside.
    fn skip_bracket(&mut self) {
        let mut depth = 1;
        while depth > 0 {
            match self.peek() {
                Kind::End | Kind::Mark('{' | '}' | '(' | ')') => return,
                Kind::Mark('[') => depth += 1,
                Kind::Mark(']') => depth -= 1,
                _ => {}
            }
            self.advance();
        }
    }

    pub(super) fn operation(&mut self, docs: Vec<String>) -> Option<Operation> {
        let help = "write `1: name(argument: u32) -> u32 or Error;`";
        let number = self.number("the operation's number", help)?;
        self.expect(':', help)?;
        let (mut idempotent, mut encoding) = (false, None);
        loop {
            // An operation may be called `encoding` or `idempotent`: then `(` follows.
            let modifies =
                !matches!(self.tokens.get(self.at + 1), Some(t) if t.kind == Kind::Mark('('));
            if modifies && self.take_word("idempotent") {
                idempotent = true;
            } else if modifies && self.take_word("encoding") {
                encoding = Some(self.name("an encoding", "write `encoding ssmarshal`")?);
            } else {
                break;
            }
        }
        self.refuse_word_before_name("write `idempotent`, `encoding ssmarshal`, or just the name")?;
        let name = self.name("the operation's name", help)?;
        self.expect('(', help)?;
        let before = self.log.0.len();
        let arguments = self.list(')', help, Self::argument)?;
        if self.log.0.len() > before {
            return None;
        }
        let result = if *self.peek() == Kind::Arrow { Some(self.result()?) } else { None };
        let error = if self.take_word("or") { Some(self.name("an error", help)?) } else { None };
        self.expect_end("an operation ends in `;`, after `-> TYPE` and `or ERROR`, if any")?;
        Some(Operation { docs, number, idempotent, encoding, name, arguments, result, error })
    }

    pub(super) fn result(&mut self) -> Option<Returns> {
        self.advance();
        if self.take('!') {
            return Some(Returns::Never);
        }
        if *self.peek() == Kind::Mark('(') {
            return self.unexpected(
                "a type",
                "leave `->` out if there is no value: `name() or Error;`; for several values \
                 declare a struct",
            );
        }
        let ty = self.ty(0)?;
        Some(Returns::Value(ty, self.limit("write `-> u32`, or `-> [u8] up to 128`")?))
    }

    /// `up to N`, if it stands here.
    fn limit(&mut self, help: &str) -> Option<Option<Number>> {
        if !self.take_word("up") {
            return Some(None);
        }
        if !self.take_word("to") {
            return self.unexpected("`to`", help);
        }
        self.number("a number", help).map(Some)
    }

    pub(super) fn argument(&mut self) -> Option<Argument> {
        let help = "write `name: u32`, `name: [u8] up to 64`, or `lend name: [u8] up to 4096`";
        // What an argument does is the interface's to tell; its docs are the operation's.
        if matches!(self.peek(), Kind::Doc(_)) {
            return self.unexpected("an argument", "describe arguments in the operation's comment");
        }
        let optional = self.is_before_lend() && self.take_word("optional");
        let lend = self.direction();
        self.refuse_word_before_name(
            "write `lend`, `lend mut`, `lend inout`, one of them behind `optional`, or just the name",
        )?;
        let name = self.name("an argument", help)?;
        self.expect(':', help)?;
        let ty = self.ty(0)?;
        let limit = self.limit(help)?;
        Some(Argument { optional, lend, name, ty, limit })
    }

    fn is_before_lend(&self) -> bool {
        let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
        matches!(next, Some(Kind::Word(word)) if word == "lend")
    }

    pub(super) fn direction(&mut self) -> Option<Direction> {
        // `lend: u32` is an argument of that name.
        let is_name = matches!(self.tokens.get(self.at + 1), Some(t) if t.kind == Kind::Mark(':'));
        if is_name || !self.take_word("lend") {
            return None;
        }
        let is_name = matches!(self.tokens.get(self.at + 1), Some(t) if t.kind == Kind::Mark(':'));
        if !is_name && self.take_word("mut") {
            Some(Direction::Write)
        } else if !is_name && self.take_word("inout") {
            Some(Direction::ReadWrite)
        } else {
            Some(Direction::Read)
        }
    }
}
