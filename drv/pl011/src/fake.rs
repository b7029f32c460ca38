//! A stand-in for the registers that behaves as DDI 0183 says.

extern crate std;

use crate::registers::*;
use mmio::Bus;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::vec::Vec;

/// Bytes in each of the device's own queues.
pub const DEPTH: usize = 16;
/// At or below this, and coming from above, the transmit interrupt is raised.
const TX_LEVEL: usize = DEPTH / 8;

#[derive(Default)]
struct State {
    registers: BTreeMap<usize, u32>,
    to_send: VecDeque<u8>,
    received: VecDeque<u32>,
    sent: Vec<u8>,
    raw: u32,
    busy: bool,
}

/// The device, shared between the driver and the test.
#[derive(Clone, Default)]
pub struct Fake(Rc<RefCell<State>>);

impl Fake {
    /// The driver's end.
    pub fn bus(&self) -> Self {
        self.clone()
    }

    /// What was written last.
    pub fn register(&self, offset: usize) -> u32 {
        self.0.borrow().registers.get(&offset).copied().unwrap_or(0)
    }

    /// As if something had written it before.
    pub fn set(&self, offset: usize, value: u32) {
        self.0.borrow_mut().registers.insert(offset, value);
    }

    /// As if these interrupts had been enabled and had come.
    pub fn let_through(&self, interrupts: u32) {
        self.set(IMSC, interrupts);
        self.0.borrow_mut().raw |= interrupts;
    }

    /// Keeps the line busy.
    pub fn set_busy(&self, busy: bool) {
        self.0.borrow_mut().busy = busy;
    }

    /// Bytes arrive, and then a pause.
    pub fn arrive(&self, bytes: &[u8]) {
        for &byte in bytes {
            self.arrive_word(byte.into());
        }
    }

    /// A byte arrives with flags above it.
    pub fn arrive_word(&self, word: u32) {
        let mut state = self.0.borrow_mut();
        assert!(state.received.len() < DEPTH, "the test overran the device");
        state.received.push_back(word);
        state.raw |= INT_RT;
        if state.received.len() == DEPTH / 2 {
            state.raw |= INT_RX;
        }
    }

    /// Everything in the device's queue goes out on the line.
    pub fn transmit_all(&self) {
        let mut state = self.0.borrow_mut();
        while let Some(byte) = state.to_send.pop_front() {
            state.sent.push(byte);
            if state.to_send.len() == TX_LEVEL {
                state.raw |= INT_TX;
            }
        }
    }

    /// What went out.
    pub fn sent(&self) -> Vec<u8> {
        self.0.borrow().sent.clone()
    }

    /// Whether the interrupt line is up.
    pub fn interrupts(&self) -> bool {
        self.0.borrow().raw & self.register(IMSC) != 0
    }

    fn flags(&self) -> u32 {
        let state = self.0.borrow();
        let flag = |is: bool, bit: u32| if is { bit } else { 0 };
        flag(state.busy || !state.to_send.is_empty(), FR_BUSY)
            | flag(state.received.is_empty(), FR_RXFE)
            | flag(state.to_send.len() == DEPTH, FR_TXFF)
    }

    fn read_data(&self) -> u32 {
        let mut state = self.0.borrow_mut();
        let word = state.received.pop_front().expect("read from an empty device");
        if state.received.is_empty() {
            state.raw &= !(INT_RX | INT_RT);
        }
        word
    }

    fn write_data(&self, byte: u8) {
        let mut state = self.0.borrow_mut();
        assert!(state.to_send.len() < DEPTH, "written to a full device");
        state.to_send.push_back(byte);
        if state.to_send.len() > TX_LEVEL {
            state.raw &= !INT_TX;
        }
    }

    fn write_line_control(&self, value: u32) {
        self.set(LCR_H, value);
        if value & LCR_FEN == 0 {
            let mut state = self.0.borrow_mut();
            state.to_send.clear();
            state.received.clear();
        }
    }
}

impl Bus for Fake {
    fn read32(&self, offset: usize) -> u32 {
        match offset {
            DR => self.read_data(),
            FR => self.flags(),
            _ => self.register(offset),
        }
    }

    fn write32(&mut self, offset: usize, value: u32) {
        match offset {
            DR => self.write_data(value as u8),
            LCR_H => self.write_line_control(value),
            ICR => self.0.borrow_mut().raw &= !value,
            _ => self.set(offset, value),
        }
    }
}
