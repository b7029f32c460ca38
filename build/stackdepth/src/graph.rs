//! Who calls whom, and who makes whose address.

use crate::decode::{Op, decode};
use crate::flow::{Body, Call, Callee, Context, read};
use crate::name;
use crate::program::Program;
use crate::state::{Lost, State};
use crate::tables::Tables;
use crate::value::Value;
use crate::{Error, Roots};
use std::collections::{BTreeMap, BTreeSet};

/// How the target of an indirect call came into its register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// From memory that is no method table.
    Pointer,
    /// From so many words behind the begin of what may be a method table.
    Slot(u8),
    /// Nobody knows.
    Unknown,
}

/// Who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A function, by index.
    Function(usize),
    /// Whoever such a call may reach.
    Indirect(Class),
}

/// A function.
#[derive(Debug)]
pub struct Function {
    /// Readable.
    pub name: String,
    /// First instruction.
    pub address: u64,
    /// Bytes of stack that its own instructions take.
    pub own: u64,
    /// Calls, with the bytes of stack in use at each.
    pub calls: Vec<(u64, Target)>,
    /// Implementations of traits of `core::fmt` whose addresses it makes, and how they are called.
    pub formatters: BTreeSet<(usize, Class)>,
    /// Where its stack is lost.
    pub lost: Option<(u64, Lost)>,
    /// Whether it is a way into a panic: of `core`, and never coming back.
    pub panics: bool,
    /// Whether a panic has ended when it is called: nothing that panics here counts.
    pub ends_panic: bool,
}

/// A program.
pub struct Graph {
    /// By address.
    pub functions: Vec<Function>,
    /// First instruction.
    entry: u64,
    /// Functions whose address is made or kept somewhere but not in a method table.
    pub pointers: BTreeSet<usize>,
    /// Functions in method tables, by their place there.
    pub slots: BTreeMap<u8, BTreeSet<usize>>,
}

impl Graph {
    /// Of a linked program.
    pub fn of(mut program: Program<'_>) -> Self {
        let beginnings = prepare(&mut program);
        let bodies = bodies(&program, &beginnings);
        let index: BTreeMap<u64, usize> = program.functions.keys().copied().zip(0..).collect();
        let beginnings = bodies.iter().flat_map(|body| &body.named).copied();
        let tables = Tables::read(&program, &index, beginnings.collect());
        Self::assemble(&program, bodies, &index, &tables)
    }

    fn assemble(
        program: &Program<'_>,
        bodies: Vec<Body>,
        index: &BTreeMap<u64, usize>,
        tables: &Tables,
    ) -> Self {
        let names: Vec<&String> = program.functions.values().collect();
        let formatter = |function: &usize| name::is_formatter(names[*function]);
        let made = bodies.iter().flat_map(|body| &body.named).filter_map(|at| index.get(at));
        let pointers = made.chain(&tables.pointers).copied();
        let pointers = pointers.filter(|function| !formatter(function)).collect();
        let mut slots: BTreeMap<u8, BTreeSet<usize>> = BTreeMap::new();
        for (slot, function) in tables.slots.iter().filter(|(_, function)| !formatter(function)) {
            slots.entry(*slot).or_default().insert(*function);
        }
        let hub = has_own_hub(&names);
        let each = bodies.into_iter().zip(&program.functions).map(|(body, (address, name))| {
            let named = body.named.iter().flat_map(|at| match index.get(at) {
                Some(function) => BTreeSet::from([(*function, Class::Pointer)]),
                None => tables.reached_from(*at),
            });
            Function {
                name: name.clone(),
                address: *address,
                own: body.own,
                calls: body.calls.values().flat_map(|call| targets(call, index)).collect(),
                formatters: named.filter(|(function, _)| formatter(function)).collect(),
                lost: body.lost,
                panics: !body.returns && name::is_core(name) || name::is_panic_handler(name),
                ends_panic: hub(name),
            }
        });
        let mut graph = Self { functions: each.collect(), entry: program.entry, pointers, slots };
        graph.adopt(tables, index.get(&program.entry).copied().unwrap_or(0), &formatter);
        graph
    }

