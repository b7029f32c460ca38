//! A checked interface as JSON, for the debugger.
//!
//! Written by hand rather than by serde, because every api crate's build waits for this library.

use crate::hash;
use crate::model::{
    ArgumentKind, Body, Choice, Encoding, ErrorDef, Event, Field, List, Model, Operation, Returns,
    TypeDef, Value,
};
use crate::syntax::Direction;
use std::fmt::Write;

/// The JSON text.
pub fn text(model: &Model) -> String {
    object([
        ("interface", string(&model.name)),
        ("hash", string(&format!("{:#018x}", hash::of(model)))),
        ("docs", string(&model.docs.join("\n"))),
        ("operations", array(model.operations.iter().map(|op| operation(model, op)))),
        ("types", array(model.types.iter().map(|def| type_def(model, def)))),
        ("errors", array(model.errors.iter().map(error))),
        ("notifications", array(model.events.iter().map(event))),
    ])
}

fn operation(model: &Model, op: &Operation) -> String {
    let encoding = match op.encoding {
        Encoding::Fixed => "zerocopy",
        Encoding::Ssmarshal => "ssmarshal",
    };
    let result = match &op.result {
        Returns::Nothing | Returns::Never => "null".into(),
        Returns::Value(ty) => string(&model.type_name(ty, "")),
        Returns::List(list) => string(&list_type(model, list)),
    };
    let mut arguments: Vec<_> =
        op.message.iter().map(|arg| field(model, arg, op.encoding)).collect();
    arguments.extend(op.list.as_ref().map(|(list, at)| list_argument(model, list, at)));
    object([
        ("number", op.number.to_string()),
        ("name", string(&op.name)),
        ("docs", string(&op.docs.join("\n"))),
        ("idempotent", op.idempotent.to_string()),
        ("encoding", string(encoding)),
        ("arguments", array(arguments)),
        ("message-size", op.message_size.to_string()),
        ("leases", array(leases(op))),
        ("returns", (op.result != Returns::Never).to_string()),
        ("result", result),
        ("result-size", op.result_size.to_string()),
        ("error", op.error.as_ref().map_or("null".into(), |name| string(name))),
    ])
}

fn leases(op: &Operation) -> Vec<String> {
    let one = |name: &str, direction, limit: u32, optional: bool| {
        let access = match direction {
            Direction::Read => "read",
            Direction::Write => "write",
            Direction::ReadWrite => "read-write",
        };
        object([
            ("name", string(name)),
            ("access", string(access)),
            ("limit", limit.to_string()),
            ("optional", optional.to_string()),
        ])
    };
    op.leases()
        .filter_map(|lease| match lease.kind {
            ArgumentKind::Lease { direction, limit, optional } => {
                Some(one(&lease.name, direction, limit, optional))
            }
            ArgumentKind::Value(_) | ArgumentKind::List(_) => None,
        })
        .collect()
}

fn list_type(model: &Model, list: &List) -> String {
    format!("[{}] up to {}", model.type_name(&list.element, ""), list.limit)
}

fn list_argument(model: &Model, list: &List, at: &Field) -> String {
    object([
        ("name", string(&at.name)),
        ("docs", string("")),
        ("type", string(&list_type(model, list))),
        ("offset", at.offset.to_string()),
    ])
}

fn event(event: &Event) -> String {
    object([("name", string(&event.name)), ("docs", string(&event.docs.join("\n")))])
}

/// Offsets are there where they are fixed.
fn field(model: &Model, field: &Field, encoding: Encoding) -> String {
    let mut members = vec![
        ("name", string(&field.name)),
        ("docs", string(&field.docs.join("\n"))),
        ("type", string(&model.type_name(&field.ty, ""))),
    ];
    if encoding == Encoding::Fixed {
        members.push(("offset", field.offset.to_string()));
    }
    object(members)
}

fn type_def(model: &Model, def: &TypeDef) -> String {
    let encoding = if def.fixed { Encoding::Fixed } else { Encoding::Ssmarshal };
    let (kind, members) = match &def.body {
        Body::Struct(fields) => {
            ("struct", ("fields", array(fields.iter().map(|f| field(model, f, encoding)))))
        }
        Body::Plain(_, list) => ("enum", ("variants", array(list.iter().map(value)))),
        Body::Data(list) => {
            ("data-enum", ("variants", array(list.iter().map(|c| choice(model, c)))))
        }
    };
    let mut all = vec![
        ("name", string(&def.name)),
        ("docs", string(&def.docs.join("\n"))),
        ("kind", string(kind)),
        members,
    ];
    if let Body::Plain(repr, _) = def.body {
        all.push(("repr", string(&repr.name())));
    }
    if def.fixed {
        all.push(("size", def.layout.size.to_string()));
    }
    object(all)
}

fn choice(model: &Model, choice: &Choice) -> String {
    object([
        ("name", string(&choice.name)),
        ("docs", string(&choice.docs.join("\n"))),
        ("data", array(choice.data.iter().map(|ty| string(&model.type_name(ty, ""))))),
    ])
}

fn error(error: &ErrorDef) -> String {
    object([
        ("name", string(&error.name)),
        ("docs", string(&error.docs.join("\n"))),
        ("variants", array(error.values.iter().map(value))),
    ])
}

fn value(value: &Value) -> String {
    object([
        ("name", string(&value.name)),
        ("docs", string(&value.docs.join("\n"))),
        ("value", value.value.to_string()),
    ])
}

fn object(members: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let members: Vec<_> =
        members.into_iter().map(|(name, value)| format!("{}:{value}", string(name))).collect();
    format!("{{{}}}", members.join(","))
}

fn array(values: impl IntoIterator<Item = String>) -> String {
    let values: Vec<_> = values.into_iter().collect();
    format!("[{}]", values.join(","))
}

fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if u32::from(c) < 0x20 => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
