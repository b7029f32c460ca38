//! Structs and enums: what they consist of, how large they are, how they may travel.

use super::values;
use crate::code::Code;
use crate::diagnostic::{Log, Span};
use crate::model::{Basic, Body, Choice, Field, Layout, Type, TypeDef};
use crate::names::{self, Role};
use crate::syntax::{self, Number, TypeItem, TypeKind, Variant};
use std::collections::HashMap;

/// The longest array. What is longer fits in no message.
const MAX_ARRAY: i128 = abi::MAX_MESSAGE as i128;

/// All types of a file.
pub struct Types {
    indices: HashMap<String, usize>,
    /// Why a name that is known is no type for a value.
    errors: Vec<String>,
    pub(super) defs: Vec<TypeDef>,
    pub(super) notes: Vec<Notes>,
}

/// What diagnostics need to know about a type.
pub(super) struct Notes {
    pub span: Span,
    /// Of each field, or each variant's data.
    pub parts: Vec<Span>,
    /// Where a struct has padding, and what to do.
    pub gap: Option<(Span, String, String)>,
    /// An enum with data is in it.
    pub data: bool,
    /// Something about it is wrong and was said.
    pub broken: bool,
}

impl Types {
    /// Collects the types and computes their layouts.
    pub fn new(items: &[&TypeItem], log: &mut Log) -> Self {
        let mut types = Self {
            indices: HashMap::new(),
            errors: Vec::new(),
            defs: Vec::new(),
            notes: Vec::new(),
        };
        let mut own = Vec::new();
        for item in items {
            if matches!(item.body, syntax::Body::Error(_)) {
                types.errors.push(item.name.text.clone());
            } else if !types.indices.contains_key(&item.name.text) {
                types.indices.insert(item.name.text.clone(), own.len());
                own.push(*item);
            }
        }
        for item in &own {
            names::check(&item.name, Role::Type, log);
            let (body, parts, broken) = types.body(item, log);
            let layout = Layout { size: 0, align: 1, packed: 0 };
            let (name, docs) = (item.name.text.clone(), item.docs.clone());
            types.defs.push(TypeDef { name, docs, body, layout, fixed: false, packed: false });
            types.notes.push(Notes {
                span: item.name.span.clone(),
                parts,
                gap: None,
                data: false,
                broken,
            });
        }
        let mut done = vec![false; own.len()];
        for index in 0..own.len() {
            types.compute(index, &mut done, &mut Vec::new(), log);
        }
        types
    }

    /// The finished list.
    pub fn finish(self) -> Option<Vec<TypeDef>> {
        self.notes.iter().all(|notes| !notes.broken).then_some(self.defs)
    }

    fn body(&self, item: &TypeItem, log: &mut Log) -> (Body, Vec<Span>, bool) {
        let before = log.0.len();
        let (body, parts) = match &item.body {
            syntax::Body::Struct(fields) => self.fields(item, fields, log),
            syntax::Body::Enum { repr, variants } => {
                if variants.iter().any(|variant| variant.data.is_some()) {
                    self.choices(repr.as_ref(), variants, log)
                } else {
                    (plain(item, repr.as_ref(), variants, log), Vec::new())
                }
            }
            syntax::Body::Error(_) | syntax::Body::Broken => {
                return (Body::Struct(Vec::new()), Vec::new(), true);
            }
        };
        (body, parts, log.0.len() > before)
    }

    fn fields(
        &self,
        item: &TypeItem,
        fields: &[syntax::Field],
        log: &mut Log,
    ) -> (Body, Vec<Span>) {
        if fields.is_empty() {
            let message = format!("`{}` has no fields", item.name.text);
            log.error(Code::Empty, &item.name.span, message, "write at least one: `field: u32`");
        }
        names::unique(fields.iter().map(|field| &field.name), "a field", log);
        let (mut found, mut spans) = (Vec::new(), Vec::new());
        for field in fields {
            names::check(&field.name, Role::Field, log);
            let Some(ty) = self.resolve(&field.ty, log) else { continue };
            let (name, docs) = (field.name.text.clone(), field.docs.clone());
            found.push(Field { name, docs, ty, offset: 0 });
            spans.push(field.name.span.start..field.ty.span.end);
        }
        (Body::Struct(found), spans)
    }

    fn choices(
        &self,
        repr: Option<&syntax::Name>,
        variants: &[Variant],
        log: &mut Log,
    ) -> (Body, Vec<Span>) {
        if let Some(repr) = repr {
            log.error(
                Code::DataNumbered,
                &repr.span,
                "an enum with data has no integer type",
                "leave it out; the encoding numbers the variants",
            );
        }
        names::unique(variants.iter().map(|variant| &variant.name), "a variant", log);
        let (mut choices, mut spans) = (Vec::new(), Vec::new());
        for variant in variants {
            names::check(&variant.name, Role::Type, log);
            if let Some(number) = &variant.value {
                let help = "leave it out; the encoding numbers the variants";
                log.error(
                    Code::DataNumbered,
                    &number.span,
                    "a variant of an enum with data has no number",
                    help,
                );
            }
            let written = variant.data.as_deref().unwrap_or(&[]);
            if variant.data.is_some() && written.is_empty() {
                log.error(
                    Code::Empty,
                    &variant.name.span,
                    "nothing is in these parentheses",
                    "leave them out",
                );
            }
            let data = written.iter().filter_map(|ty| self.resolve(ty, log)).collect();
            let (name, docs) = (variant.name.text.clone(), variant.docs.clone());
            choices.push(Choice { name, docs, data });
            spans.push(variant.name.span.clone());
        }
        (Body::Data(choices), spans)
    }

