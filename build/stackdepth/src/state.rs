//! The registers at one instruction, and what instructions do to them.

use crate::decode::{Memory, Op, SP};
use crate::program::Program;
use crate::value::Value;
use std::collections::BTreeSet;

/// Every register. 31 is the stack pointer.
#[derive(Clone, PartialEq, Eq)]
pub struct State {
    registers: [Value; 32],
}

/// Why the depth of a stack cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The stack pointer becomes something that only the running program knows.
    Dynamic,
    /// Each turn of a loop takes more of the stack.
    Grows,
    /// Execution goes where there are no instructions.
    Astray,
}

impl State {
    /// At the first instruction of a function.
    pub fn entry() -> Self {
        let mut registers = [Value::Any; 32];
        registers[usize::from(SP)] = Value::Stack(0);
        Self { registers }
    }

    /// What a register holds; 31 is the stack pointer.
    pub fn get(&self, register: u8) -> Value {
        self.registers[usize::from(register)]
    }

    fn set(&mut self, register: u8, value: Value) {
        if register != SP {
            self.registers[usize::from(register)] = value;
        }
    }

    /// Bytes of stack in use.
    pub fn depth(&self) -> Result<u64, Lost> {
        match self.get(SP) {
            Value::Stack(offset) => Ok(offset.min(0).unsigned_abs()),
            _ => Err(Lost::Dynamic),
        }
    }

    /// What is true of both; of the stack the deeper.
    pub fn join(&mut self, other: &Self) {
        let deeper = match (self.get(SP), other.get(SP)) {
            (Value::Stack(one), Value::Stack(two)) => Value::Stack(one.min(two)),
            _ => Value::Any,
        };
        for (own, other) in self.registers.iter_mut().zip(&other.registers) {
            *own = own.or(*other);
        }
        self.registers[usize::from(SP)] = deeper;
    }

    /// Forgets registers of a mask.
    pub fn clobber(&mut self, mask: u32) {
        for register in (0..SP).filter(|register| mask & (1 << register) != 0) {
            self.set(register, Value::Any);
        }
    }

    /// Applies an instruction that does not branch. Addresses that it makes are noted.
    pub fn apply(&mut self, op: &Op, program: &Program<'_>, named: &mut BTreeSet<u64>) {
        match *op {
            Op::Page(to, page) => self.set(to, Value::Page(page)),
            Op::Value(to, value) => self.name(to, value, named),
            Op::Literal(to, at) => match program.constant(at) {
                Some(word) => self.name(to, word, named),
                None => self.set(to, Value::Any),
            },
            Op::Keep(to, new, kept) => {
                let old = self.get(to).as_constant();
                self.set(to, old.map_or(Value::Any, |old| Value::constant(old & kept | new)));
            }
            Op::Add(to, from, distance) => self.add(to, from, distance, named),
            Op::Sum(to, one, two, shift) => self.set(to, self.sum(one, two, shift)),
            Op::Extended(to, from, by, subtract) => {
                let by = self.get(by).as_constant().and_then(|by| i64::try_from(by).ok());
                let by = by.map(|by| if subtract { -by } else { by });
                let value = by.map_or(Value::Any, |by| self.get(from).plus(by));
                self.registers[usize::from(to)] = value;
            }
            Op::Move(to, SP) => self.set(to, Value::constant(0)),
            Op::Move(to, from) => self.set(to, self.get(from)),
            Op::Select(to, one, two) if one == SP || two == SP => self.set(to, Value::Any),
            Op::Select(to, one, two) => self.set(to, self.get(one).or(self.get(two))),
            Op::And(to, from, mask) => {
                let value = if from == SP { Value::Any } else { self.get(from) };
                self.registers[usize::from(to)] = and(value, mask);
            }
            Op::Memory(memory) => self.memory(&memory, program, named),
            Op::Table(to, base, bytes, signed) => {
                let table = self.get(base).as_constant().filter(|_| base != SP);
                self.set(to, table.map_or(Value::Any, |at| Value::Entry(at, bytes, signed)));
            }
            Op::Other(mask) => self.clobber(mask),
            Op::System => self.clobber(u32::MAX),
            Op::WildStack => self.registers[usize::from(SP)] = Value::Any,
            Op::Call(_) | Op::CallRegister(_) => self.clobber(CALL),
            Op::Jump(_) | Op::Branch(_) | Op::JumpRegister(_) | Op::Return | Op::Stop => (),
        }
    }

    fn name(&mut self, to: u8, value: u64, named: &mut BTreeSet<u64>) {
        named.insert(value);
        self.set(to, Value::constant(value));
    }

    fn add(&mut self, to: u8, from: u8, distance: i64, named: &mut BTreeSet<u64>) {
        let value = self.get(from).plus(distance);
        named.extend(value.as_constant());
        self.registers[usize::from(to)] = value;
    }

    fn sum(&self, one: u8, two: u8, shift: u32) -> Value {
        let value = |register| if register == SP { Value::constant(0) } else { self.get(register) };
        match (value(one), value(two)) {
            (base, Value::Entry(table, bytes, signed)) => match base.as_constant() {
                Some(base) => Value::Target(table, bytes, signed, shift, base),
                None => Value::Any,
            },
            (Value::Entry(table, bytes, signed), base) if shift == 0 => match base.as_constant() {
                Some(base) => Value::Target(table, bytes, signed, 0, base),
                None => Value::Any,
            },
            (one, two) => match two.as_constant() {
                Some(two) => one.plus((two << shift).cast_signed()),
                None => Value::Any,
            },
        }
    }

    fn memory(&mut self, memory: &Memory, program: &Program<'_>, named: &mut BTreeSet<u64>) {
        let base = self.get(memory.base);
        let at = |number: usize| memory.offset + 8 * number as i64;
        let address = |number: usize| match base {
            Value::Page(_) | Value::Among(_) => base.plus(at(number)).as_constant(),
            _ => None,
        };
        named.extend(address(0));
        let loaded = |number: usize| match (base, address(number)) {
            (_, Some(address)) => program.constant(address).map_or(Value::Any, Value::constant),
            (Value::Stack(_) | Value::Among(_), None) => Value::Any,
            _ => Value::Loaded(at(number)),
        };
        let words = [loaded(0), loaded(1)];
        if memory.writeback != 0 {
            self.registers[usize::from(memory.base)] = base.plus(memory.writeback);
        }
        for (register, value) in memory.words.iter().zip(words) {
            if let Some(register) = register {
                // A function's address from a table of constants is named like any other.
                named.extend(value.as_constant());
                self.set(*register, value);
            }
        }
        self.clobber(memory.clobbers);
    }
}

/// What a called function need not preserve: `x0` to `x18` and `x30`.
const CALL: u32 = 0x4007_ffff;

/// Rounding down a stack pointer takes at most what is cut off, and it was a multiple of 16.
fn and(value: Value, mask: u64) -> Value {
    let unit = 1 << mask.trailing_zeros().min(62);
    let rounds = mask == !(unit as u64 - 1);
    match value {
        Value::Stack(offset) if rounds => Value::Stack(offset.saturating_sub((unit - 16).max(0))),
        Value::Stack(_) => Value::Any,
        value => value.as_constant().map_or(Value::Any, |value| Value::constant(value & mask)),
    }
}
