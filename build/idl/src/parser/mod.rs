//! Words to a [`File`]. After a mistake it goes on behind the next `;`, `,` or `}`, so that one
//! run finds all of them.

mod cursor;
mod operation;

use crate::code::Code;
use crate::diagnostic::Log;
use crate::lexer::{Kind, Token};
use crate::syntax::{Body, Event, Field, File, Interface, TypeItem, Variant};

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
        let (encodings, types) = (Vec::new(), Vec::new());
        let (operations, events) = (Vec::new(), Vec::new());
        let mut interface = Interface { docs, name, encodings, types, operations, events };
        while !self.take('}') {
            if *self.peek() == Kind::End {
                let span = interface.name.span;
                self.log.error(
                    Code::Unclosed,
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
            self.expect_end("write `encoding ssmarshal;`")?;
            interface.encodings.push(name);
        } else if self.take_word("notify") {
            let name = self.name("an event", "write `notify changed;`")?;
            self.expect_end("write `notify changed;`")?;
            interface.events.push(Event { docs, name });
        } else if let Some(item) = self.type_item(docs) {
            interface.types.push(item?);
        } else {
            return self.unexpected(
                "a member",
                "write an operation with its number, such as `1: name();`, or `struct`, `enum`, \
                 `error`, `notify` or `encoding`",
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
}
