//! The server's trait, and what calls it.

use super::{IPC, USE_IPC, access, allow_many, answer, error, message_type, parameters, result};
use crate::model::{ArgumentKind, Encoding, Model, Operation};
use crate::names::camel;
use crate::writer::Writer;

/// The module `server`.
pub fn write(model: &Model, w: &mut Writer) {
    w.line("");
    w.line("/// The answering side.");
    w.block("pub mod server", |w| {
        w.line(USE_IPC);
        w.line("pub use ::userlib::ipc::Refuse;");
        w.line("");
        write_trait(model, w);
        w.line("");
        write_serve(model, w);
        w.line("");
        write_dispatch(model, w);
        for op in &model.operations {
            w.line("");
            write_decode(model, op, w);
        }
        w.line("");
        write_replies(model, w);
    });
}

fn write_trait(model: &Model, w: &mut Writer) {
    w.docs(&model.docs, &format!("A server of `{}`.", model.name));
    w.block(format!("pub trait {}", model.name), |w| {
        for op in &model.operations {
            let lease = |direction| format!("{IPC}::Lease<{IPC}::{}>", access(direction));
            let mut all = vec!["&mut self".to_string(), format!("caller: {IPC}::Caller")];
            all.extend(parameters(model, op, lease));
            let result = result(model, op, "super::");
            let error = error(op, "super::");
            w.docs(&op.docs, &format!("`{}`", op.name));
            allow_many(op, w);
            w.line(format!(
                "fn {}({}) -> Result<{result}, Refuse{error}>;",
                op.name,
                all.join(", ")
            ));
            w.line("");
        }
        w.line("/// These notifications came.");
        w.block(format!("fn notified(&mut self, bits: {IPC}::Bits)"), |w| w.line("let _ = bits;"));
    });
}

fn write_serve(model: &Model, w: &mut Writer) {
    w.line("/// Serves for ever, and passes on these notifications.");
    let head = format!(
        "pub fn serve<S: {}>(notifications: impl Into<{IPC}::Bits>, server: S) -> !",
        model.name
    );
    w.block(head, |w| {
        let (message, room) = (longest(model, buffer), longest(model, room));
        w.line(format!(
            "{IPC}::serve(notifications.into(), &mut Serve(server), {message}, {room})"
        ));
    });
}

/// A buffer for the longest.
fn longest(model: &Model, size: fn(&Operation) -> Option<u64>) -> String {
    let longest = model.operations.iter().filter_map(size).max();
    longest.map_or("&mut []".into(), |size| format!("&mut {IPC}::Buffer::<{size}>::new()"))
}

/// What a message needs that does not come in registers.
fn buffer(op: &Operation) -> Option<u64> {
    Some(op.message_size).filter(|&size| size > abi::INLINE as u64)
}

/// What an answer needs that does not leave in registers, or is put together before.
fn room(op: &Operation) -> Option<u64> {
    let packed = op.encoding == Encoding::Ssmarshal;
    Some(op.result_size).filter(|&size| packed || size > abi::INLINE as u64)
}

fn write_dispatch(model: &Model, w: &mut Writer) {
    w.line("/// A server as the receive loop sees it.");
    w.line("#[derive(Debug)]");
    w.line("pub struct Serve<S>(pub S);");
    w.line("");
    w.block(format!("impl<S: {}> {IPC}::Dispatch for Serve<S>", model.name), |w| {
        let head = format!(
            "fn dispatch<'r>(&mut self, request: &{IPC}::Request<'_>, room: &'r mut [u8]) -> {IPC}::Outcome<'r>"
        );
        w.line("#[inline(always)]");
        w.block(head, |w| {
            w.block_end("let outcome = match request.operation()", "};", |w| {
                for op in &model.operations {
                    let name = &op.name;
                    let number = name.to_ascii_uppercase();
                    w.line(format!(
                        "super::op::{number} => decode_{name}(&mut self.0, request, room),"
                    ));
                }
                w.line(format!("_ => Err({IPC}::Outcome::Fault({IPC}::ReplyFault::UndefinedOperation)),"));
            });
            w.block("match outcome", |w| w.line("Ok(outcome) | Err(outcome) => outcome,"));
        });
        w.block(format!("fn notified(&mut self, bits: {IPC}::Bits)"), |w| {
            w.line("self.0.notified(bits);");
        });
    });
}

fn write_decode(model: &Model, op: &Operation, w: &mut Writer) {
    let outcome = format!("{IPC}::Outcome<'r>");
    let answer = answer(model, op, "super::");
    w.line("#[inline(always)]");
    let head = format!(
        "fn decode_{}<'r, S: {}>(server: &mut S, request: &{IPC}::Request<'_>, room: &'r mut [u8]) \
         -> Result<{outcome}, {outcome}>",
        op.name, model.name
    );
    w.block(head, |w| {
        let count = op.leases().count();
        let bind = if op.message.is_empty() { "" } else { "let message = " };
        let message = message_type(op, "super::");
        let number = op.name.to_ascii_uppercase();
        w.line(format!(
            "{bind}request.arguments::<{message}, {answer}>(super::op::{number}, {count})?;"
        ));
        for (number, lease) in op.leases().enumerate() {
            if let ArgumentKind::Lease { direction, limit } = lease.kind {
                let access = access(direction);
                w.line(format!(
                    "let lease_{number} = request.lease::<{IPC}::{access}>({number}, {limit})?;"
                ));
            }
        }
        let mut passed = vec!["request.caller()".to_string()];
        let mut leases = 0;
        for argument in &op.arguments {
            passed.push(match argument.kind {
                ArgumentKind::Value(_) => format!("message.{}", argument.name),
                ArgumentKind::Lease { .. } => {
                    leases += 1;
                    format!("lease_{}", leases - 1)
                }
            });
        }
        w.line(format!("let result = server.{}({});", op.name, passed.join(", ")));
        w.line(format!("Ok({IPC}::Outcome::new::<_, {answer}, _>(result, room))"));
    });
}

fn write_replies(model: &Model, w: &mut Writer) {
    w.line("/// Answers that are given later.");
    w.block("pub mod reply", |w| {
        let parent = "super::super::";
        w.line(USE_IPC);
        for op in &model.operations {
            let never = || "::core::convert::Infallible".to_string();
            let error = op.error.as_ref().map_or_else(never, |name| format!("{parent}{name}"));
            w.line(format!("/// To `{}`.", op.name));
            w.line(format!(
                "pub type {} = {IPC}::Answer<{}, {}, {error}>;",
                camel(&op.name),
                result(model, op, parent),
                answer(model, op, parent),
            ));
        }
    });
}
