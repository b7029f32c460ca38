//! `readvar`: static variables by their types.

use crate::dwarf::{Value, Variable, decode};
use crate::memory::Memory;
use crate::program::Program;
use crate::space::Owner;
use crate::table::{Align, Table};
use crate::target::Target;
use anyhow::{Result, bail};
use serde::Serialize;
use std::fmt;

/// Variables of that name.
#[derive(Serialize)]
pub struct Answer {
    variables: Vec<Read>,
}

#[derive(Serialize)]
struct Read {
    owner: String,
    name: String,
    address: u64,
    #[serde(rename = "type")]
    of: String,
    value: Value,
}

pub fn answer(target: &Target, wanted: &str, task: Option<&str>) -> Result<Answer> {
    target.core()?;
    let mut variables = Vec::new();
    for owner in super::chosen(target, task)? {
        let Some(program) = target.program(owner) else { continue };
        let found = present(target, owner, &program);
        let found = found.filter(|variable| variable.is(wanted));
        variables.extend(found.map(|variable| read(target, owner, &program, variable)));
    }
    if variables.is_empty() {
        bail!("no variable `{wanted}`; `readvar` without a name lists them");
    }
    Ok(Answer { variables })
}

/// Variables of the program's own that the linker kept.
fn present<'p>(
    target: &Target,
    owner: Owner,
    program: &'p Program,
) -> impl Iterator<Item = &'p Variable> {
    let space = target.space(owner);
    let variables = program.types().variables.iter();
    variables.filter(move |it| !it.path.ends_with("{vtable}") && space.region(it.address).is_some())
}

fn read(target: &Target, owner: Owner, program: &Program, variable: &Variable) -> Read {
    let types = program.types();
    let found = types.get(variable.of);
    let space = target.space(owner);
    let value = match space.bytes(variable.address, types.size(variable.of)) {
        Ok(bytes) => decode(types, variable.of, &bytes, &space),
        Err(error) => Value::Bad(error.to_string()),
    };
    Read {
        owner: target.name(owner).to_owned(),
        name: variable.path.clone(),
        address: variable.address,
        of: found.map(|found| found.name.clone()).unwrap_or_default(),
        value,
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Read { owner, name, address, of, value } in &self.variables {
            writeln!(f, "{owner} {address:#x} {name}: {of}\n  = {value}")?;
        }
        Ok(())
    }
}

/// Which variables there are.
#[derive(Serialize)]
pub struct List {
    variables: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    owner: String,
    name: String,
    address: u64,
    size: u64,
    #[serde(rename = "type")]
    of: String,
}

pub fn list(target: &Target, task: Option<&str>) -> Result<List> {
    let mut variables = Vec::new();
    for owner in super::chosen(target, task)? {
        let Some(program) = target.program(owner) else { continue };
        let types = program.types();
        let mut found: Vec<_> = present(target, owner, &program).collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        variables.extend(found.into_iter().map(|variable| Listed {
            owner: target.name(owner).to_owned(),
            name: variable.path.clone(),
            address: variable.address,
            size: types.size(variable.of),
            of: types.get(variable.of).map(|found| found.name.clone()).unwrap_or_default(),
        }));
    }
    Ok(List { variables })
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&[
            ("owner", Align::Left),
            ("address", Align::Right),
            ("bytes", Align::Right),
            ("name", Align::Left),
            ("type", Align::Left),
        ]);
        for Listed { owner, name, address, size, of } in &self.variables {
            let address = format!("{address:#x}");
            table.row([owner.clone(), address, size.to_string(), name.clone(), of.clone()]);
        }
        write!(f, "{table}")
    }
}
