//! A checked interface as one Rust module.
//!
//! An interface's types stand at the module's top, where everything else is named by its full path,
//! so that no type can stand in the way of one of Rust's. Inner modules import none of them.

mod client;
mod message;
mod server;
mod types;

use crate::hash;
use crate::model::{ArgumentKind, Model, Operation, Type};
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
    op.result.as_ref().map_or("()".into(), |ty| model.type_name(ty, parent))
}

/// What the result travels as.
fn answer(model: &Model, op: &Operation, parent: &str) -> String {
    if message::has_answer(op) {
        format!("{parent}answer::{}", camel(&op.name))
    } else {
        result(model, op, parent)
    }
}

/// What the arguments travel as.
fn message_type(op: &Operation, parent: &str) -> String {
    if op.message.is_empty() {
        "()".into()
    } else {
        format!("{parent}message::{}", camel(&op.name))
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

/// The parameter list after `self`, of a client (slices) or of a server (leases).
fn parameters(model: &Model, op: &Operation, lease: impl Fn(Direction) -> String) -> Vec<String> {
    let ty = |ty: &Type| model.type_name(ty, "super::");
    let one = |kind: &ArgumentKind| match kind {
        ArgumentKind::Value(value) => ty(value),
        ArgumentKind::Lease { direction, .. } => lease(*direction),
    };
    op.arguments.iter().map(|arg| format!("{}: {}", arg.name, one(&arg.kind))).collect()
}

fn allow_many(op: &Operation, w: &mut Writer) {
    if op.arguments.len() > 5 {
        w.line("#[allow(clippy::too_many_arguments)]");
    }
}
