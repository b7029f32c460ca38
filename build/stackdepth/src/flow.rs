//! The ways through one function: how deep the stack gets, who is called at which depth, and which
//! addresses the function makes.

use crate::decode::{Op, decode};
use crate::program::Program;
use crate::state::{Lost, State};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// As often as the registers at one place may turn out to be less well known than thought.
const PATIENCE: u32 = 500;
/// Entries of the largest jump table.
const ENTRIES: u64 = 4096;

/// One function.
#[derive(Debug, Default)]
pub struct Body {
    /// Bytes of stack that its own instructions take, at most.
    pub own: u64,
    /// Calls, by the address of the instruction and, of tail calls, their target.
    pub calls: BTreeMap<(u64, u64), Call>,
    /// Addresses that it makes: of functions, constants, variables; and other numbers.
    pub named: BTreeSet<u64>,
    /// Whether it can come back.
    pub returns: bool,
    /// Where its stack is lost, and why.
    pub lost: Option<(u64, Lost)>,
}

/// A call.
#[derive(Debug)]
pub struct Call {
    /// Bytes of stack in use then.
    pub depth: u64,
    /// Who is called.
    pub to: Callee,
}

/// Who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callee {
    /// The function at an address.
    Function(u64),
    /// Whoever is in a register.
    Register(Value),
}

/// What is known of the others while a function is read.
pub struct Context<'a> {
    /// The program.
    pub program: &'a Program<'a>,
    /// Addresses in constants at which something begins, as far as instructions say.
    pub beginnings: &'a BTreeSet<u64>,
    /// Functions that come back.
    pub returning: &'a BTreeSet<u64>,
}

/// Reads the function at an address.
pub fn read(context: &Context<'_>, entry: u64) -> Body {
    let mut flow = Flow {
        context,
        entry,
        body: Body::default(),
        states: BTreeMap::new(),
        changes: BTreeMap::new(),
        queue: Vec::new(),
        seen: BTreeSet::new(),
        table: None,
    };
    flow.reach(entry, &State::entry());
    flow.run();
    // What a jump table leads to that was not understood to its end.
    while let Some((state, at)) = flow.table.clone().zip(flow.left_out()) {
        flow.reach(at, &state);
        flow.run();
    }
    flow.body
}

struct Flow<'a> {
    context: &'a Context<'a>,
    entry: u64,
    body: Body,
    /// At every place that is jumped to.
    states: BTreeMap<u64, State>,
    changes: BTreeMap<u64, u32>,
    queue: Vec<u64>,
    seen: BTreeSet<u64>,
    /// At a jump by a table.
    table: Option<State>,
}

