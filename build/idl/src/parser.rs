//! Words to a [`File`]. After a mistake it goes on behind the next `;`, `,` or `}`, so that one
//! run finds all of them.

use crate::diagnostic::{Log, Span};
use crate::lexer::{Kind, Token};
use crate::syntax::{
    Argument, Body, Direction, Field, File, Interface, Name, Number, Operation, Type, TypeItem,
    TypeKind, Variant,
};

/// How deep arrays of arrays may go. Keeps hostile text from exhausting the stack.
const MAX_DEPTH: usize = 8;

pub struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    log: &'a mut Log,
}

/// Parses all of it. `tokens` ends in `End`.
pub fn file(tokens: Vec<Token>, log: &mut Log) -> File {
    let mut parser = Parser { tokens, at: 0, log };
    let mut file = File { docs: parser.file_docs(), ..File::default() };
    while *parser.peek() != Kind::End {
        if parser.top_item(&mut file).is_none() {
            parser.skip_item();
        }
    }
    file
}

impl Parser<'_> {
    fn peek(&self) -> &Kind {
        &self.tokens[self.at].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.at].span.clone()
    }

    fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    /// Whether the word here is this one; does not take it.
    fn at_word(&self, word: &str) -> bool {
        matches!(self.peek(), Kind::Word(w) if w == word)
    }

    /// Takes this mark if it stands here.
    fn take(&mut self, mark: char) -> bool {
        let found = *self.peek() == Kind::Mark(mark);
        if found {
            self.advance();
        }
        found
    }

    /// Takes this word if it stands here.
    fn take_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, mark: char, help: &str) -> Option<()> {
        if self.take(mark) {
            return Some(());
        }
        self.unexpected(&format!("`{mark}`"), help)
    }

    fn unexpected<T>(&mut self, wanted: &str, help: &str) -> Option<T> {
        let found = match self.peek() {
            Kind::Word(word) => format!("`{word}`"),
            Kind::Number(number) => format!("`{number}`"),
            Kind::Doc(_) => "a doc comment".into(),
            Kind::FileDoc(_) => "a `//!` comment".into(),
            Kind::Mark(mark) => format!("`{mark}`"),
            Kind::Arrow => "`->`".into(),
            Kind::End => "the end of the file".into(),
        };
        let span = self.span();
        self.log.error(&span, format!("{found} where {wanted} should be"), help);
        None
    }

    fn name(&mut self, what: &str, help: &str) -> Option<Name> {
        match self.peek() {
            Kind::Word(word) => {
                let name = Name { text: word.clone(), span: self.span() };
                self.advance();
                Some(name)
            }
            _ => self.unexpected(what, help),
        }
    }

    fn number(&mut self, what: &str, help: &str) -> Option<Number> {
        let start = self.span().start;
        let negative = self.take('-');
        let span = start..self.span().end;
        let &Kind::Number(magnitude) = self.peek() else { return self.unexpected(what, help) };
        self.advance();
        // Out of every type's range, whatever the sign.
        let magnitude = i128::try_from(magnitude).unwrap_or(i128::MAX);
        Some(Number { value: if negative { -magnitude } else { magnitude }, span })
    }

    fn file_docs(&mut self) -> Vec<String> {
        let mut docs = Vec::new();
        while let Kind::FileDoc(text) = self.peek() {
            docs.push(text.clone());
            self.advance();
        }
        docs
    }

    fn docs(&mut self) -> Vec<String> {
        let mut docs = Vec::new();
        while let Kind::Doc(text) = self.peek() {
            docs.push(text.clone());
            self.advance();
        }
        docs
    }

    /// Behind the next `;`, or a whole `{ … }`, or before the `}` that closes what surrounds this.
    fn skip_item(&mut self) {
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
    fn skip_member(&mut self) {
        if *self.peek() != Kind::Mark('}') {
            self.skip_to_member_end();
        }
    }

    fn skip_to_member_end(&mut self) {
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

    fn top_item(&mut self, file: &mut File) -> Option<()> {
        let docs = self.docs();
        if self.at_word("interface") {
            let interface = self.interface(docs)?;
            file.interfaces.push(interface);
        } else if let Some(item) = self.type_item(docs) {
            file.types.push(item?);
        } else {
            return self.unexpected(
                "a declaration",
                "write `interface`, `struct`, `enum` or `error`; `//!` stands before all of them",
            );
        }
        Some(())
    }

    fn interface(&mut self, docs: Vec<String>) -> Option<Interface> {
        self.advance();
        let name = self.name("the interface's name", "write `interface Name { … }`")?;
        self.expect('{', "write `interface Name { … }`")?;
        let (encodings, types, operations) = (Vec::new(), Vec::new(), Vec::new());
        let mut interface = Interface { docs, name, encodings, types, operations };
        while !self.take('}') {
            if *self.peek() == Kind::End {
                let span = interface.name.span;
                self.log.error(
                    &span,
                    "this interface is not closed",
                    "write `}` after its last line",
                );
                return None;
            }
            if self.member(&mut interface).is_none() {
                self.skip_member();
            }
        }
        Some(interface)
    }

    fn member(&mut self, interface: &mut Interface) -> Option<()> {
        let docs = self.docs();
        if matches!(self.peek(), Kind::Number(_) | Kind::Mark('-')) {
            let operation = self.operation(docs)?;
            interface.operations.push(operation);
        } else if self.take_word("encoding") {
            let name = self.name("an encoding", "write `encoding ssmarshal;`")?;
            self.expect(';', "write `encoding ssmarshal;`")?;
            interface.encodings.push(name);
        } else if let Some(item) = self.type_item(docs) {
            interface.types.push(item?);
        } else if self.at_word("notify") {
            return self
                .unexpected("a member", "notifications cannot be declared yet; leave it out");
        } else {
            return self.unexpected(
                "a member",
                "write an operation with its number, such as `1: name();`, or `struct`, `enum`, \
                 `error` or `encoding`",
            );
        }
        Some(())
    }

    /// None: no type is declared here. Some(None): one is, wrongly.
    fn type_item(&mut self, docs: Vec<String>) -> Option<Option<TypeItem>> {
        if self.take_word("struct") {
            Some(self.struct_item(docs))
        } else if self.take_word("enum") {
            Some(self.enum_item(docs))
        } else if self.take_word("error") {
            Some(self.error_item(docs))
        } else {
            None
        }
    }

    fn struct_item(&mut self, docs: Vec<String>) -> Option<TypeItem> {
        let help = "write `struct Name { field: u32, … }`";
        let name = self.name("the struct's name", help)?;
        self.expect('{', help)?;
        let field = |parser: &mut Self| {
            let docs = parser.docs();
            let name = parser.name("a field", help)?;
            parser.expect(':', "write the field's type: `field: u32`")?;
            Some(Field { docs, name, ty: parser.ty(0)? })
        };
        let body = self.body(help, field, Body::Struct)?;
        Some(TypeItem { docs, name, body })
    }

    fn enum_item(&mut self, docs: Vec<String>) -> Option<TypeItem> {
        let help = "write `enum Name: u8 { Variant = 0, … }`";
        let name = self.name("the enum's name", help)?;
        let repr = if self.take(':') { Some(self.name("an integer type", help)?) } else { None };
        self.expect('{', help)?;
        let enumeration = |variants| Body::Enum { repr, variants };
        let body = self.body(help, |parser| parser.variant(help), enumeration)?;
        Some(TypeItem { docs, name, body })
    }

    fn error_item(&mut self, docs: Vec<String>) -> Option<TypeItem> {
        let help = "write `error Name { Variant = 1, … }`";
        let name = self.name("the error's name", help)?;
        self.expect('{', help)?;
        let body = self.body(help, |parser| parser.variant(help), Body::Error)?;
        Some(TypeItem { docs, name, body })
    }

    fn variant(&mut self, help: &str) -> Option<Variant> {
        let docs = self.docs();
        let name = self.name("a variant", help)?;
        let data_help = "write what the variant carries: `Name(u32, u8)`";
        let data = if self.take('(') {
            Some(self.list(')', data_help, |parser| parser.ty(0))?)
        } else {
            None
        };
        if *self.peek() == Kind::Mark('{') {
            return self.unexpected("`,`", data_help);
        }
        let value = if self.take('=') { Some(self.number("a number", help)?) } else { None };
        Some(Variant { docs, name, value, data })
    }

    /// As `list`, for a type's body. A type that is wrong inside still has a name.
    fn body<T>(
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
    fn list<T>(
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
    fn skip_part(&mut self, close: char) {
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

    fn ty(&mut self, depth: usize) -> Option<Type> {
        let help =
            "write a type: u8 to u64, i8 to i64, bool, `[T; N]`, or a struct or enum of this file";
        let start = self.span();
        if !self.take('[') {
            let name = self.name("a type", help)?;
            return Some(Type { kind: TypeKind::Named(name.text), span: name.span });
        }
        if depth == MAX_DEPTH {
            return self.unexpected("an element type", "use fewer levels of arrays");
        }
        let element = Box::new(self.ty(depth + 1)?);
        let kind = if self.take(';') {
            TypeKind::Array(element, self.number("a length", "write `[u8; 4]`")?)
        } else {
            TypeKind::Slice(element)
        };
        let span = start.start..self.span().end;
        self.expect(']', "write `[u8; 4]`, or `[u8]` for what is lent")?;
        Some(Type { kind, span })
    }

    fn operation(&mut self, docs: Vec<String>) -> Option<Operation> {
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
        let name = self.name("the operation's name", help)?;
        self.expect('(', help)?;
        let before = self.log.0.len();
        let arguments = self.list(')', help, Self::argument)?;
        if self.log.0.len() > before {
            return None;
        }
        let result = if *self.peek() == Kind::Arrow { Some(self.result()?) } else { None };
        let error = if self.take_word("or") { Some(self.name("an error", help)?) } else { None };
        self.expect(
            ';',
            "an operation ends in `;`, after `-> TYPE` and `or ERROR` if it has them",
        )?;
        Some(Operation { docs, number, idempotent, encoding, name, arguments, result, error })
    }

    fn result(&mut self) -> Option<Type> {
        self.advance();
        if *self.peek() == Kind::Mark('(') {
            return self.unexpected(
                "a type",
                "leave `->` out if there is no value: `name() or Error;`; for several values \
                 declare a struct",
            );
        }
        self.ty(0)
    }

    fn argument(&mut self) -> Option<Argument> {
        let help = "write `name: u32`, or `lend name: [u8] up to 4096`";
        // What an argument does is the interface's to tell; its docs are the operation's.
        if matches!(self.peek(), Kind::Doc(_)) {
            return self.unexpected("an argument", "describe arguments in the operation's comment");
        }
        let lend = self.direction();
        let name = self.name("an argument", help)?;
        self.expect(':', help)?;
        let ty = self.ty(0)?;
        let limit = if self.take_word("up") {
            if !self.take_word("to") {
                return self.unexpected("`to`", help);
            }
            Some(self.number("a number of bytes", help)?)
        } else {
            None
        };
        Some(Argument { lend, name, ty, limit })
    }

    fn direction(&mut self) -> Option<Direction> {
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
