//! Two chips, as far as the driver knows them, and a clock.

use crate::query::both;
use crate::{Clock, Memo, Program};
use mmio::Bus;
use std::cell::{Cell, RefCell};
use std::vec;
use std::vec::Vec;

/// Bytes of the pair, of a block, and of the buffers.
pub const SIZE: usize = 128 << 10;
pub const BLOCK: usize = 4096;
pub const BUFFER: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shows {
    Array,
    Status,
    Query,
}

/// What the next write is.
#[derive(Clone, Debug, PartialEq)]
enum Awaits {
    Command,
    /// Whatever it is, it makes memory of hasty chips again, and nothing else.
    Anything,
    EraseConfirm(usize),
    Count,
    Words(usize, Vec<(usize, u32)>),
    ProgramConfirm(Vec<(usize, u32)>),
}

/// Two chips. QEMU's differ from real ones: words go into memory at once, ones and zeros.
pub struct Chips {
    pub words: Vec<u32>,
    pub query: Vec<u32>,
    /// Writes go there at once, whatever is in memory.
    pub hasty: bool,
    shows: Shows,
    awaits: Awaits,
    status: u16,
    /// Hasty chips say that they are ready only after something was begun since the status was
    /// cleared.
    ready: bool,
    /// Looks at the status until they are ready.
    pub busy: usize,
    /// How long the next erase or program takes.
    pub slow: usize,
    /// What the status says of the next erase or program.
    pub trouble: u16,
    /// The driver dies before so many further writes.
    pub dies: Option<usize>,
    /// Where the block begins that is being erased, in words.
    erasing: Option<usize>,
    /// An erase is suspended, and takes so long afterwards.
    suspended: Option<usize>,
    /// Of the next erase that is to be suspended the upper chip is done already.
    pub uneven: bool,
    /// How long the chips take to suspend, and then it may be too late.
    pub sluggish: usize,
    /// How often an erase was suspended.
    pub suspensions: usize,
}

/// What the status says of an erase that is suspended.
const SUSPENDED: u16 = 1 << 6;

/// The query of chips of these sizes.
pub fn query() -> Vec<u32> {
    let mut query = vec![0; 0x60];
    let bytes = [
        (0x10, b'Q'),
        (0x11, b'R'),
        (0x12, b'Y'),
        (0x13, 1),
        (0x15, 0x31),
        (0x31, b'P'),
        (0x32, b'R'),
        (0x33, b'I'),
        (0x36, 2),
        (0x20, 7),
        (0x21, 10),
        (0x24, 4),
        (0x25, 4),
        (0x27, 16),
        (0x2a, 6),
        (0x2c, 1),
        (0x2d, 31),
        (0x2f, 8),
    ];
    for (place, byte) in bytes {
        query[place] = both(byte.into());
    }
    query
}

impl Chips {
    pub fn new(hasty: bool) -> Self {
        Self {
            words: vec![0; SIZE / 4],
            query: query(),
            hasty,
            shows: Shows::Array,
            awaits: Awaits::Command,
            status: 0,
            ready: true,
            busy: 0,
            slow: 2,
            trouble: 0,
            dies: None,
            erasing: None,
            suspended: None,
            uneven: false,
            sluggish: 0,
            suspensions: 0,
        }
    }

    /// An erase that was suspended.
    pub fn suspend(&mut self) {
        (self.shows, self.suspended) = (Shows::Status, Some(7));
    }

    /// What both show as their status, once they are ready.
    fn status(&self) -> u32 {
        match self.suspended {
            Some(_) if self.uneven => both(self.status | 1 << 7) | u32::from(SUSPENDED),
            Some(_) => both(self.status | 1 << 7 | SUSPENDED),
            None => both(self.status | u16::from(self.ready || !self.hasty) << 7),
        }
    }

    /// What is written while an erase goes on: that it be suspended, and how it goes.
    fn write_beside(&mut self, command: u8) {
        if command == 0x70 {
            self.shows = Shows::Status;
        }
        let Some(_) = self.erasing.filter(|_| command == 0xb0) else { return };
        if self.sluggish >= self.busy {
            return;
        }
        self.suspended = Some(self.busy - self.sluggish);
        (self.busy, self.suspensions) = (self.sluggish, self.suspensions + 1);
    }

    fn read(&mut self, offset: usize) -> u32 {
        match self.shows {
            Shows::Array => {
                let erased = self.erasing.filter(|_| self.suspended.is_some());
                let inside = erased.is_some_and(|at| (at..at + BLOCK / 4).contains(&(offset / 4)));
                assert!(!inside, "nobody knows what is in a block that is half erased");
                self.words[offset / 4]
            }
            Shows::Query => self.query.get(offset / 4).copied().unwrap_or(0),
            Shows::Status if self.busy > 0 => {
                self.busy -= 1;
                if self.busy == 0 && self.suspended.is_none() {
                    self.erasing = None;
                }
                0
            }
            Shows::Status => self.status(),
        }
    }

