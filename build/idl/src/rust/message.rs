//! Messages and, where their encoding needs a type, answers.

use super::{IPC, USE_IPC, types};
use crate::model::{Encoding, Field, Model, Operation, Returns, Type};
use crate::names::camel;
use crate::writer::Writer;

/// Whether the result travels as a type of its own.
pub fn has_answer(op: &Operation) -> bool {
    // Basic types are the same bytes under both encodings.
    op.encoding == Encoding::Ssmarshal
        && matches!(&op.result, Returns::Value(ty) if !matches!(ty, Type::Basic(_)))
}

/// The modules `message` and `answer`.
pub fn write(model: &Model, w: &mut Writer) {
    w.line("");
    w.line("/// Arguments as they travel.");
    w.block("pub mod message", |w| {
        if model.operations.iter().any(has_head) {
            w.line(USE_IPC);
        }
        for op in model.operations.iter().filter(|op| has_head(op)) {
            write_message(model, op, w);
        }
    });
    if !model.operations.iter().any(has_answer) {
        return;
    }
    w.line("");
    w.line("/// Values as they travel back.");
    w.block("pub mod answer", |w| {
        w.line(USE_IPC);
        for op in model.operations.iter().filter(|op| has_answer(op)) {
            write_answer(model, op, w);
        }
    });
}

fn write_message(model: &Model, op: &Operation, w: &mut Writer) {
    let name = camel(&op.name);
    w.line("");
    let fixed = op.encoding == Encoding::Fixed;
    w.line(format!("/// Of `{}`.", op.name));
    types::derives(fixed, !fixed, w);
    w.line("#[repr(C)]");
    w.block(format!("pub struct {name}"), |w| {
        for Field { name, ty, .. } in &op.message {
            w.line(format!("/// `{name}`"));
            w.line(format!("pub {name}: {},", model.type_name(ty, "super::")));
        }
        if op.padding > 0 {
            w.line("/// Up to a multiple of the alignment.");
            w.line(format!("pub zeros_: [{IPC}::Zero; {}],", op.padding));
        }
    });
    if fixed {
        w.line(format!("impl {IPC}::Fixed for {name} {{}}"));
    } else {
        write_wire(&name, op.message_size, w);
    }
}

/// What the arguments travel as; `lifetime` is that of a list.
pub fn message_type(model: &Model, op: &Operation, parent: &str) -> String {
    let head = head_type(op, parent);
    match &op.list {
        None => head,
        Some((list, _)) => {
            let element = model.type_name(&list.element, parent);
            format!("{IPC}::WithList<'_, {head}, {element}, {}>", list.limit)
        }
    }
}

/// What the arguments but a list travel as.
pub fn head_type(op: &Operation, parent: &str) -> String {
    if has_head(op) { format!("{parent}message::{}", camel(&op.name)) } else { "()".into() }
}

/// Whether there are arguments in the message, not counting a list.
pub fn has_head(op: &Operation) -> bool {
    !op.message.is_empty()
}

fn write_answer(model: &Model, op: &Operation, w: &mut Writer) {
    let name = camel(&op.name);
    w.line("");
    let result = super::result(model, op, "super::");
    w.line(format!("/// Of `{}`.", op.name));
    types::derives(false, true, w);
    w.line(format!("pub struct {name}(pub {result});"));
    w.block(format!("impl ::core::convert::From<{result}> for {name}"), |w| {
        w.block(format!("fn from(value: {result}) -> Self"), |w| w.line("Self(value)"));
    });
    write_wire(&name, op.result_size, w);
}

fn write_wire(name: &str, size: u64, w: &mut Writer) {
    w.block(format!("impl {IPC}::Wire for {name}"), |w| {
        w.line(format!("const MAX: usize = {size};"));
        w.line("const EXACT: bool = false;");
        let head = format!("fn store<'r>(&self, room: &'r mut [u8]) -> Option<{IPC}::Payload<'r>>");
        w.block(head, |w| {
            w.line(format!("let room = room.get_mut(..{size})?;"));
            w.line("let length = ::ssmarshal::serialize(room, self).ok()?;");
            w.line(format!("Some({IPC}::Payload::new(room.get(..length)?))"));
        });
    });
    w.block(format!("impl {IPC}::Decode<'_> for {name}"), |w| {
        w.block(format!("fn decode(bytes: &[u8]) -> Result<Self, {IPC}::ReplyFault>"), |w| {
            w.line("// Zeros follow, since ssmarshal does not expect a message to end early.");
            w.line(format!("let mut whole = [0; {size}];"));
            w.block_end("let Some(start) = whole.get_mut(..bytes.len()) else", "};", |w| {
                w.line(format!("return Err({IPC}::ReplyFault::BadMessageSize);"));
            });
            w.line("start.copy_from_slice(bytes);");
            w.block("match ::ssmarshal::deserialize(&whole)", |w| {
                w.line("Ok((value, used)) if used == bytes.len() => Ok(value),");
                w.line(format!("Ok(_) => Err({IPC}::ReplyFault::BadMessageSize),"));
                w.line(format!("Err(_) => Err({IPC}::ReplyFault::BadMessageContents),"));
            });
        });
    });
}
