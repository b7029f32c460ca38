//! Types as the build tool is told of them, put together by the compiler.

use super::{Field, Type};

/// Bytes of a type's description and the end of its line.
#[doc(hidden)]
#[must_use]
pub const fn description_length(of: Type) -> usize {
    let mut counted = Counted::<0> { bytes: [], length: 0 };
    counted.description(of);
    counted.length + 1
}

/// The description and the end of its line.
#[doc(hidden)]
#[must_use]
pub const fn description<const N: usize>(of: Type) -> [u8; N] {
    let mut counted = Counted { bytes: [b'\n'; N], length: 0 };
    counted.description(of);
    counted.bytes
}

/// As many bytes as fit, and how many there are.
struct Counted<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Counted<N> {
    const fn byte(&mut self, byte: u8) {
        if self.length < N {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    const fn word(&mut self, word: &str) {
        let mut i = 0;
        while i < word.len() {
            self.byte(word.as_bytes()[i]);
            i += 1;
        }
    }

    const fn number(&mut self, number: i128) {
        if number < 0 {
            self.byte(b'-');
        }
        let mut power = 1;
        while number.unsigned_abs() / power >= 10 {
            power *= 10;
        }
        while power > 0 {
            self.byte(b'0' + (number.unsigned_abs() / power % 10) as u8);
            power /= 10;
        }
    }

    const fn description(&mut self, of: Type) {
        match of {
            Type::Bool => self.word("bool"),
            Type::Integer(name) => self.word(name),
            Type::Text(bytes) => {
                self.word("text(");
                self.number(bytes as i128);
                self.byte(b')');
            }
            Type::Array(entry, count) => {
                self.byte(b'[');
                self.description(*entry);
                self.byte(b';');
                self.number(count as i128);
                self.byte(b']');
            }
            Type::Optional(value) => {
                self.byte(b'?');
                self.description(*value);
            }
            Type::Clients(value, count) => {
                self.word("clients[");
                self.description(*value);
                self.byte(b';');
                self.number(count as i128);
                self.byte(b']');
            }
            Type::Form(bytes, forms) => {
                self.word("form(");
                self.number(bytes as i128);
                self.byte(b';');
                self.word(forms);
                self.byte(b')');
            }
            Type::Struct(fields) => self.fields(fields),
            Type::Enum(names) => self.variants(names),
        }
    }

    const fn fields(&mut self, fields: &[Field]) {
        let mut i = 0;
        while i < fields.len() {
            self.byte(if i == 0 { b'{' } else { b',' });
            self.word(fields[i].name);
            self.byte(b':');
            self.description(fields[i].kind);
            if let Some((least, most)) = fields[i].range {
                self.byte(b'(');
                self.number(least);
                self.word("..");
                self.number(most);
                self.byte(b')');
            }
            i += 1;
        }
        self.byte(b'}');
    }

    const fn variants(&mut self, names: &[&str]) {
        let mut i = 0;
        while i < names.len() {
            self.byte(if i == 0 { b'<' } else { b'|' });
            self.word(names[i]);
            i += 1;
        }
        self.byte(b'>');
    }
}
