//! Structs, enums and errors.

use super::RUNTIME;
use crate::model::{Basic, Body, Choice, ErrorDef, Field, Model, TypeDef, Value};
use crate::writer::Writer;

/// All of the file's types.
pub fn write(model: &Model, w: &mut Writer) {
    for def in &model.types {
        w.line("");
        w.docs(&def.docs, &format!("`{}`", def.name));
        match &def.body {
            Body::Struct(fields) => write_struct(model, def, fields, w),
            Body::Plain(repr, values) => write_plain(def, *repr, values, w),
            Body::Data(choices) => write_data(model, def, choices, w),
        }
    }
    for error in &model.errors {
        write_error(error, w);
    }
}

/// Derives for what travels.
pub fn derives(fixed: bool, packed: bool, w: &mut Writer) {
    w.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
    if packed {
        w.line("#[derive(::serde::Serialize, ::serde::Deserialize)]");
    }
    if fixed {
        let z = format!("{RUNTIME}::zerocopy");
        w.line(format!(
            "#[derive({z}::TryFromBytes, {z}::IntoBytes, {z}::Immutable, {z}::KnownLayout)]"
        ));
        w.line(format!("#[zerocopy(crate = \"{z}\")]"));
    }
}

fn write_struct(model: &Model, def: &TypeDef, fields: &[Field], w: &mut Writer) {
    derives(def.fixed, def.packed, w);
    w.line("#[repr(C)]");
    w.block(format!("pub struct {}", def.name), |w| {
        for field in fields {
            w.docs(&field.docs, &format!("`{}`", field.name));
            w.line(format!("pub {}: {},", field.name, model.type_name(&field.ty, "")));
        }
    });
    write_fixed(def, w);
}

fn write_plain(def: &TypeDef, repr: Basic, values: &[Value], w: &mut Writer) {
    derives(def.fixed, def.packed, w);
    w.line(format!("#[repr({})]", repr.name()));
    write_values(&def.name, values, w);
    write_fixed(def, w);
}

fn write_data(model: &Model, def: &TypeDef, choices: &[Choice], w: &mut Writer) {
    derives(false, true, w);
    // With a tag of its own it is never shorter than its packed form, which ssmarshal asserts.
    w.line("#[repr(u8)]");
    w.block(format!("pub enum {}", def.name), |w| {
        for choice in choices {
            w.docs(&choice.docs, &format!("`{}`", choice.name));
            let data: Vec<_> = choice.data.iter().map(|ty| model.type_name(ty, "")).collect();
            if data.is_empty() {
                w.line(format!("{},", choice.name));
            } else {
                w.line(format!("{}({}),", choice.name, data.join(", ")));
            }
        }
    });
}

fn write_fixed(def: &TypeDef, w: &mut Writer) {
    if def.fixed {
        w.line("");
        w.line(format!("impl {RUNTIME}::Fixed for {} {{}}", def.name));
    }
}

fn write_values(name: &str, values: &[Value], w: &mut Writer) {
    w.block(format!("pub enum {name}"), |w| {
        for value in values {
            w.docs(&value.docs, &format!("`{}`", value.name));
            w.line(format!("{} = {},", value.name, value.value));
        }
    });
}

fn write_error(error: &ErrorDef, w: &mut Writer) {
    let name = &error.name;
    w.line("");
    w.docs(&error.docs, &format!("`{name}`"));
    w.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
    w.line("#[repr(u32)]");
    write_values(name, &error.values, w);
    w.line("");
    w.block(format!("impl {RUNTIME}::ErrorCode for {name}"), |w| {
        w.block("fn from_code(code: u32) -> ::core::option::Option<Self>", |w| {
            w.block_end("::core::option::Option::Some(match code", "})", |w| {
                for value in &error.values {
                    w.line(format!("{} => Self::{},", value.value, value.name));
                }
                w.line("_ => return ::core::option::Option::None,");
            });
        });
        w.block("fn code(self) -> u32", |w| w.line("self as u32"));
    });
    w.line("");
    w.block(format!("impl ::core::convert::From<{name}> for u32"), |w| {
        w.block(format!("fn from(error: {name}) -> Self"), |w| w.line("error as Self"));
    });
    w.line("");
    w.block(format!("impl ::core::convert::TryFrom<u32> for {name}"), |w| {
        w.line("type Error = u32;");
        w.block("fn try_from(code: u32) -> ::core::result::Result<Self, u32>", |w| {
            w.line(format!("<Self as {RUNTIME}::ErrorCode>::from_code(code).ok_or(code)"));
        });
    });
    w.line("");
    let refuse = format!("{RUNTIME}::Refuse<{name}, O>");
    let head = format!("impl<O: {RUNTIME}::Order> ::core::convert::From<{name}> for {refuse}");
    w.block(head, |w| {
        w.block(format!("fn from(error: {name}) -> Self"), |w| w.line("Self::Error(error)"));
    });
}
