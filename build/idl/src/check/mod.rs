//! From what is written to what is meant, or to every reason why not.

mod arguments;
mod layout;
mod operations;
mod types;
mod usage;

use crate::code::Code;
use crate::diagnostic::Log;
use crate::model::{Encoding, ErrorDef, Event, Model, Value};
use crate::names::{self, Role};
use crate::syntax::{self, File, Interface, Name, TypeItem, Variant};
use types::Types;

/// Checks everything. None if anything is wrong, which `log` then says.
pub fn file(file: &File, log: &mut Log) -> Option<Model> {
    let interface = only_interface(file, log)?;
    names::check(&interface.name, Role::Type, log);
    let items: Vec<&TypeItem> = file.types.iter().chain(&interface.types).collect();
    let all_names = items.iter().map(|item| &item.name);
    names::unique(all_names.chain([&interface.name]), "a type or interface", log);
    let encoding = interface_encoding(interface, log);
    let errors = errors(&items, log);
    let mut types = Types::new(&items, log);
    let operations = operations::check(interface, encoding, &errors, &mut types, log);
    types.use_the_rest(encoding, log);
    let events = events(interface, log);
    if !log.0.is_empty() {
        return None;
    }
    let docs = file.docs.iter().chain(&interface.docs).cloned().collect();
    let name = interface.name.text.clone();
    Some(Model { name, docs, types: types.finish()?, errors, operations, events })
}

fn only_interface<'a>(file: &'a File, log: &mut Log) -> Option<&'a Interface> {
    let Some((first, others)) = file.interfaces.split_first() else {
        // If one is there but cannot be read, that is the mistake to show.
        if log.0.is_empty() {
            log.error(
                Code::InterfaceCount,
                &(0..0),
                "there is no interface in this file",
                "write `interface Name { … }`",
            );
        }
        return None;
    };
    for other in others {
        log.error(
            Code::InterfaceCount,
            &other.name.span,
            format!("`{}` is the file's second interface", other.name.text),
            "give each interface a file of its own",
        );
    }
    Some(first)
}

fn interface_encoding(interface: &Interface, log: &mut Log) -> Encoding {
    for again in interface.encodings.iter().skip(1) {
        log.error(
            Code::Encoding,
            &again.span,
            "the interface's encoding is said twice",
            "leave one of them out",
        );
    }
    interface.encodings.first().map_or(Encoding::Fixed, |name| encoding(name, log))
}

fn encoding(name: &Name, log: &mut Log) -> Encoding {
    match name.text.as_str() {
        "ssmarshal" => Encoding::Ssmarshal,
        "zerocopy" => Encoding::Fixed,
        other => {
            log.error(
                Code::Encoding,
                &name.span,
                format!("`{other}` is no encoding"),
                "write `ssmarshal`; `zerocopy` is what holds without a word",
            );
            Encoding::Fixed
        }
    }
}

fn events(interface: &Interface, log: &mut Log) -> Vec<Event> {
    names::unique(interface.events.iter().map(|event| &event.name), "an event", log);
    let event = |event: &syntax::Event| {
        names::check(&event.name, Role::Event, log);
        Event { name: event.name.text.clone(), docs: event.docs.clone() }
    };
    interface.events.iter().map(event).collect()
}

fn errors(items: &[&TypeItem], log: &mut Log) -> Vec<ErrorDef> {
    let mut errors = Vec::new();
    for item in items {
        let syntax::Body::Error(variants) = &item.body else { continue };
        names::check(&item.name, Role::Type, log);
        let holds = |value| value > 0 && value <= i128::from(u32::MAX);
        let help = "write a number from 1 to 4294967295 after it: `Name = 1`; 0 means success";
        let values = values(&item.name, variants, holds, help, log);
        errors.push(ErrorDef { name: item.name.text.clone(), docs: item.docs.clone(), values });
    }
    errors
}

/// Variants that are numbers: each has one, once, that comes back as it went.
fn values(
    owner: &Name,
    variants: &[Variant],
    holds: impl Fn(i128) -> bool,
    help: &str,
    log: &mut Log,
) -> Vec<Value> {
    if variants.is_empty() {
        log.error(
            Code::Empty,
            &owner.span,
            format!("`{}` has no variants", owner.text),
            "write at least one",
        );
    }
    names::unique(variants.iter().map(|v| &v.name), "a variant", log);
    let mut values: Vec<Value> = Vec::new();
    for variant in variants {
        names::check(&variant.name, Role::Type, log);
        let Some(number) = variant.value.as_ref().filter(|_| variant.data.is_none()) else {
            log.error(
                Code::VariantNumber,
                &variant.name.span,
                format!("`{}` has no number", variant.name.text),
                help,
            );
            continue;
        };
        if !holds(number.value) {
            log.error(
                Code::VariantNumber,
                &number.span,
                format!("{} does not fit", number.value),
                help,
            );
        }
        if let Some(first) = values.iter().find(|v| v.value == number.value) {
            log.error(
                Code::VariantNumber,
                &number.span,
                format!(
                    "`{}` is {} already, so it would come back as that",
                    first.name, first.value
                ),
                "give each variant a number of its own",
            );
        }
        let (name, docs) = (variant.name.text.clone(), variant.docs.clone());
        values.push(Value { name, docs, value: number.value });
    }
    values
}