    /// Formatters in constants that no function is seen to refer to: as if the first did.
    fn adopt(&mut self, tables: &Tables, entry: usize, formatter: &dyn Fn(&usize) -> bool) {
        let named = self.functions.iter().flat_map(|function| &function.formatters);
        let named: BTreeSet<usize> = named.map(|(function, _)| *function).collect();
        let slots = tables.slots.iter().map(|(slot, function)| (*function, Class::Slot(*slot)));
        let all = slots.chain(tables.pointers.iter().map(|function| (*function, Class::Pointer)));
        let orphans: Vec<_> =
            all.filter(|(function, _)| formatter(function) && !named.contains(function)).collect();
        if let Some(entry) = self.functions.get_mut(entry) {
            entry.formatters.extend(orphans);
        }
    }

    /// The functions that begin with an empty stack.
    pub fn roots(&self, roots: Roots<'_>) -> Result<Vec<usize>, Error> {
        let wanted = |function: &Function| match roots {
            Roots::Entry => function.address == self.entry,
            Roots::Prefix(prefix) => function.name.starts_with(prefix),
        };
        let all = self.functions.iter().enumerate().filter(|(_, function)| wanted(function));
        let all: Vec<usize> = all.map(|(index, _)| index).collect();
        match roots {
            _ if !all.is_empty() => Ok(all),
            Roots::Entry => Err(Error::NoRoot("at the entry".into())),
            Roots::Prefix(prefix) => Err(Error::NoRoot(format!("{prefix}*"))),
        }
    }
}

/// Which function a panic comes to at last: the handler, or what it was merged into.
fn has_own_hub<'n>(names: &[&'n String]) -> impl Fn(&str) -> bool + use<'n> {
    let handler = names.iter().any(|name| name::is_panic_handler(name));
    move |name| if handler { name::is_panic_handler(name) } else { name::is_panic_hub(name) }
}

fn targets(call: &Call, index: &BTreeMap<u64, usize>) -> Vec<(u64, Target)> {
    let of = |target| (call.depth, target);
    match call.to {
        Callee::Function(at) => {
            index.get(&at).map(|it| of(Target::Function(*it))).into_iter().collect()
        }
        Callee::Register(Value::Among(numbers)) => {
            let all = numbers.get().iter().filter_map(|at| index.get(at));
            all.map(|function| of(Target::Function(*function))).collect()
        }
        Callee::Register(Value::Loaded(offset)) => vec![of(Target::Indirect(class(offset)))],
        Callee::Register(_) => vec![of(Target::Indirect(Class::Unknown))],
    }
}

/// A method table begins with three words that are no methods; the first may be `drop`.
fn class(offset: i64) -> Class {
    match (offset % 8, u8::try_from(offset / 8)) {
        (0, Ok(slot)) if slot == 0 || slot > 2 => Class::Slot(slot),
        _ => Class::Pointer,
    }
}

/// Finds functions without a name, and where something begins in the constants, going through
/// all instructions in their order.
fn prepare(program: &mut Program<'_>) -> BTreeSet<u64> {
    let (mut beginnings, mut called) = (BTreeSet::new(), BTreeSet::new());
    let starts: Vec<u64> = program.functions.keys().copied().collect();
    for (number, start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(u64::MAX);
        let (mut at, mut state) = (*start, State::entry());
        while let Some(word) = program.instruction(at).filter(|_| at < end) {
            let op = decode(word, at);
            match op {
                Op::Call(to) if program.is_code(to) => drop(called.insert(to)),
                Op::Jump(_) | Op::JumpRegister(_) | Op::Return | Op::Stop => state = State::entry(),
                _ => (),
            }
            state.apply(&op, program, &mut beginnings);
            at = at.wrapping_add(4);
        }
    }
    for at in called {
        program.functions.entry(at).or_insert_with(|| format!("{at:#x}"));
    }
    beginnings.retain(|at| program.is_data(*at));
    beginnings
}

/// Reads all functions; again, as long as more turn out to come back.
fn bodies(program: &Program<'_>, beginnings: &BTreeSet<u64>) -> Vec<Body> {
    let mut returning = BTreeSet::new();
    let mut bodies: BTreeMap<u64, Body> = BTreeMap::new();
    let mut waiting: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    let mut queue: BTreeSet<u64> = program.functions.keys().copied().collect();
    while let Some(entry) = queue.pop_first() {
        let body = read(&Context { program, beginnings, returning: &returning }, entry);
        for call in body.calls.values() {
            if let Callee::Function(to) = call.to {
                waiting.entry(to).or_default().insert(entry);
            }
        }
        if body.returns && returning.insert(entry) {
            queue.extend(waiting.get(&entry).into_iter().flatten());
        }
        bodies.insert(entry, body);
    }
    bodies.into_values().collect()
}
