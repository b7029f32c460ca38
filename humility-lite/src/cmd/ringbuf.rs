//! `ringbuf`: what tasks recorded.

use crate::dwarf::{Kind, TypeId, Types, Value, Variable, decode};
use crate::memory::{Memory, word};
use crate::program::Program;
use crate::space::{Owner, Space};
use crate::table::{Align, Table};
use crate::target::Target;
use anyhow::{Result, bail};
use serde::Serialize;
use std::fmt;

/// The path of every ring buffer's type, without its arguments.
const RINGBUF: &str = "userlib::ringbuf::Ringbuf<";

/// Ring buffers.
#[derive(Serialize)]
pub struct Answer {
    ringbufs: Vec<Ringbuf>,
}

#[derive(Serialize)]
struct Ringbuf {
    task: String,
    name: String,
    address: u64,
    /// The oldest first.
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    index: u64,
    line: u64,
    generation: u64,
    count: u64,
    /// Counter value.
    time: u64,
    /// The same since the counter began, if its frequency is known.
    seconds: Option<f64>,
    payload: Value,
}

pub fn answer(target: &Target, task: Option<&str>, name: Option<&str>) -> Result<Answer> {
    target.core()?;
    let mut ringbufs = Vec::new();
    for owner in super::chosen(target, task)? {
        let Some(program) = target.program(owner) else { continue };
        let types = program.types();
        let wanted = rings(target, owner, types).filter(|it| name.is_none_or(|name| it.is(name)));
        ringbufs.extend(wanted.map(|variable| read(target, owner, &program, variable)));
    }
    if let (Some(name), true) = (name, ringbufs.is_empty()) {
        bail!("no ring buffer `{name}`; `ringbuf` without a name shows all");
    }
    Ok(Answer { ringbufs })
}

/// The ring buffers of one owner.
fn rings<'r>(
    target: &'r Target,
    owner: Owner,
    types: &'r Types,
) -> impl Iterator<Item = &'r Variable> {
    types.variables.iter().filter(move |variable| {
        types.get(variable.of).is_some_and(|it| it.path.starts_with(RINGBUF))
            && target.space(owner).region(variable.address).is_some()
    })
}

/// The counter's steps in a second, as the first ring buffer in use has it.
pub fn frequency(target: &Target) -> Option<u64> {
    target.owners().find_map(|owner| {
        let program = target.program(owner)?;
        let (types, space) = (program.types(), target.space(owner));
        rings(target, owner, types)
            .find_map(|variable| RingReader { types, space: &space, variable }.frequency())
    })
}

fn read(target: &Target, owner: Owner, program: &Program, variable: &Variable) -> Ringbuf {
    let space = target.space(owner);
    let reader = RingReader { types: program.types(), space: &space, variable };
    let entries = reader.entries().unwrap_or_else(|why| {
        target.problem(format!("ring buffer {} of {}: {why}", variable.name, target.name(owner)));
        Vec::new()
    });
    Ringbuf {
        task: target.name(owner).to_owned(),
        name: variable.path.clone(),
        address: variable.address,
        entries,
    }
}

struct RingReader<'r> {
    types: &'r Types,
    space: &'r Space<'r>,
    variable: &'r Variable,
}

impl RingReader<'_> {
    fn field(&self, name: &str) -> Option<(u64, TypeId)> {
        let (offset, of) = self.types.field(self.variable.of, name)?;
        Some((self.variable.address.wrapping_add(offset), of))
    }

    fn number(&self, name: &str) -> Option<u64> {
        let (at, of) = self.field(name)?;
        let bytes = self.space.bytes(at, self.types.size(of)).ok()?;
        self.types.number(of, &bytes)
    }

    fn frequency(&self) -> Option<u64> {
        self.number("frequency").filter(|&frequency| frequency != 0)
    }

    fn entries(&self) -> Result<Vec<Entry>, String> {
        let (at, of) = self.field("entries").ok_or("its type has no entries")?;
        let Some(&Kind::Array(Some(entry), count)) = self.types.get(of).map(|found| &found.kind)
        else {
            return Err("its entries are no array".to_owned());
        };
        let frequency = self.frequency();
        let next = self.number("next").ok_or("the next entry's index cannot be read")?;
        if next >= count {
            return Err(format!("the next entry would be {next} of {count}"));
        }
        // The entry that is written next is the oldest.
        let order = (next..count).chain(0..next);
        let size = self.types.size(entry);
        Ok(order
            .filter_map(|index| {
                let at = at.wrapping_add(index.wrapping_mul(size));
                self.entry(index, entry, at, frequency)
            })
            .collect())
    }

    /// An entry; `None` if it is not used.
    fn entry(&self, index: u64, of: TypeId, at: u64, frequency: Option<u64>) -> Option<Entry> {
        let bad = |why: String| Entry {
            index,
            line: 0,
            generation: 0,
            count: 0,
            time: 0,
            seconds: None,
            payload: Value::Bad(why),
        };
        let bytes = match self.space.bytes(at, self.types.size(of)) {
            Ok(bytes) => bytes,
            Err(error) => return Some(bad(error.to_string())),
        };
        let number = |name| {
            let (offset, of) = self.types.field(of, name)?;
            let size = usize::try_from(self.types.size(of)).ok()?;
            Some(word(bytes.get(usize::try_from(offset).ok()?..)?.get(..size)?))
        };
        let count = number("count")?;
        let (offset, payload_type) = self.types.field(of, "payload")?;
        let payload = bytes.get(usize::try_from(offset).ok()?..)?;
        let time = number("time")?;
        (count != 0).then(|| Entry {
            index,
            line: number("line").unwrap_or(0),
            generation: number("generation").unwrap_or(0),
            count,
            time,
            seconds: frequency.map(|frequency| time as f64 / frequency as f64),
            payload: inside(decode(self.types, payload_type, payload, self.space)),
        })
    }
}

/// Without the `Some` that says an entry is used.
fn inside(value: Value) -> Value {
    match value {
        Value::Variant(name, value) if name == "Some" => match *value {
            Value::Tuple(_, mut items) if items.len() == 1 => items.remove(0),
            value => value,
        },
        value => value,
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ringbufs.is_empty() {
            return writeln!(f, "no ring buffers");
        }
        for (i, ringbuf) in self.ringbufs.iter().enumerate() {
            let gap = if i == 0 { "" } else { "\n" };
            writeln!(f, "{gap}{}: {}", ringbuf.task, ringbuf.name)?;
            if ringbuf.entries.is_empty() {
                writeln!(f, "  empty")?;
                continue;
            }
            let columns = ["line", "gen", "count", "time"].map(|name| (name, Align::Right));
            let mut table = Table::new(&[&columns[..], &[("payload", Align::Left)]].concat());
            for entry in &ringbuf.entries {
                let ticks = || entry.time.to_string();
                table.row([
                    entry.line.to_string(),
                    entry.generation.to_string(),
                    entry.count.to_string(),
                    entry.seconds.map_or_else(ticks, |seconds| format!("{seconds:.6} s")),
                    entry.payload.to_string(),
                ]);
            }
            write!(f, "{table}")?;
        }
        Ok(())
    }
}
