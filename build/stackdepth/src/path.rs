//! The longest way through the calls of a program.
//!
//! A call through a pointer may go to every function whose address is somewhere, with two
//! refinements that names allow: what formats values (`core::fmt`) calls formatters and writers
//! only, and most of what the core library has of it calls writers only. Whoever else calls
//! through a pointer may have a part of `core::fmt` in itself, made a part of it by the compiler.

use crate::frame::{Call, Target};
use crate::program::{Function, Program};
use anyhow::{Result, bail};
use std::collections::BTreeMap;

/// Values within values that are formatted at most, one more than people write: a panic's message
/// is formatted within its description, and an argument within the message.
const NESTING: u8 = 4;

/// What of a program is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ways {
    /// Without panics and without formatting.
    Plain,
    /// Without panics.
    Formatting,
    /// All.
    All,
}

/// A function on the longest way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Bytes of its stack in use while the next one runs; all of its stack for the last one.
    pub bytes: u64,
}

/// What people say of functions, by parts of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// A caller and whom it calls through pointers.
    pub calls: Vec<(String, Vec<String>)>,
    /// Functions that call themselves. Each counts once: how often it does, only its author knows.
    pub recursion: Vec<String>,
}

/// The longest way from one of these functions.
///
/// # Errors
/// If there is none: a function calls itself, or moves its stack pointer in unknown ways.
pub fn longest(
    program: &Program,
    entries: &[u64],
    declared: &Declared,
    ways: Ways,
) -> Result<Vec<Step>> {
    let mut search = Search::new(program, declared, ways);
    let mut longest = (0, None);
    for &function in entries {
        let start = Place { function, nesting: NESTING, panicking: false };
        longest = longest.max((search.need(start)?, Some(start)));
    }
    let mut steps = Vec::new();
    let (_, mut place) = longest;
    while let Some(at) = place {
        let Some(&Found { bytes, next, .. }) = search.found.get(&at) else { break };
        let name = search.name(at.function).to_owned();
        steps.push(Step { name, bytes });
        place = next;
    }
    Ok(steps)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    function: u64,
    /// Values within values that may still come.
    nesting: u8,
    /// A panic within a panic is not looked at.
    panicking: bool,
}

#[derive(Clone, Copy)]
struct Found {
    /// From here to the end of the way.
    need: u64,
    /// Of this function.
    bytes: u64,
    next: Option<Place>,
}

struct Search<'p> {
    program: &'p Program,
    declared: &'p Declared,
    ways: Ways,
    found: BTreeMap<Place, Found>,
    /// The way from the beginning to here.
    way: Vec<Place>,
    /// A call in a declared circle was left out: what was found above it is not the whole.
    is_cut: bool,
    formatters: Vec<u64>,
    writers: Vec<u64>,
    others: Vec<u64>,
}

impl<'p> Search<'p> {
    fn new(program: &'p Program, declared: &'p Declared, ways: Ways) -> Self {
        let pointed_at = |wanted: fn(&str) -> bool| -> Vec<u64> {
            let functions = program.functions.iter();
            let wanted = functions.filter(|(_, it)| it.is_pointed_at && wanted(&it.name));
            wanted.map(|(&address, _)| address).collect()
        };
        Self {
            program,
            declared,
            ways,
            found: BTreeMap::new(),
            way: Vec::new(),
            is_cut: false,
            formatters: pointed_at(is_formatter),
            writers: pointed_at(is_writer),
            others: pointed_at(|name| !is_formatter(name) && !is_writer(name)),
        }
    }