    /// The type that is meant, if it can be a value.
    pub fn resolve(&self, ty: &syntax::Type, log: &mut Log) -> Option<Type> {
        match &ty.kind {
            TypeKind::Named(name) => self.named(name, &ty.span, log),
            TypeKind::Array(element, count) => {
                let element = self.resolve(element, log)?;
                Some(Type::Array(Box::new(element), array_length(count, log)?))
            }
            TypeKind::Slice(_) => {
                log.error(
                    Code::SliceAsValue,
                    &ty.span,
                    "a slice is not a value",
                    "give it a limit, `[u8] up to 64`, or a length, `[u8; 16]`; or lend it: \
                     `lend data: [u8] up to 4096` for the server to read, `lend mut` to write",
                );
                None
            }
        }
    }

    fn named(&self, name: &str, span: &Span, log: &mut Log) -> Option<Type> {
        if let Some(basic) = Basic::named(name) {
            return Some(Type::Basic(basic));
        }
        if let Some(&index) = self.indices.get(name) {
            return Some(Type::Defined(index));
        }
        let (code, message, help) = if self.errors.iter().any(|error| error == name) {
            let help = format!("write it after the result: `or {name}`");
            (Code::ErrorPlace, format!("`{name}` is an error, not a value"), help)
        } else {
            (Code::UnknownType, format!("there is no type `{name}`"), instead_of(name))
        };
        log.error(code, span, message, help);
        None
    }

    /// Whether nothing about the type is wrong.
    pub fn is_good(&self, ty: &Type) -> bool {
        defined(ty).is_none_or(|index| !self.notes[index].broken)
    }
}

fn plain(
    item: &TypeItem,
    repr: Option<&syntax::Name>,
    variants: &[Variant],
    log: &mut Log,
) -> Body {
    let help = format!("write `enum {}: u8 {{ … }}`, or another integer type", item.name.text);
    let basic = match repr {
        None => {
            log.error(
                Code::IntegerType,
                &item.name.span,
                format!("`{}` has no integer type", item.name.text),
                help,
            );
            Basic::Unsigned(8)
        }
        Some(name) => match Basic::named(&name.text) {
            Some(basic) if basic != Basic::Bool => basic,
            _ => {
                log.error(
                    Code::IntegerType,
                    &name.span,
                    format!("`{}` is no integer type", name.text),
                    help,
                );
                Basic::Unsigned(8)
            }
        },
    };
    let help = format!("write a number that {} holds after it: `Name = 0`", basic.name());
    Body::Plain(basic, values(&item.name, variants, |value| basic.holds(value), &help, log))
}

fn array_length(count: &Number, log: &mut Log) -> Option<u64> {
    if !(1..=MAX_ARRAY).contains(&count.value) {
        let message = format!("an array of {} cannot be in a message", count.value);
        log.error(
            Code::ArrayLength,
            &count.span,
            message,
            "write a length from 1 to 256, or lend it",
        );
        return None;
    }
    u64::try_from(count.value).ok()
}

/// What to write instead of a type that is not there.
fn instead_of(name: &str) -> String {
    match name {
        "usize" | "size_t" => "its size differs between machines: write u32 or u64".into(),
        "isize" => "its size differs between machines: write i32 or i64".into(),
        "str" | "String" | "text" => {
            "send text as bytes: `text: [u8] up to 64`, or `lend text: [u8] up to 255`".into()
        }
        "f32" | "f64" => "there is no floating point: send the bits as u32 or u64".into(),
        "u128" | "i128" => "write `[u64; 2]`".into(),
        _ => "write u8 to u64, i8 to i64, bool, `[T; N]`, or declare it in this file".into(),
    }
}

/// All types that a body contains directly.
pub(super) fn parts(body: &Body) -> Vec<Type> {
    match body {
        Body::Struct(fields) => fields.iter().map(|field| field.ty.clone()).collect(),
        Body::Plain(..) => Vec::new(),
        Body::Data(choices) => choices.iter().flat_map(|choice| choice.data.clone()).collect(),
    }
}

/// The declared type inside any arrays.
pub(super) fn defined(ty: &Type) -> Option<usize> {
    match ty {
        Type::Basic(_) => None,
        Type::Array(element, _) => defined(element),
        Type::Defined(index) => Some(*index),
    }
}
