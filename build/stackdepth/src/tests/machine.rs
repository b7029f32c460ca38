//! A tiny assembler.

use crate::graph::Graph;
use crate::program::Program;
use crate::{Error, Estimate, Roots, Rules, solve};

/// Where instructions begin.
pub const CODE: u64 = 0x1_0000;
/// Where constants begin.
pub const DATA: u64 = 0x2_0000;

pub const RET: u32 = 0xd65f_03c0;
pub const NOP: u32 = 0xd503_201f;
pub const BRK: u32 = 0xd420_0020;

/// A program being written.
#[derive(Default)]
pub struct Machine {
    code: Vec<u8>,
    data: Vec<u8>,
    functions: Vec<(u64, String)>,
}

impl Machine {
    /// The address of the next instruction.
    pub fn here(&self) -> u64 {
        CODE + self.code.len() as u64
    }

    /// A function made of these instructions; its address.
    pub fn function(&mut self, name: &str, words: &[u32]) -> u64 {
        let at = self.here();
        self.functions.push((at, name.to_owned()));
        self.code.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        at
    }

    /// One that takes `frame` bytes, calls these, and returns.
    pub fn calls(&mut self, name: &str, frame: u32, callees: &[u64]) -> u64 {
        let mut words = vec![sub_sp(frame)];
        for callee in callees {
            words.push(bl(self.here() + 4 * words.len() as u64, *callee));
        }
        words.extend([add_sp(frame), RET]);
        self.function(name, &words)
    }

    /// A constant; its address.
    pub fn constant(&mut self, words: &[u64]) -> u64 {
        let at = DATA + self.data.len() as u64;
        self.data.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        at
    }

    /// Bytes of constants; their address.
    pub fn bytes(&mut self, bytes: &[u8]) -> u64 {
        let at = DATA + self.data.len() as u64;
        self.data.extend(bytes);
        at
    }

    /// How deep it gets.
    pub fn depth(&self, rules: &Rules) -> Result<Estimate, Error> {
        let functions: Vec<_> = self.functions.iter().map(|(at, name)| (*at, &**name)).collect();
        let program = Program::of((CODE, &self.code), (DATA, &self.data), &functions);
        let root = self.functions.iter().find(|(_, name)| name == "_start");
        let graph = Graph::of(program);
        solve(&graph, Roots::Prefix(root.map_or("", |(_, name)| name)), rules)
    }

    /// The same without rules, and it must work.
    #[track_caller]
    pub fn bytes_of_stack(&self) -> u64 {
        self.depth(&Rules::default()).unwrap().most
    }
}

fn relative(from: u64, to: u64) -> u32 {
    ((to.wrapping_sub(from).cast_signed() >> 2) as u32) & 0x03ff_ffff
}

pub fn bl(from: u64, to: u64) -> u32 {
    0x9400_0000 | relative(from, to)
}

pub fn b(from: u64, to: u64) -> u32 {
    0x1400_0000 | relative(from, to)
}

/// `cbz x0`.
pub fn cbz(from: u64, to: u64) -> u32 {
    0xb400_0000 | (relative(from, to) & 0x7ffff) << 5
}

pub fn sub_sp(bytes: u32) -> u32 {
    0xd100_03ff | bytes << 10
}

pub fn add_sp(bytes: u32) -> u32 {
    0x9100_03ff | bytes << 10
}

pub fn blr(register: u32) -> u32 {
    0xd63f_0000 | register << 5
}

pub fn br(register: u32) -> u32 {
    0xd61f_0000 | register << 5
}

/// `adrp` and `add`: an address into a register.
pub fn address(register: u32, from: u64, to: u64) -> [u32; 2] {
    let pages = ((to >> 12).wrapping_sub(from >> 12)) as u32;
    let adrp = 0x9000_0000 | register | (pages & 3) << 29 | (pages >> 2 & 0x7ffff) << 5;
    [adrp, 0x9100_0000 | register | register << 5 | ((to & 0xfff) as u32) << 10]
}

/// `ldr` of a word at a register plus a multiple of 8.
pub fn load(to: u32, base: u32, offset: u32) -> u32 {
    0xf940_0000 | to | base << 5 | (offset / 8) << 10
}
