//! A machine for tests: memory is a vector, time stands until a test moves it.

use crate::machine::{End, Frame, Machine};
use crate::region::{Granted, Read, Write};
use abi::NO_DEADLINE;
use std::collections::{BTreeMap, BTreeSet};

/// Saved registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    pub x: [u64; 31],
    pub pc: u64,
    pub sp: u64,
    pub ttbr0: u64,
}

impl Frame for Registers {
    fn get(&self, n: usize) -> u64 {
        self.x[n]
    }

    fn set(&mut self, n: usize, value: u64) {
        self.x[n] = value;
    }

    fn pc(&self) -> u64 {
        self.pc
    }

    fn reset(&mut self, entry: u64, stack: u64, ttbr0: u64) {
        *self = Self { x: [0; 31], pc: entry, sp: stack, ttbr0 };
    }
}

/// The machine. An access outside `memory` panics: no check of the kernel's may let one through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fake {
    /// By physical address.
    pub memory: Vec<u8>,
    /// What the counter reads.
    pub clock: u64,
    /// When it rings.
    pub alarm: u64,
    /// Interrupts let come.
    pub enabled: BTreeSet<u32>,
    /// Interrupts pending.
    pub pending: BTreeSet<u32>,
    /// The running task's program counter, not yet in its frame.
    pub pc: u64,
    /// Whether the running task may use floating-point registers.
    pub fp_open: bool,
    /// All of them.
    pub fp: u64,
    /// From where they were loaded; they belong there.
    pub fp_home: Option<u64>,
    /// How often they were saved, and loaded.
    pub fp_moves: [u32; 2],
    /// What is saved of them, by address.
    pub fp_kept: BTreeMap<u64, u64>,
    /// How the system ended.
    pub ended: Option<End>,
}

impl Fake {
    pub fn new(memory: usize) -> Self {
        Self {
            memory: vec![0; memory],
            clock: 0,
            alarm: NO_DEADLINE,
            enabled: BTreeSet::new(),
            pending: BTreeSet::new(),
            pc: 0,
            fp_open: false,
            fp: 0,
            fp_home: None,
            fp_moves: [0; 2],
            fp_kept: BTreeMap::new(),
            ended: None,
        }
    }
}

fn put(set: &mut BTreeSet<u32>, irq: u32, member: bool) {
    if member {
        set.insert(irq);
    } else {
        set.remove(&irq);
    }
}

impl Machine for Fake {
    type Frame = Registers;

    fn now(&self) -> u64 {
        self.clock
    }

    fn set_alarm(&mut self, deadline: u64) {
        self.alarm = deadline;
    }

    fn copy(&mut self, to: Granted<'_, Write>, from: Granted<'_, Read>) {
        let mut bytes = vec![0; to.len().min(from.len())];
        self.read(from, &mut bytes);
        self.write(to, &bytes);
    }

    fn read(&self, from: Granted<'_, Read>, into: &mut [u8]) {
        let length = into.len().min(from.len());
        let first = from.physical() as usize;
        into[..length].copy_from_slice(&self.memory[first..first + length]);
    }

    fn write(&mut self, to: Granted<'_, Write>, from: &[u8]) {
        let length = from.len().min(to.len());
        let first = to.physical() as usize;
        self.memory[first..first + length].copy_from_slice(&from[..length]);
    }

    fn irq_enable(&mut self, irq: u32, enable: bool) {
        put(&mut self.enabled, irq, enable);
    }

    fn irq_is_enabled(&self, irq: u32) -> bool {
        self.enabled.contains(&irq)
    }

    fn irq_set_pending(&mut self, irq: u32, pending: bool) {
        put(&mut self.pending, irq, pending);
    }

    fn irq_is_pending(&self, irq: u32) -> bool {
        self.pending.contains(&irq)
    }

    fn complete(&self, frame: &mut Registers) {
        frame.pc = self.pc;
    }

    fn fp_enable(&mut self, enable: bool) {
        self.fp_open = enable;
    }

    fn fp_save(&mut self, state: u64) {
        assert_eq!(self.fp_home, Some(state), "somebody else's registers");
        self.fp_moves[0] += 1;
        self.fp_kept.insert(state, self.fp);
    }

    fn fp_load(&mut self, state: u64) {
        self.fp_moves[1] += 1;
        self.fp_home = Some(state);
        self.fp = self.fp_kept.get(&state).copied().unwrap_or(0);
    }

    fn fp_clear(&mut self, state: u64) {
        self.fp_kept.insert(state, 0);
    }

    fn end(&mut self, end: End) {
        self.ended.get_or_insert(end);
    }
}
