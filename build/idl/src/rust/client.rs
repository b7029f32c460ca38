//! The client.

use super::{IPC, USE_IPC, allow_many, answer, error, identity, message, parameters, result};
use crate::model::{Argument, ArgumentKind, Encoding, Model, Operation, Returns};
use crate::syntax::Direction;
use crate::writer::Writer;

/// The module `client`.
pub fn write(model: &Model, w: &mut Writer) {
    let name = &model.name;
    w.line("");
    w.line("/// The asking side.");
    w.block("pub mod client", |w| {
        w.line(USE_IPC);
        w.block_end("::userlib::declared!", "}", |w| {
            w.line(format!("\"client\" \"{}\",", identity(model)));
        });
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
        w.line("declare();");
        w.line(format!("Self {{ link: {IPC}::Link::new(slot) }}"));
    });
    w.line("");
    w.line("/// A client of this task.");
    w.line("#[must_use]");
    w.block(format!("pub fn to(server: {IPC}::TaskId) -> Self"), |w| {
        w.line("declare();");
        w.line(format!("Self {{ link: {IPC}::Link::to(server) }}"));
    });
    w.line("");
    w.line("/// The server, in the life that is meant: of the last answer, that which gave it.");
    w.line("#[must_use]");
    w.block(format!("pub fn server(&self) -> {IPC}::TaskId"), |w| {
        w.line("self.link.server()");
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
    let never = op.result == Returns::Never;
    let mut result = format!(
        "Result<{}, {IPC}::ClientError{}>",
        result(model, op, "super::"),
        error(op, "super::")
    );
    if never {
        result = format!("{IPC}::ClientError");
    }
    w.docs(&op.docs, &format!("`{}`", op.name));
    write_limits(op, w);
    allow_many(op, w);
    w.line("#[inline]");
    w.block(format!("pub fn {}({}) -> {result}", op.name, all.join(", ")), |w| {
        if never {
            w.block_end("let answer_ =", "};", |w| write_call(model, op, w));
            w.line(format!("answer_.map_or_else(|why| why, |()| {IPC}::ClientError::BadAnswer)"));
        } else {
            write_call(model, op, w);
        }
    });
}

fn write_limits(op: &Operation, w: &mut Writer) {
    for argument in &op.arguments {
        let (limit, what) = match &argument.kind {
            ArgumentKind::Value(_) => continue,
            ArgumentKind::List(list) => (list.limit, "elements"),
            ArgumentKind::Lease { limit, .. } => (u64::from(*limit), "bytes"),
        };
        w.line("///");
        w.line(format!("/// `{}`: at most {limit} {what}.", argument.name));
    }
    if op.result == Returns::Never {
        w.line("///");
        w.line("/// Returns only to say why it was not done.");
    }
}

fn write_call(model: &Model, op: &Operation, w: &mut Writer) {
    for argument in op.leases() {
        let ArgumentKind::Lease { limit, optional, .. } = argument.kind else { continue };
        let name = &argument.name;
        let too_long = if optional {
            format!("if {name}.as_ref().is_some_and(|lent| lent.len() > {limit})")
        } else {
            format!("if {name}.len() > {limit}")
        };
        w.block(too_long, |w| w.line(format!("return Err({IPC}::ClientError::TooLong);")));
    }
    let mut fields: Vec<String> = op.message.iter().map(|field| field.name.clone()).collect();
    if op.padding > 0 && message::has_head(op) {
        fields.push(format!("zeros_: [{IPC}::Zero::Zero; {}]", op.padding));
    }
    let head = if fields.is_empty() {
        "()".to_string()
    } else {
        format!("{} {{ {} }}", message::head_type(op, "super::"), fields.join(", "))
    };
    match &op.list {
        None => w.line(format!("let message_ = {head};")),
        Some((list, place)) => w.line(format!(
            "let message_ = {IPC}::WithList::<_, _, {}> {{ head: {head}, list: {} }};",
            list.limit, place.name
        )),
    }
    let leases: Vec<String> = op.leases().map(lend).collect();
    let retry = if op.idempotent { "Idempotent" } else { "Never" };
    let room = if op.list.is_none() && op.encoding == Encoding::Fixed {
        // What lies in memory as it travels needs none.
        "&mut []".to_string()
    } else {
        format!("&mut {IPC}::Buffer::<{}>::new()", op.message_size)
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
    if message::has_answer(op) {
        w.line(format!("{call}.map(|{}(value_)| value_)", answer(model, op, "super::")));
    } else {
        w.line(call);
    }
}

fn lend(lease: &Argument) -> String {
    let ArgumentKind::Lease { direction, optional, .. } = lease.kind else { return String::new() };
    let how = match direction {
        Direction::Write => "write",
        Direction::ReadWrite => "read_write",
        Direction::Read => "read",
    };
    if optional {
        format!("{}.map_or_else({IPC}::Lend::none, {IPC}::Lend::{how})", lease.name)
    } else {
        format!("{IPC}::Lend::{how}({})", lease.name)
    }
}