    fn write(&mut self, offset: usize, value: u32) {
        if self.busy > 0 {
            return self.write_beside(value as u8);
        }
        if let Some(left) = self.suspended.filter(|_| value as u8 == 0xd0) {
            let upper = if self.uneven { 0x70 } else { 0xd0 };
            assert!(value >> 16 == upper, "{value:#x}: who is done has nothing to go on with");
            (self.suspended, self.busy, self.uneven) = (None, left, false);
            return;
        }
        let confirmed = value & 0xff == 0xd0;
        self.awaits = match std::mem::replace(&mut self.awaits, Awaits::Command) {
            Awaits::Command => return self.command(offset, value as u8),
            Awaits::EraseConfirm(at) if confirmed => {
                let first = at / BLOCK * BLOCK / 4;
                self.work(|words| words[first..first + BLOCK / 4].fill(u32::MAX));
                self.erasing = (self.busy > 0).then_some(first);
                Awaits::Command
            }
            Awaits::Anything => {
                self.shows = Shows::Array;
                Awaits::Command
            }
            Awaits::Count => {
                let count = (value & 0xffff) as usize + 1;
                if count > BUFFER / 4 && !self.hasty {
                    self.misled()
                } else {
                    Awaits::Words(count, Vec::new())
                }
            }
            Awaits::Words(left, mut words) => {
                if self.hasty {
                    self.words[offset / 4] = value;
                }
                words.push((offset / 4, value));
                if left == 1 {
                    Awaits::ProgramConfirm(words)
                } else {
                    Awaits::Words(left - 1, words)
                }
            }
            Awaits::ProgramConfirm(new) if confirmed => {
                let first = new[0].0 * 4 / BUFFER;
                assert!(new.iter().all(|(at, _)| at * 4 / BUFFER == first), "beyond the buffer");
                self.work(|words| new.iter().for_each(|&(at, word)| words[at] &= word));
                Awaits::Command
            }
            Awaits::EraseConfirm(_) | Awaits::ProgramConfirm(_) => self.misled(),
        };
    }

    fn misled(&mut self) -> Awaits {
        self.status |= 0x30;
        self.shows = if self.hasty { Shows::Array } else { Shows::Status };
        Awaits::Command
    }

    /// Does it, unless there is trouble.
    fn work(&mut self, what: impl FnOnce(&mut [u32])) {
        self.status |= std::mem::take(&mut self.trouble);
        self.busy = self.slow;
        if self.status == 0 {
            what(&mut self.words);
        }
    }

    fn command(&mut self, offset: usize, command: u8) {
        match command {
            // Some chips have it so that were done just now with what should be suspended.
            0xff | 0xb0 => self.shows = Shows::Array,
            0x98 => self.shows = Shows::Query,
            0x70 if self.hasty => (self.shows, self.awaits) = (Shows::Status, Awaits::Anything),
            0x70 => self.shows = Shows::Status,
            0x50 if self.hasty => (self.shows, self.status, self.ready) = (Shows::Array, 0, false),
            0x50 => self.status = 0,
            0x20 => {
                self.ready = true;
                (self.shows, self.awaits) = (Shows::Status, Awaits::EraseConfirm(offset));
            }
            0xe8 => {
                self.ready = true;
                (self.shows, self.awaits) = (Shows::Status, Awaits::Count);
            }
            _ => self.status |= 0x30,
        }
    }
}

/// The chips on a bus.
#[derive(Clone, Copy)]
pub struct Wires<'c>(pub &'c RefCell<Chips>);

impl Bus for Wires<'_> {
    fn read32(&self, offset: usize) -> u32 {
        assert!(offset.is_multiple_of(4) && offset < SIZE);
        let mut chips = self.0.borrow_mut();
        // For the dead, all is well.
        if chips.dies == Some(0) { both(1 << 7) } else { chips.read(offset) }
    }

    fn write32(&mut self, offset: usize, value: u32) {
        assert!(offset.is_multiple_of(4) && offset < SIZE);
        let mut chips = self.0.borrow_mut();
        match &mut chips.dies {
            Some(0) => return,
            Some(left) => *left -= 1,
            None => {}
        }
        chips.write(offset, value);
    }
}

/// Time passes when somebody waits.
#[derive(Default)]
pub struct Time(u64);

impl Clock for Time {
    fn now_us(&mut self) -> u64 {
        self.0
    }

    fn pause_us(&mut self, us: u64) {
        self.0 += us;
    }
}

/// A note, which is not changed by the dead.
pub struct Note<'c>(pub &'c Cell<Option<Program>>, pub &'c RefCell<Chips>);

impl Memo for Note<'_> {
    fn note(&mut self, program: Option<Program>) {
        if self.1.borrow().dies != Some(0) {
            self.0.set(program);
        }
    }

    fn noted(&self) -> Option<Program> {
        self.0.get()
    }
}
