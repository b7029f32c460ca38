//! Names of operations and errors, from the interfaces in the archive.

use crate::target::Target;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;

/// An interface, as far as names go.
#[derive(Clone, Debug, Deserialize)]
struct Interface {
    operations: Vec<Operation>,
    errors: Vec<ErrorDef>,
}

#[derive(Clone, Debug, Deserialize)]
struct Operation {
    number: u64,
    name: String,
    /// Name of its errors.
    error: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct ErrorDef {
    name: String,
    variants: Vec<Variant>,
}

#[derive(Clone, Debug, Deserialize)]
struct Variant {
    name: String,
    value: u64,
}

/// All interfaces of an archive.
pub struct Interfaces<'t> {
    target: &'t Target,
    by_name: BTreeMap<String, Interface>,
}

impl<'t> Interfaces<'t> {
    /// Reads those that tasks serve. One that is missing or damaged is noted as a problem; its
    /// operations have no names then.
    #[must_use]
    pub fn new(target: &'t Target) -> Self {
        let mut by_name = BTreeMap::new();
        for name in target.manifest.tasks.iter().flat_map(|task| &task.serves) {
            if by_name.contains_key(name) {
                continue;
            }
            match read(target, name) {
                Ok(interface) => _ = by_name.insert(name.clone(), interface),
                Err(error) => target.problem(format!("interface {name}: {error:#}")),
            }
        }
        Self { target, by_name }
    }

    /// Interfaces of a server and how they are called.
    fn of(&self, server: usize) -> impl Iterator<Item = (&str, &Interface)> {
        let serves = self.target.manifest.tasks.get(server).map_or(&[][..], |task| &task.serves);
        serves.iter().filter_map(|name| Some((&**name, self.by_name.get(name)?)))
    }

    /// `INTERFACE.OPERATION`; several if the server has several by this number.
    #[must_use]
    pub fn operation(&self, server: usize, number: u16) -> Option<String> {
        let names = self.of(server).filter_map(|(name, interface)| {
            Some(format!("{name}.{}", interface.operation(number)?.name))
        });
        let names: Vec<_> = names.collect();
        (!names.is_empty()).then(|| names.join(" or "))
    }

    /// `ERROR.VARIANT` that the server means by a code, if that is certain.
    #[must_use]
    pub fn error(&self, server: usize, operation: u16, code: u32) -> Option<String> {
        let mut errors = self
            .of(server)
            .filter_map(|(_, interface)| interface.error(operation, u64::from(code)));
        errors.next().filter(|_| errors.next().is_none())
    }
}

impl Interface {
    fn operation(&self, number: u16) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.number == u64::from(number))
    }

    fn error(&self, operation: u16, code: u64) -> Option<String> {
        let name = self.operation(operation)?.error.as_ref()?;
        let error = self.errors.iter().find(|error| error.name == *name)?;
        let variant = error.variants.iter().find(|variant| variant.value == code)?;
        Some(format!("{name}.{}", variant.name))
    }
}

fn read(target: &Target, name: &str) -> Result<Interface> {
    let bytes = target.file(&format!("idl/{name}.json"))?;
    serde_json::from_slice(&bytes).context("its description is damaged")
}
