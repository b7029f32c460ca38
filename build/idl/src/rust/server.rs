//! The server's trait, and what calls it.

use super::{IPC, USE_IPC, access, allow_many, answer, identity, message, parameters, result};
use crate::model::{ArgumentKind, Encoding, Model, Operation, Returns};
use crate::names::camel;
use crate::writer::Writer;

/// Of an operation that cannot be refused.
const NO_ERROR: &str = "::core::convert::Infallible";

/// The module `server`.
pub fn write(model: &Model, w: &mut Writer) {
    w.line("");
    w.line("/// The answering side.");
    w.block("pub mod server", |w| {
        w.line(USE_IPC);
        w.line("pub use ::userlib::ipc::Refuse;");
        write_declaration(model, w);
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
        if !model.events.is_empty() {
            w.line("");
            write_events(model, w);
        }
    });
}

/// What the build tool compares with clients and the app file, and what it fills in.
fn write_declaration(model: &Model, w: &mut Writer) {
    w.block_end("::userlib::declared!", "}", |w| {
        w.line(format!("\"server\" \"{}\",", identity(model)));
        for op in &model.operations {
            w.line(format!("\"operation\" \"{} {}\",", op.name, op.number));
        }
        for event in &model.events {
            w.line(format!("\"event\" \"{}\",", event.name));
        }
    });
    let events = match model.events.len() {
        0 => String::new(),
        count => format!(", EVENTS: {count}"),
    };
    w.line(format!("::userlib::filled_in!(CALLERS: {}{events});", model.operations.len()));
}

fn write_events(model: &Model, w: &mut Writer) {
    w.line(
        "/// Tells clients what they did not ask for: those whose `events` in `app.toml` say so.",
    );
    w.block("pub mod notify", |w| {
        w.line(USE_IPC);
        for (number, event) in model.events.iter().enumerate() {
            let name = &event.name;
            w.docs(&event.docs, &format!("`{name}`"));
            w.block(format!("pub fn {name}()"), |w| {
                w.line(format!("super::EVENTS[{number}].post();"));
            });
            w.line(format!("/// `{name}`, for this client alone. False if it does not listen."));
            w.block(format!("pub fn {name}_to(client: {IPC}::TaskId) -> bool"), |w| {
                w.line(format!("super::EVENTS[{number}].post_to(client)"));
            });
        }
    });
}

fn write_trait(model: &Model, w: &mut Writer) {
    w.docs(&model.docs, &format!("A server of `{}`.", model.name));
    w.block(format!("pub trait {}", model.name), |w| {
        w.line(format!(
            "/// [`{IPC}::InOrder`], or [`{IPC}::Pipelined`] to answer some calls later."
        ));
        w.line(format!("type Order: {IPC}::Order;"));
        w.line("");
        for op in &model.operations {
            let lease = |direction| format!("{IPC}::Lease<{IPC}::{}>", access(direction));
            let mut all = vec!["&mut self".to_string(), format!("caller: {IPC}::Caller")];
            all.extend(parameters(model, op, lease));
            let error = op.error.as_ref();
            let error = error.map_or(NO_ERROR.into(), |name| format!("super::{name}"));
            let result = match op.result {
                Returns::Never => format!("{IPC}::NoAnswer"),
                _ => format!(
                    "Result<{}, Refuse<{error}, Self::Order>>",
                    result(model, op, "super::")
                ),
            };
            w.docs(&op.docs, &format!("`{}`", op.name));
            allow_many(op, w);
            w.line(format!("fn {}({}) -> {result};", op.name, all.join(", ")));
            w.line("");
        }
        w.line("/// These notifications came.");
        w.block(format!("fn notified(&mut self, bits: {IPC}::Bits)"), |w| w.line("let _ = bits;"));
        w.line("");
        w.line("/// Whether it takes calls now; otherwise only notifications, and callers wait in line.");
        w.block("fn accepts(&self) -> bool", |w| w.line("true"));
    });
}

fn write_serve(model: &Model, w: &mut Writer) {
    w.line("/// Serves for ever, and passes on these notifications.");
    let head = format!(
        "pub fn serve<S: {}>(notifications: impl Into<{IPC}::Bits>, server: S) -> !",
        model.name
    );
    w.block(head, |w| {
        w.line("declare();");
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
    let list = matches!(op.result, Returns::List(_));
    Some(op.result_size).filter(|&size| packed || list || size > abi::INLINE as u64)
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
            w.block("if !CALLERS.allow(request)", |w| {
                w.line(format!("return {IPC}::Outcome::Fault({IPC}::ReplyFault::AccessViolation);"));
            });
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
        w.line("#[inline(always)]");
        w.block("fn accepts(&self) -> bool", |w| w.line("self.0.accepts()"));
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
        let used = !op.message.is_empty() || op.list.is_some();
        let bind = if used { "let message = " } else { "" };
        let message = message::message_type(model, op, "super::");
        let number = op.name.to_ascii_uppercase();
        w.line(format!(
            "{bind}request.arguments::<{message}, {answer}>(super::op::{number}, {count})?;"
        ));
        for (number, lease) in op.leases().enumerate() {
            if let ArgumentKind::Lease { direction, limit, optional } = lease.kind {
                let access = access(direction);
                let how = if optional { "optional_lease" } else { "lease" };
                w.line(format!(
                    "let lease_{number} = request.{how}::<{IPC}::{access}>({number}, {limit})?;"
                ));
            }
        }
        let call = format!("server.{}({})", op.name, passed(op).join(", "));
        if op.result == Returns::Never {
            w.line("let _ = room;");
            return w.line(format!("Ok({call}.into())"));
        }
        w.line(format!("let result = {call};"));
        w.line(format!("Ok({IPC}::Outcome::new::<_, {answer}, _, _>(result, room))"));
    });
}

/// What a method gets.
fn passed(op: &Operation) -> Vec<String> {
    let mut passed = vec!["request.caller()".to_string()];
    let head = if op.list.is_some() { "message.head" } else { "message" };
    let mut leases = 0;
    for argument in &op.arguments {
        passed.push(match argument.kind {
            ArgumentKind::Value(_) => format!("{head}.{}", argument.name),
            ArgumentKind::List(_) => "message.list".into(),
            ArgumentKind::Lease { .. } => {
                leases += 1;
                format!("lease_{}", leases - 1)
            }
        });
    }
    passed
}

fn write_replies(model: &Model, w: &mut Writer) {
    w.line("/// Answers that are given later.");
    w.block("pub mod reply", |w| {
        let parent = "super::super::";
        w.line(USE_IPC);
        for op in model.operations.iter().filter(|op| op.result != Returns::Never) {
            let error = op.error.as_ref();
            let error = error.map_or(NO_ERROR.into(), |name| format!("{parent}{name}"));
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
