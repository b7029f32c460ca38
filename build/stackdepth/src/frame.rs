//! One function: how deep its own stack gets, and what it calls at which depth.

use crate::insn::{Insn, decode};
use std::collections::BTreeMap;

/// No stack is as large; a depth beyond it means that a loop pushes.
const TOO_DEEP: i64 = 1 << 24;
/// A jump table's address is computed at most so many instructions before it is used.
const NEAR: usize = 12;

/// Where a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The function at this address.
    Function(u64),
    /// Wherever a register points.
    Pointer,
}

/// A call, or a jump to another function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Bytes of the caller's stack in use then.
    pub depth: u64,
    /// Where it goes.
    pub to: Target,
}

/// What a function does with its stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Bytes of its own, at most.
    pub deepest: u64,
    /// What it calls.
    pub calls: Vec<Call>,
    /// Whether it ever comes back to its caller.
    pub returns: bool,
    /// Why nothing is known of it.
    pub problem: Option<&'static str>,
}

/// Follows all ways through a function's instructions, which begin at `base`. `comes_back` says
/// whether a function that is called returns.
pub fn frame(words: &[u32], base: u64, comes_back: &dyn Fn(u64) -> bool) -> Frame {
    let mut walk = Walk {
        words,
        base,
        comes_back,
        depths: vec![None; words.len()],
        open: vec![(0, 0)],
        tables: None,
        positions: [None; 32],
        calls: BTreeMap::new(),
        frame: Frame::default(),
    };
    walk.run();
    if let Some(depth) = walk.tables {
        // Where a jump table leads is not followed: to whatever nothing else leads to.
        for at in 0..words.len() {
            if walk.depths[at].is_none() {
                walk.open.push((at, depth));
                walk.run();
            }
        }
    }
    walk.frame.calls = walk.calls.into_values().collect();
    walk.frame
}

struct Walk<'f> {
    words: &'f [u32],
    base: u64,
    comes_back: &'f dyn Fn(u64) -> bool,
    /// By instruction: the depth before it.
    depths: Vec<Option<i64>>,
    /// Where to go on, and how deep.
    open: Vec<(usize, i64)>,
    /// The depth at jump tables, if there are any.
    tables: Option<i64>,
    /// By register: how deep it points into the stack.
    positions: [Option<i64>; 32],
    /// By instruction.
    calls: BTreeMap<usize, Call>,
    frame: Frame,
}

impl Walk<'_> {
    fn run(&mut self) {
        while let Some((at, depth)) = self.open.pop() {
            self.follow(at, depth);
        }
    }

    /// Goes straight on until the way ends or was gone before as deep.
    fn follow(&mut self, mut at: usize, mut depth: i64) {
        while at < self.words.len() && self.depths[at].is_none_or(|known| known < depth) {
            self.depths[at] = Some(depth);
            let insn = decode(self.words[at], self.address(at));
            match self.moved(insn, depth) {
                Ok(moved) => depth = moved,
                Err(problem) => {
                    self.frame.problem = Some(problem);
                    return;
                }
            }
            self.frame.deepest = self.frame.deepest.max(depth.max(0) as u64);
            if !self.goes_on(insn, at, depth) {
                return;
            }
            at += 1;
        }
    }

    fn address(&self, at: usize) -> u64 {
        self.base + at as u64 * 4
    }

    /// The depth after an instruction.
    fn moved(&mut self, insn: Insn, depth: i64) -> Result<i64, &'static str> {
        const LOST: &str = "sets its stack pointer to what only the running program knows";
        let depth = match insn {
            Insn::Grow(bytes) => depth + bytes,
            Insn::Copy(register, bytes) => {
                self.positions[register as usize] = Some(depth - bytes);
                depth
            }
            Insn::Set(register, bytes) => self.positions[register as usize].ok_or(LOST)? - bytes,
            Insn::Align(register, bytes) => {
                self.positions[register as usize].ok_or(LOST)? + bytes - 1
            }
            Insn::Unknown => return Err(LOST),
            _ => depth,
        };
        if depth > TOO_DEEP { Err("pushes in a loop") } else { Ok(depth) }
    }

    /// Whether the next instruction may come after this one.
    fn goes_on(&mut self, insn: Insn, at: usize, depth: i64) -> bool {
        match insn {
            Insn::Call(to) => {
                self.call(at, depth, Target::Function(to));
                (self.comes_back)(to)
            }
            Insn::CallRegister => {
                self.call(at, depth, Target::Pointer);
                true
            }
            Insn::Jump(to) => {
                self.jump(at, depth, to);
                false
            }
            Insn::Branch(to) => {
                self.jump(at, depth, to);
                true
            }
            Insn::JumpRegister(register) if self.is_table(at, register) => {
                self.tables = self.tables.max(Some(depth));
                false
            }
            Insn::JumpRegister(_) => {
                self.call(at, depth, Target::Pointer);
                self.frame.returns = true;
                false
            }
            Insn::Return => {
                self.frame.returns = true;
                false
            }
            Insn::Trap => false,
            _ => true,
        }
    }

    fn call(&mut self, at: usize, depth: i64, to: Target) {
        let depth = depth.max(0) as u64;
        let call = self.calls.entry(at).or_insert(Call { depth, to });
        call.depth = call.depth.max(depth);
    }

    /// Within the function, or to another one that returns in its place.
    fn jump(&mut self, at: usize, depth: i64, to: u64) {
        let end = self.address(self.words.len());
        if (self.base..end).contains(&to) {
            self.open.push((((to - self.base) / 4) as usize, depth));
        } else {
            self.call(at, depth, Target::Function(to));
            self.frame.returns |= (self.comes_back)(to);
        }
    }

    /// Whether a register was computed from a table's entry: `add xN, …, xM` after a load of `xM`.
    fn is_table(&self, at: usize, register: u32) -> bool {
        let before = |end: usize, wanted: &dyn Fn(Insn) -> Option<u32>| {
            let near = end.saturating_sub(NEAR)..end;
            near.rev().find_map(|at| Some((at, wanted(decode(self.words[at], self.address(at)))?)))
        };
        let sum = before(at, &|insn| match insn {
            Insn::AddRegister(to, entry) if to == register => Some(entry),
            _ => None,
        });
        sum.is_some_and(|(at, entry)| {
            before(at, &|insn| (insn == Insn::LoadEntry(entry)).then_some(entry)).is_some()
        })
    }
}

