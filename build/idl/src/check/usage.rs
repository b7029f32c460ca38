//! Which types travel how, and whether they can.

use super::types::{Types, parts};
use crate::code::Code;
use crate::diagnostic::{Log, Span};
use crate::model::{Body, Encoding, Type};

/// The longest array that serde knows.
const MAX_PACKED_ARRAY: u64 = 32;

impl Types {
    /// Notes that a type travels so, and reports if it cannot.
    pub fn use_as(&mut self, ty: &Type, span: &Span, encoding: Encoding, log: &mut Log) {
        match ty {
            Type::Basic(_) => {}
            Type::Array(element, count) => {
                if encoding == Encoding::Ssmarshal && *count > MAX_PACKED_ARRAY {
                    let message = format!("an array of {count} is too long for ssmarshal");
                    log.error(
                        Code::Unpackable,
                        span,
                        message,
                        "at most 32 elements; lend what is long",
                    );
                }
                self.use_as(element, span, encoding, log);
            }
            Type::Defined(index) => self.use_defined(*index, span, encoding, log),
        }
    }

    fn use_defined(&mut self, index: usize, span: &Span, encoding: Encoding, log: &mut Log) {
        if self.notes[index].broken {
            return;
        }
        let is_data = matches!(self.defs[index].body, Body::Data(_));
        if is_data && encoding == Encoding::Fixed {
            let message = format!("`{}` has data, and so no fixed layout", self.defs[index].name);
            let help = "write `encoding ssmarshal` after the operation's number, or `encoding \
                        ssmarshal;` in the interface";
            return log.error(Code::DataLayout, span, message, help);
        }
        let mark = match encoding {
            Encoding::Fixed => &mut self.defs[index].fixed,
            Encoding::Ssmarshal => &mut self.defs[index].packed,
        };
        if std::mem::replace(mark, true) {
            return;
        }
        if let Some((span, message, help)) = &self.notes[index].gap
            && encoding == Encoding::Fixed
        {
            log.error(Code::Padding, span, message, help);
        }
        self.use_parts(index, encoding, log);
    }

    fn use_parts(&mut self, index: usize, encoding: Encoding, log: &mut Log) {
        let spans = self.notes[index].parts.clone();
        let own = self.notes[index].span.clone();
        let is_struct = matches!(self.defs[index].body, Body::Struct(_));
        for (i, part) in parts(&self.defs[index].body).iter().enumerate() {
            let span = spans.get(i).filter(|_| is_struct).unwrap_or(&own);
            self.use_as(part, span, encoding, log);
        }
        let count = match &self.defs[index].body {
            Body::Struct(_) => 0,
            Body::Plain(_, values) => values.len(),
            Body::Data(choices) => choices.len(),
        };
        if encoding == Encoding::Ssmarshal && count > 256 {
            log.error(
                Code::Unpackable,
                &own,
                format!("{count} variants are too many for ssmarshal"),
                "at most 256",
            );
        }
    }

    /// Checks types that no operation uses as if one did.
    pub fn use_the_rest(&mut self, default: Encoding, log: &mut Log) {
        for index in 0..self.defs.len() {
            if self.defs[index].fixed || self.defs[index].packed || self.notes[index].broken {
                continue;
            }
            let ty = Type::Defined(index);
            let encoding = if self.notes[index].data { Encoding::Ssmarshal } else { default };
            let span = self.notes[index].span.clone();
            self.use_as(&ty, &span, encoding, log);
        }
    }
}
