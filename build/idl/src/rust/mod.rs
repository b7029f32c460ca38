//! A checked interface as one Rust module.
//!
//! An interface's types stand at the module's top, where everything else is named by its full path,
//! so that no type can stand in the way of one of Rust's. Inner modules import none of them.

mod client;
mod message;
mod server;
mod types;

use crate::hash;
use crate::model::{ArgumentKind, Model, Operation, Returns, Type};
use crate::names::camel;
use crate::syntax::Direction;
use crate::writer::Writer;

/// The runtime, from anywhere.
const RUNTIME: &str = "::userlib::ipc";
/// The runtime, where `USE_IPC` stands.
const IPC: &str = "ipc";
const USE_IPC: &str = "use ::userlib::ipc;";

/// The module's text.
pub fn module(model: &Model) -> String {
    let mut w = Writer::default();
    w.line("// Made by `build/idl`. Change the interface, not this.");
    w.line("");
    w.line("/// Which interface this is.");
    w.line(format!("pub const INTERFACE: &str = \"{}\";", model.name));
    w.line("/// Changes with every change that a message, an answer or an error could show.");
    w.line(format!("pub const INTERFACE_HASH: u64 = {:#018x};", hash::of(model)));
    types::write(model, &mut w);
    numbers(model, &mut w);
    message::write(model, &mut w);
    client::write(model, &mut w);
    server::write(model, &mut w);
    w.finish()
}

fn numbers(model: &Model, w: &mut Writer) {
    w.line("");
    w.line("/// Numbers of the operations.");
    w.block("pub mod op", |w| {
        for op in &model.operations {
            w.line(format!("/// `{}`", op.name));
            w.line(format!("pub const {}: u16 = {};", op.name.to_ascii_uppercase(), op.number));
        }
    });
}

/// The operation's result; `super::` names this module from where it is used.
fn result(model: &Model, op: &Operation, parent: &str) -> String {
    match &op.result {
        Returns::Nothing | Returns::Never => "()".into(),
        Returns::Value(ty) => model.type_name(ty, parent),
        Returns::List(list) => {
            format!("{IPC}::List<{}, {}>", model.type_name(&list.element, parent), list.limit)
        }
    }
}

/// What the result travels as.
fn answer(model: &Model, op: &Operation, parent: &str) -> String {
    if message::has_answer(op) {
        format!("{parent}answer::{}", camel(&op.name))
    } else {
        result(model, op, parent)
    }
}

/// `<E>`, or nothing where the runtime's default holds.
fn error(op: &Operation, parent: &str) -> String {
    op.error.as_ref().map_or(String::new(), |name| format!("<{parent}{name}>"))
}

fn access(direction: Direction) -> &'static str {
    match direction {
        Direction::Read => "Read",
        Direction::Write => "Write",
        Direction::ReadWrite => "ReadWrite",
    }
}

/// The parameter list after `self`, of a client (slices) or of a server (leases). `lease` is for
/// a direction; an optional one is an `Option` of it.
fn parameters(model: &Model, op: &Operation, lease: impl Fn(Direction) -> String) -> Vec<String> {
    let ty = |ty: &Type| model.type_name(ty, "super::");
    let one = |kind: &ArgumentKind| match kind {
        ArgumentKind::Value(value) => ty(value),
        ArgumentKind::List(list) => format!("&[{}]", ty(&list.element)),
        ArgumentKind::Lease { direction, optional: false, .. } => lease(*direction),
        ArgumentKind::Lease { direction, optional: true, .. } => {
            format!("Option<{}>", lease(*direction))
        }
    };
    op.arguments.iter().map(|arg| format!("{}: {}", arg.name, one(&arg.kind))).collect()
}

/// The longest message, in bytes.
fn longest_message(model: &Model) -> u64 {
    model.operations.iter().map(|op| op.message_size).max().unwrap_or(0)
}

/// `NAME HASH BYTES`: what both sides leave for the build tool.
fn identity(model: &Model) -> String {
    format!("{} {:#018x} {}", model.name, hash::of(model), longest_message(model))
}

fn allow_many(op: &Operation, w: &mut Writer) {
    if op.arguments.len() > 5 {
        w.line("#[allow(clippy::too_many_arguments)]");
    }
}
