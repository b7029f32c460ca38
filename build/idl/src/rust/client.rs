//! The client.

use super::{IPC, USE_IPC, allow_many, answer, error, message_type, parameters, result};
use crate::model::{Argument, ArgumentKind, Encoding, Model, Operation};
use crate::syntax::Direction;
use crate::writer::Writer;

/// The module `client`.
pub fn write(model: &Model, w: &mut Writer) {
    let name = &model.name;
    w.line("");
    w.line("/// The asking side.");
    w.block("pub mod client", |w| {
        w.line(USE_IPC);
        w.line("");
        w.docs(&model.docs, &format!("A client of `{name}`."));
        w.line("#[derive(Clone, Debug)]");
        w.block(format!("pub struct {name}"), |w| w.line(format!("link: {IPC}::Link,")));
        w.line("");
        w.block(format!("impl {name}"), |w| {
            write_own(w);
            for op in &model.operations {
                w.line("");
                write_method(model, op, w);
            }
        });
    });
}

fn write_own(w: &mut Writer) {
    w.line("/// A client of the task behind this slot.");
    w.line("#[must_use]");
    w.block("pub fn new(slot: ::userlib::Slot) -> Self", |w| {
        w.line(format!("Self {{ link: {IPC}::Link::new(slot) }}"));
    });
    w.line("");
    w.line("/// A client of this task.");
    w.line("#[must_use]");
    w.block(format!("pub const fn to(server: {IPC}::TaskId) -> Self"), |w| {
        w.line(format!("Self {{ link: {IPC}::Link::to(server) }}"));
    });
    w.line("");
    w.line("/// Every later call gives up at this time of the machine's counter.");
    w.block("pub fn set_deadline(&self, deadline: u64)", |w| {
        w.line("self.link.set_deadline(deadline);");
    });
}

fn write_method(model: &Model, op: &Operation, w: &mut Writer) {
    let slice = |direction| match direction {
        Direction::Read => "&[u8]".to_string(),
        Direction::Write | Direction::ReadWrite => "&mut [u8]".to_string(),
    };
    let mut all = vec!["&self".to_string()];
    all.extend(parameters(model, op, slice));
    let result = format!(
        "Result<{}, {IPC}::ClientError{}>",
        result(model, op, "super::"),
        error(op, "super::")
    );
    w.docs(&op.docs, &format!("`{}`", op.name));
    for lease in op.leases() {
        w.line("///");
        w.line(format!("/// `{}`: at most {} bytes.", lease.name, limit(lease)));
    }
    allow_many(op, w);
    w.line("#[inline]");
    w.block(format!("pub fn {}({}) -> {result}", op.name, all.join(", ")), |w| {
        write_call(model, op, w);
    });
}

fn limit(lease: &Argument) -> u32 {
    match lease.kind {
        ArgumentKind::Lease { limit, .. } => limit,
        ArgumentKind::Value(_) => 0,
    }
}

fn write_call(model: &Model, op: &Operation, w: &mut Writer) {
    for lease in op.leases() {
        w.block(format!("if {}.len() > {}", lease.name, limit(lease)), |w| {
            w.line(format!("return Err({IPC}::ClientError::TooLong);"));
        });
    }
    let mut fields: Vec<String> = op.message.iter().map(|field| field.name.clone()).collect();
    if op.padding > 0 {
        fields.push(format!("zeros_: [{IPC}::Zero::Zero; {}]", op.padding));
    }
    let message = if fields.is_empty() {
        "()".to_string()
    } else {
        format!("{} {{ {} }}", message_type(op, "super::"), fields.join(", "))
    };
    let leases: Vec<String> = op.leases().map(lend).collect();
    let retry = if op.idempotent { "Idempotent" } else { "Never" };
    w.line(format!("let message_ = {message};"));
    let room = match op.encoding {
        // What lies in memory as it travels needs none.
        Encoding::Fixed => "&mut []".to_string(),
        Encoding::Ssmarshal => format!("&mut {IPC}::Buffer::<{}>::new()", op.message_size),
    };
    let buffer = if op.result_size > abi::INLINE as u64 {
        format!("&mut {IPC}::Buffer::<{}>::new()", op.result_size)
    } else {
        "&mut []".to_string()
    };
    let call = format!(
        "self.link.call(super::op::{}, &message_, {room}, &mut {IPC}::Reply::new({buffer}), \
         &[{}], {IPC}::Retry::{retry})",
        op.name.to_ascii_uppercase(),
        leases.join(", "),
    );
    if super::message::has_answer(op) {
        w.line(format!("{call}.map(|{}(value_)| value_)", answer(model, op, "super::")));
    } else {
        w.line(call);
    }
}

fn lend(lease: &Argument) -> String {
    let how = match lease.kind {
        ArgumentKind::Lease { direction: Direction::Write, .. } => "write",
        ArgumentKind::Lease { direction: Direction::ReadWrite, .. } => "read_write",
        _ => "read",
    };
    format!("{IPC}::Lend::{how}({})", lease.name)
}
