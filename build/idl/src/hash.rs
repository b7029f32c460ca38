//! One number for all that two sides of an interface must agree on.

use crate::model::{ArgumentKind, Body, Encoding, List, Model, Returns, Value};
use std::fmt::Write;

/// FNV-1a over the interface without its comments.
pub fn of(model: &Model) -> u64 {
    canonical(model).bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn canonical(model: &Model) -> String {
    let mut text = format!("interface {}\n", model.name);
    for def in &model.types {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "type {} {}", def.name, body(model, &def.body));
    }
    for error in &model.errors {
        let _ = writeln!(text, "error {} {}", error.name, values(&error.values));
    }
    for op in &model.operations {
        let packed = if op.encoding == Encoding::Ssmarshal { "packed" } else { "" };
        let _ = write!(text, "{} {packed} {} {}(", op.number, op.idempotent, op.name);
        for argument in &op.arguments {
            let kind = match &argument.kind {
                ArgumentKind::Value(ty) => model.type_name(ty, ""),
                ArgumentKind::List(list) => list_text(model, list),
                ArgumentKind::Lease { direction, limit, optional: false } => {
                    format!("{direction:?} {limit}")
                }
                ArgumentKind::Lease { direction, limit, optional: true } => {
                    format!("optional {direction:?} {limit}")
                }
            };
            let _ = write!(text, "{}: {kind}, ", argument.name);
        }
        let result = match &op.result {
            Returns::Nothing => "nothing".into(),
            Returns::Value(ty) => model.type_name(ty, ""),
            Returns::List(list) => list_text(model, list),
            Returns::Never => "never".into(),
        };
        let _ = writeln!(text, ") {result} {:?}", op.error);
    }
    for event in &model.events {
        let _ = writeln!(text, "notify {}", event.name);
    }
    text
}

fn list_text(model: &Model, list: &List) -> String {
    format!("[{}] up to {}", model.type_name(&list.element, ""), list.limit)
}

fn body(model: &Model, body: &Body) -> String {
    match body {
        Body::Struct(fields) => fields
            .iter()
            .map(|field| format!("{}: {}, ", field.name, model.type_name(&field.ty, "")))
            .collect(),
        Body::Plain(repr, list) => format!("{} {}", repr.name(), values(list)),
        Body::Data(choices) => choices
            .iter()
            .map(|choice| {
                let data: Vec<_> = choice.data.iter().map(|ty| model.type_name(ty, "")).collect();
                format!("{}({}), ", choice.name, data.join(", "))
            })
            .collect(),
    }
}

fn values(values: &[Value]) -> String {
    values.iter().map(|value| format!("{} = {}, ", value.name, value.value)).collect()
}
