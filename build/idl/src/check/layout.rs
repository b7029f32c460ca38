//! How large types are, and where they would have padding.

use super::types::{Types, defined, parts};
use crate::code::Code;
use crate::diagnostic::Log;
use crate::model::{Body, Choice, Field, Layout, Type};

/// Sizes beyond this are not told apart, so that no sum overflows.
const HUGE: u64 = 1 << 40;
/// How deep types may contain each other.
const MAX_DEPTH: usize = 32;

impl Types {
    /// Computes the layout of a type and of all that it contains.
    pub(super) fn compute(
        &mut self,
        index: usize,
        done: &mut [bool],
        open: &mut Vec<usize>,
        log: &mut Log,
    ) {
        if done[index] {
            return;
        }
        if open.contains(&index) || open.len() == MAX_DEPTH {
            let name = &self.defs[index].name;
            let (code, message, help) = if open.contains(&index) {
                let help = "there are no pointers: name the other one by a number".into();
                (Code::ContainsItself, format!("`{name}` contains itself"), help)
            } else {
                let message = format!("`{name}` stands too deep in other types");
                (Code::TooDeep, message, format!("use at most {MAX_DEPTH} levels"))
            };
            log.error(code, &self.notes[index].span.clone(), message, help);
            self.notes[index].broken = true;
            done[index] = true;
            return;
        }
        open.push(index);
        for part in parts(&self.defs[index].body) {
            if let Some(inner) = defined(&part) {
                self.compute(inner, done, open, log);
                self.notes[index].broken |= self.notes[inner].broken;
                self.notes[index].data |= self.notes[inner].data;
            }
        }
        open.pop();
        if !done[index] && !self.notes[index].broken {
            self.lay_out(index);
        }
        done[index] = true;
    }

    fn lay_out(&mut self, index: usize) {
        let mut body = self.defs[index].body.clone();
        self.defs[index].layout = match &mut body {
            Body::Struct(fields) => self.lay_out_struct(index, fields),
            Body::Plain(repr, _) => Layout { size: repr.size(), align: repr.size(), packed: 1 },
            Body::Data(choices) => {
                self.notes[index].data = true;
                let packed = |choice: &Choice| {
                    choice.data.iter().map(|ty| self.layout(ty).packed).sum::<u64>()
                };
                let longest: u64 = choices.iter().map(packed).max().unwrap_or(0);
                Layout { size: 0, align: 1, packed: (longest + 1).min(HUGE) }
            }
        };
        self.defs[index].body = body;
    }

    fn lay_out_struct(&mut self, index: usize, fields: &mut [Field]) -> Layout {
        let mut total = Layout { size: 0, align: 1, packed: 0 };
        let mut gap = None;
        for (field, span) in fields.iter_mut().zip(&self.notes[index].parts) {
            let layout = self.layout(&field.ty);
            field.offset = total.size.next_multiple_of(layout.align);
            let missing = field.offset - total.size;
            if missing > 0 && gap.is_none() {
                let message = format!("{} would stand before `{}`", bytes(missing), field.name);
                gap = Some((span.clone(), message, fill(missing, "before it")));
            }
            total.size = field.offset + layout.size;
            total.align = total.align.max(layout.align);
            total.packed += layout.packed;
        }
        let missing = total.size.next_multiple_of(total.align) - total.size;
        if missing > 0 && gap.is_none() {
            let message =
                format!("{} would stand at the end of `{}`", bytes(missing), self.defs[index].name);
            gap =
                Some((self.notes[index].span.clone(), message, fill(missing, "as its last field")));
        }
        self.notes[index].gap = gap;
        let size = (total.size + missing).min(HUGE);
        Layout { size, align: total.align, packed: total.packed.min(HUGE) }
    }

    /// What a type needs.
    pub fn layout(&self, ty: &Type) -> Layout {
        match ty {
            Type::Basic(basic) => {
                Layout { size: basic.size(), align: basic.size(), packed: basic.size() }
            }
            Type::Array(element, count) => {
                let one = self.layout(element);
                let times = |size: u64| size.saturating_mul(*count).min(HUGE);
                Layout { size: times(one.size), align: one.align, packed: times(one.packed) }
            }
            Type::Defined(index) => self.defs[*index].layout,
        }
    }
}

fn bytes(count: u64) -> String {
    if count == 1 { "1 byte of padding".into() } else { format!("{count} bytes of padding") }
}

fn fill(missing: u64, place: &str) -> String {
    format!("put large fields first, or write `reserved: [u8; {missing}]` {place}")
}