/// Addresses that instructions put together: by `adr`, or `adrp` and `add`.
pub fn addresses(words: &[u32], base: u64) -> Vec<u64> {
    let (mut pages, mut found) = ([None; 32], Vec::new());
    for (word, at) in words.iter().zip((base..).step_by(4)) {
        match decode(*word, at) {
            Insn::Address(register, address) => {
                pages[register as usize] = Some(address);
                found.push(address);
            }
            Insn::Add(register, bytes) => {
                found.extend(pages[register as usize].map(|page| page + bytes));
            }
            _ => (),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[u32]) -> Frame {
        frame(words, 0x1000, &|_| true)
    }

    #[test]
    fn calls_know_their_depth() {
        let seen = of(&[
            0xa9bd_7bfd, // stp x29, x30, [sp, #-48]!
            0x9400_0100, // bl
            0xd100_43ff, // sub sp, sp, #16
            0xd63f_0100, // blr x8
            0x9100_43ff, // add sp, sp, #16
            0xa8c3_7bfd, // ldp x29, x30, [sp], #48
            0x1400_0200, // b elsewhere
        ]);
        let call = |depth, to| Call { depth, to };
        let expected = [
            call(48, Target::Function(0x1404)),
            call(64, Target::Pointer),
            call(0, Target::Function(0x1818)),
        ];
        assert_eq!((seen.deepest, &seen.calls[..], seen.returns), (64, &expected[..], true));
    }

    #[test]
    fn the_deepest_way_counts() {
        let seen = of(&[
            0xb400_0060, // cbz x0, to `ret`
            0xd100_83ff, // sub sp, sp, #32
            0x9100_83ff, // add sp, sp, #32
            0xd65f_03c0, // ret
        ]);
        assert_eq!((seen.deepest, seen.returns, seen.problem), (32, true, None));
    }

    #[test]
    fn what_never_comes_back_is_the_end() {
        let words = [0xd100_43ff, 0x9400_0100, 0xd100_43ff, 0xd65f_03c0];
        let seen = frame(&words, 0x1000, &|_| false);
        assert_eq!((seen.deepest, seen.returns), (16, false));
    }

    #[test]
    fn the_frame_pointer_brings_the_stack_back() {
        let seen = of(&[
            0xa9be_7bfd, // stp x29, x30, [sp, #-32]!
            0x9100_03fd, // mov x29, sp
            0xd101_03e9, // sub x9, sp, #64
            0x927a_e53f, // and sp, x9, #-64
            0x9100_03bf, // mov sp, x29
            0xa8c2_7bfd, // ldp x29, x30, [sp], #32
            0xd65f_03c0, // ret
        ]);
        assert_eq!((seen.deepest, seen.problem), (32 + 64 + 63, None));
    }

    #[test]
    fn what_cannot_be_known_is_said() {
        assert!(of(&[0xcb29_63ff, 0xd65f_03c0]).problem.is_some()); // sub sp, sp, x9
        assert!(of(&[0x9100_011f, 0xd65f_03c0]).problem.is_some()); // mov sp, x8
        let pushing = of(&[0xd100_43ff, 0x17ff_ffff]); // sub sp, sp, #16; b back
        assert_eq!(pushing.problem, Some("pushes in a loop"));
    }

    #[test]
    fn jump_tables_are_no_calls() {
        let seen = of(&[
            0xd100_43ff, // sub sp, sp, #16
            0x1000_0009, // adr x9, .
            0xb8a8_796a, // ldrsw x10, [x11, x8, lsl #2]
            0x8b0a_0129, // add x9, x9, x10
            0xd61f_0120, // br x9
            0xd100_83ff, // sub sp, sp, #32
            0xd65f_03c0, // ret
        ]);
        assert_eq!((seen.deepest, seen.calls.len(), seen.returns), (48, 0, true));
        let call = of(&[0xd61f_0120]);
        assert_eq!(call.calls, [Call { depth: 0, to: Target::Pointer }]);
    }

    #[test]
    fn addresses_are_put_together() {
        let words = [0xb000_0001, 0x9100_8021, 0x1000_0089];
        assert_eq!(addresses(&words, 0x1000), [0x2000, 0x2020, 0x1018]);
    }
}