impl Flow<'_> {
    fn run(&mut self) {
        while let Some(at) = self.queue.pop() {
            if let Some(state) = self.states.get(&at).cloned() {
                self.walk(at, state);
            }
        }
    }

    /// Execution comes here with these registers.
    fn reach(&mut self, at: u64, state: &State) {
        let Some(old) = self.states.get_mut(&at) else {
            self.states.insert(at, state.clone());
            return self.queue.push(at);
        };
        let before = old.clone();
        old.join(state);
        if *old != before {
            let changes = self.changes.entry(at).or_default();
            *changes += 1;
            if *changes > PATIENCE {
                self.body.lost.get_or_insert((at, Lost::Grows));
            } else {
                self.queue.push(at);
            }
        }
    }

    /// From there up to where nothing follows.
    fn walk(&mut self, start: u64, mut state: State) {
        let mut at = start;
        loop {
            let Some(word) = self.context.program.instruction(at) else {
                self.body.lost.get_or_insert((at, Lost::Astray));
                return;
            };
            self.seen.insert(at);
            let op = decode(word, at);
            let goes_on = self.step(at, &op, &mut state);
            match state.depth() {
                Ok(depth) => self.body.own = self.body.own.max(depth),
                Err(lost) => {
                    self.body.lost.get_or_insert((at, lost));
                    return;
                }
            }
            at = at.wrapping_add(4);
            if !goes_on {
                return;
            }
            if self.is_other(at) {
                return self.call(at.wrapping_sub(4), Callee::Function(at), &state, true);
            }
            if self.states.contains_key(&at) {
                return self.reach(at, &state);
            }
        }
    }

    /// One instruction. Whether the next one follows.
    fn step(&mut self, at: u64, op: &Op, state: &mut State) -> bool {
        let follows = match *op {
            Op::Call(to) => {
                self.call(at, Callee::Function(to), state, false);
                self.context.returning.contains(&to)
            }
            Op::CallRegister(register) => {
                self.call(at, Callee::Register(state.get(register)), state, false);
                true
            }
            Op::Jump(to) => {
                self.jump(at, to, state);
                false
            }
            Op::Branch(to) => {
                self.jump(at, to, state);
                true
            }
            Op::JumpRegister(register) => {
                self.jump_register(at, state.get(register), state);
                false
            }
            Op::Return => {
                self.body.returns = true;
                false
            }
            Op::Stop => false,
            _ => true,
        };
        if follows {
            state.apply(op, self.context.program, &mut self.body.named);
        }
        follows
    }

    fn is_other(&self, at: u64) -> bool {
        at != self.entry && self.context.program.functions.contains_key(&at)
    }

    fn jump(&mut self, at: u64, to: u64, state: &State) {
        if self.is_other(to) {
            self.call(at, Callee::Function(to), state, true);
        } else if self.context.program.is_code(to) {
            self.reach(to, state);
        } else {
            self.body.lost.get_or_insert((at, Lost::Astray));
        }
    }

    fn jump_register(&mut self, at: u64, to: Value, state: &State) {
        match to {
            Value::Target(table, bytes, signed, shift, base) => {
                self.table.get_or_insert_with(|| state.clone());
                for to in self.targets(table, bytes, signed, shift, base) {
                    self.reach(to, state);
                }
            }
            Value::Among(targets) => {
                for to in targets.get() {
                    self.jump(at, *to, state);
                }
            }
            other => self.call(at, Callee::Register(other), state, true),
        }
    }

    /// Where the entries of a jump table lead: up to the next thing in the constants.
    fn targets(&self, table: u64, bytes: u8, signed: bool, shift: u32, base: u64) -> Vec<u64> {
        let program = self.context.program;
        let range = self.range();
        let next = self
            .context
            .beginnings
            .range(table.saturating_add(1)..)
            .next()
            .copied()
            .unwrap_or(u64::MAX);
        let entry = |number: u64| {
            let at = table.saturating_add(number * u64::from(bytes));
            let inside = at.saturating_add(bytes.into()) <= next;
            let raw = (0..u64::from(bytes)).rev().try_fold(0, |sum: u64, byte| {
                Some((sum << 8) | u64::from(program.byte(at.saturating_add(byte))?))
            })?;
            let spare = 64 - 8 * u32::from(bytes);
            let distance =
                if signed { (raw << spare).cast_signed() >> spare } else { raw.cast_signed() };
            let to = base.wrapping_add_signed(distance << shift);
            (inside && range.contains(&to) && program.is_code(to)).then_some(to)
        };
        (0..ENTRIES).map_while(entry).collect()
    }

    /// Up to the next function.
    fn range(&self) -> std::ops::Range<u64> {
        let next = self.context.program.functions.range(self.entry.saturating_add(1)..).next();
        self.entry..next.map_or(u64::MAX, |(address, _)| *address)
    }

    /// An instruction that execution never came to, and that is no padding.
    fn left_out(&self) -> Option<u64> {
        let program = self.context.program;
        let padding = |word: u32, at| word == NOP || matches!(decode(word, at), Op::Stop);
        let all = self.range().step_by(4).map_while(|at| Some((at, program.instruction(at)?)));
        let mut left = all.filter(|(at, word)| !self.seen.contains(at) && !padding(*word, *at));
        left.next().map(|(at, _)| at)
    }

    fn call(&mut self, at: u64, to: Callee, state: &State, tail: bool) {
        let Ok(depth) = state.depth() else { return };
        let target = match to {
            Callee::Function(target) => {
                self.body.returns |= tail && self.context.returning.contains(&target);
                target
            }
            Callee::Register(_) => {
                self.body.returns |= tail;
                0
            }
        };
        let call = self.body.calls.entry((at, target)).or_insert(Call { depth, to });
        call.depth = call.depth.max(depth);
        if let (Callee::Register(one), Callee::Register(two)) = (call.to, to) {
            call.to = Callee::Register(one.or(two));
        }
    }
}

const NOP: u32 = 0xd503_201f;