    fn name(&self, function: u64) -> &'p str {
        self.program.functions.get(&function).map_or("(no function)", |function| &function.name)
    }

    /// Bytes from a place to the end of the longest way.
    fn need(&mut self, place: Place) -> Result<u64> {
        if let Some(found) = self.found.get(&place) {
            return Ok(found.need);
        }
        let Some(function) = self.program.functions.get(&place.function) else { return Ok(0) };
        if let Some(problem) = function.frame.problem {
            bail!("`{}` {problem}", function.name);
        }
        let recursive = self.is_recursive(place.function);
        if self.way.contains(&place) {
            if !recursive {
                bail!("{}", self.circle(place.function));
            }
            self.is_cut = true;
            return Ok(0);
        }
        self.way.push(place);
        let deepest = function.frame.deepest;
        let mut found = Found { need: deepest, bytes: deepest, next: None };
        for call in &function.frame.calls {
            for next in self.goes_to(place, function, call) {
                let need = call.depth + self.need(next)?;
                if need > found.need {
                    found = Found { need, bytes: call.depth, next: Some(next) };
                }
            }
        }
        self.way.pop();
        self.is_cut &= !recursive;
        if !self.is_cut {
            self.found.insert(place, found);
        }
        Ok(found.need)
    }

    fn is_recursive(&self, function: u64) -> bool {
        let name = self.name(function);
        self.declared.recursion.iter().any(|part| name.contains(&**part))
    }

    fn circle(&self, function: u64) -> String {
        let circle = self.way.iter().skip_while(|place| place.function != function);
        let names: Vec<_> =
            circle.map(|place| format!("`{}`", self.name(place.function))).collect();
        match &names[..] {
            [one] => format!("{one} calls itself"),
            many => format!("{} calls the first again", many.join(" calls ")),
        }
    }

    fn goes_to(&self, from: Place, function: &Function, call: &Call) -> Vec<Place> {
        match call.to {
            Target::Function(to) => self.enter(from, to).into_iter().collect(),
            Target::Pointer => self
                .through_pointer(from, function)
                .into_iter()
                .filter_map(|(to, nesting)| self.enter(Place { nesting, ..from }, to))
                .collect(),
        }
    }

    fn through_pointer(&self, from: Place, function: &Function) -> Vec<(u64, u8)> {
        let at = |list: &[u64], nesting: u8| -> Vec<(u64, u8)> {
            list.iter().map(|&to| (to, nesting)).collect()
        };
        if let Some(named) = self.declared_for(&function.name) {
            return at(&named, from.nesting);
        }
        let mut all = at(&self.writers, from.nesting);
        if !is_formatting(&function.name) {
            all.extend(at(&self.others, from.nesting));
        }
        if from.nesting > 0 && calls_formatters(&function.name) {
            all.extend(at(&self.formatters, from.nesting - 1));
        }
        all
    }

    fn declared_for(&self, caller: &str) -> Option<Vec<u64>> {
        let (_, parts) = self.declared.calls.iter().find(|(part, _)| caller.contains(&**part))?;
        let functions = self.program.functions.iter();
        let named = functions.filter(|(_, it)| parts.iter().any(|part| it.name.contains(&**part)));
        Some(named.map(|(&address, _)| address).collect())
    }

    /// The place that a call comes to, if it is looked at.
    fn enter(&self, from: Place, to: u64) -> Option<Place> {
        let name = self.name(to);
        let panics = is_panic(name);
        let left_out = match self.ways {
            Ways::Plain => panics || is_formatting(name),
            Ways::Formatting => panics,
            Ways::All => panics && from.panicking && !begins_panic(self.name(from.function)),
        };
        let panicking = from.panicking || panics;
        (!left_out).then_some(Place { function: to, nesting: from.nesting, panicking })
    }
}

/// The beginning of a panic, up to the program's handler.
fn is_panic(name: &str) -> bool {
    const PARTS: [&str; 6] = [
        "core::panicking::",
        "rust_begin_unwind",
        "unwrap_failed",
        "expect_failed",
        "slice_index_fail",
        "slice_error_fail",
    ];
    PARTS.iter().any(|part| name.contains(part))
}

/// The program's handler is the last of it.
fn begins_panic(name: &str) -> bool {
    is_panic(name) && !name.contains("rust_begin_unwind")
}

fn is_formatting(name: &str) -> bool {
    name.contains("core::fmt::")
}

/// `<T as core::fmt::Debug>::fmt`.
fn is_formatter(name: &str) -> bool {
    is_formatting(name) && name.ends_with(">::fmt")
}

/// `<T as core::fmt::Write>::write_str`.
fn is_writer(name: &str) -> bool {
    name.contains(" as core::fmt::Write>::")
}

/// Whether it may have in itself what calls formatters: everybody but the leaves of the core library.
fn calls_formatters(name: &str) -> bool {
    const PARTS: [&str; 4] = ["core::fmt::write", "core::fmt::builders", "::debug_", "::write_fmt"];
    !is_of_core(name) || PARTS.iter().any(|part| name.contains(part))
}

/// `core::fmt::…`, and `<T as core::fmt::…>` of a type of the library or the language.
fn is_of_core(name: &str) -> bool {
    let of = name.strip_prefix('<').unwrap_or(name);
    let word = of.split([' ', ':', '>']).next().unwrap_or(of);
    of.starts_with("core::") || (name.starts_with('<') && LANGUAGE.contains(&word))
}

const LANGUAGE: [&str; 18] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16",
    "u32", "u64", "u8", "usize", "()",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_call_formatters_is_told_by_the_name() {
        for name in [
            "task_x::start",
            "<task_x::Point as core::fmt::Display>::fmt",
            "core::fmt::write",
            "core::fmt::builders::DebugStruct::field",
            "<core::fmt::Formatter>::write_fmt",
        ] {
            assert!(calls_formatters(name), "{name}");
        }
        for name in ["<u32 as core::fmt::Display>::fmt", "core::fmt::Formatter::pad_integral"] {
            assert!(!calls_formatters(name), "{name}");
        }
    }
}
