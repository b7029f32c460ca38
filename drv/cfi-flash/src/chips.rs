//! The chips: what they are told, and how they answer.

use crate::command::{self, ERASE_LOOK_US, PROGRAM_LOOK_US, outcome};
use crate::erase::{Erase, resume};
use crate::error::{READY, SUSPENDED};
use crate::note::{Memo, Program};
use crate::query::both;
use crate::{Error, Query};
use drv_block::{Flash, FlashShape};
use mmio::Bus;

/// Bytes in a word of the bus: what is programmed at least.
pub const WORD: usize = 4;

/// Where a query is asked for, in words.
const QUERY_PLACE: usize = 0x55;
/// The longest that a chip may be at work from an earlier life, in microseconds.
const SETTLE_US: u64 = 20_000_000;
/// The words of the largest program that can be asked for.
const MOST_WORDS: usize = 1 << 16;
/// Between looks whether they wait for more of them. Each one too many is slow in QEMU, which makes
/// registers of the whole memory for it and memory again.
const LOOK_WORDS: usize = 64;
/// Words from the beginning that are compared with a status.
const PROBES: usize = 16;

/// Time, for whoever waits.
pub trait Clock {
    /// Microseconds since some moment.
    fn now_us(&mut self) -> u64;
    /// Waits so long, more or less.
    fn pause_us(&mut self, us: u64);
}

/// Two chips side by side. Between calls they are read as memory.
#[derive(Debug)]
pub struct Chips<B, C, M> {
    pub(crate) bus: B,
    pub(crate) clock: C,
    memo: M,
    pub(crate) query: Query,
    /// They were not done in time, and show their status instead of memory.
    late: bool,
    pub(crate) erase: Option<Erase>,
    pub(crate) suspensions: u64,
}

impl<B: Bus, C: Clock, M: Memo> Chips<B, C, M> {
    /// Finds the chips in a window of so many bytes. A program that an earlier life began is given
    /// up; what the chips are still at is waited for, what is suspended goes on.
    ///
    /// # Errors
    /// [`Error::NoDevice`], [`Error::OddShape`].
    pub fn start(mut bus: B, window: usize, mut clock: C, mut memo: M) -> Result<Self, Error> {
        if let Some(program) = memo.noted().filter(|program| program.lies_in(window)) {
            give_up(&mut bus, program);
        }
        memo.note(None);
        let query = match ask(&mut bus) {
            // A chip at work answers with its status only.
            Err(Error::NoDevice) if settle(&mut bus, &mut clock) => ask(&mut bus)?,
            other => other?,
        };
        if is_suspended(&mut bus) && !settle(&mut bus, &mut clock) {
            return Err(Error::NoDevice);
        }
        if query.size > window as u64 {
            return Err(Error::OddShape);
        }
        let mut chips = Self { bus, clock, memo, query, late: false, erase: None, suspensions: 0 };
        chips.tell(0, command::CLEAR_STATUS);
        chips.tell(0, command::READ_ARRAY);
        Ok(chips)
    }

    /// What they are like.
    #[must_use]
    pub const fn query(&self) -> Query {
        self.query
    }

    /// Fills `into` from `offset` on. An erase that goes on is suspended for it, if the chips can
    /// do that and had some time for it.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; [`Error::TimedOut`] while they are still late; [`Error::Busy`] if it
    /// must wait for an erase.
    pub fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let at = self.inside(offset, into.len())?;
        self.catch_up()?;
        if self.is_erasing() {
            return self.read_beside(at, into);
        }
        self.copy(at, into);
        Ok(())
    }

    pub(crate) fn copy(&self, mut at: usize, into: &mut [u8]) {
        let mut rest = into;
        while !rest.is_empty() {
            let skip = at % WORD;
            let word = self.bus.read32(at - skip).to_le_bytes();
            let length = rest.len().min(WORD - skip);
            let (now, later) = rest.split_at_mut(length);
            now.copy_from_slice(&word[skip..skip + length]);
            (rest, at) = (later, at + length);
        }
    }

    /// Programs whole words from `offset` on. A bit that is zero stays so: what needs another one is
    /// refused before anything is programmed.
    ///
    /// # Errors
    /// [`Error::Unaligned`], [`Error::NotErased`], [`Error::Busy`] while they erase, and what the
    /// chips say.
    pub fn program(&mut self, offset: u64, data: &[u8]) -> Result<(), Error> {
        let mut at = self.inside(offset, data.len())?;
        if data.is_empty() || !at.is_multiple_of(WORD) || !data.len().is_multiple_of(WORD) {
            return Err(Error::Unaligned);
        }
        self.catch_up()?;
        if self.is_erasing() {
            return Err(Error::Busy);
        }
        let (words, _) = data.as_chunks::<WORD>();
        let fits = |(i, word): (usize, &[u8; WORD])| {
            let word = u32::from_le_bytes(*word);
            self.bus.read32(at + i * WORD) & word == word
        };
        if !words.iter().enumerate().all(fits) {
            return Err(Error::NotErased);
        }
        let buffer = self.query.buffer_size as usize;
        let mut rest = words;
        while !rest.is_empty() {
            let room = (buffer - at % buffer) / WORD;
            let (now, later) = rest.split_at(rest.len().min(room));
            self.fill(at, now)?;
            (rest, at) = (later, at + now.len() * WORD);
        }
        Ok(())
    }

    /// One program, of as many words as lie within one buffer.
    fn fill(&mut self, at: usize, words: &[[u8; WORD]]) -> Result<(), Error> {
        self.memo.note(Some(Program { at, words: words.len() }));
        self.tell(at, command::BUFFER);
        if let Err(error) = self.wait(at, self.query.program_us, PROGRAM_LOOK_US) {
            return self.end(Err(error));
        }
        self.tell(at, (words.len() - 1) as u16);
        for (i, word) in words.iter().enumerate() {
            self.bus.write32(at + i * WORD, u32::from_le_bytes(*word));
        }
        self.tell(at, command::CONFIRM);
        let done = self.wait(at, self.query.program_us, PROGRAM_LOOK_US);
        self.end(done)
    }

    /// Waits until both chips are ready, and says how it went.
    fn wait(&mut self, at: usize, patience: u64, look: u64) -> Result<(), Error> {
        let end = self.clock.now_us().saturating_add(patience);
        loop {
            if let Some(done) = outcome(self.bus.read32(at)) {
                return done;
            }
            if self.clock.now_us() >= end {
                return Err(Error::TimedOut);
            }
            self.clock.pause_us(look);
        }
    }

    /// Makes memory of them again, once they are done with what they were late with.
    pub(crate) fn catch_up(&mut self) -> Result<(), Error> {
        if !self.late {
            return Ok(());
        }
        self.tell(0, command::READ_STATUS);
        if self.bus.read32(0) & both(READY) != both(READY) {
            return Err(Error::TimedOut);
        }
        self.end(Ok(()))
    }

    /// Back to memory, whatever happened.
    pub(crate) fn end(&mut self, done: Result<(), Error>) -> Result<(), Error> {
        self.late = done == Err(Error::TimedOut);
        self.tell(0, command::CLEAR_STATUS);
        self.tell(0, command::READ_ARRAY);
        self.memo.note(None);
        done
    }

    pub(crate) fn tell(&mut self, at: usize, command: u16) {
        tell(&mut self.bus, at, command);
    }

    /// Where so many bytes from `offset` on begin, if they are there.
    pub(crate) fn inside(&self, offset: u64, bytes: usize) -> Result<usize, Error> {
        let end = offset.checked_add(bytes as u64).filter(|&end| end <= self.query.size);
        end.map(|_| offset as usize).ok_or(Error::OutOfRange)
    }
}

fn tell(bus: &mut impl Bus, at: usize, command: u16) {
    bus.write32(at, both(command));
}

/// Ends a program wherever it was broken off. Ones are the command to be memory again; where the
/// chips wait for words to program, they program nothing; and where they wait for the number of words, they are the
/// largest. After as many, and one that is no confirmation, it is over. All goes where the program went: QEMU's
/// chips put words into memory at once, confirmed or not.
fn give_up(bus: &mut impl Bus, program: Program) {
    for _ in 0..(MOST_WORDS + program.words) / LOOK_WORDS + 2 {
        if is_memory(bus, program.at) {
            return;
        }
        (0..LOOK_WORDS).for_each(|_| bus.write32(program.at, u32::MAX));
    }
}

/// Whether the chips show memory here, and in a few other places. A status is the same in all of
/// them, and has zeros.
fn is_memory(bus: &impl Bus, at: usize) -> bool {
    let here = bus.read32(at);
    here == u32::MAX || (0..PROBES).any(|word| bus.read32(word * WORD) != here)
}

/// Reads the query.
fn ask(bus: &mut impl Bus) -> Result<Query, Error> {
    tell(bus, 0, command::READ_ARRAY);
    tell(bus, QUERY_PLACE * WORD, command::QUERY);
    let query = Query::read(|place| bus.read32(place * WORD));
    tell(bus, 0, command::READ_ARRAY);
    query
}

/// Whether something is suspended that an earlier life began. QEMU's chips do not say that they are
/// ready, once their status was cleared; so that is not asked.
fn is_suspended(bus: &mut impl Bus) -> bool {
    tell(bus, 0, command::READ_STATUS);
    let status = bus.read32(0);
    tell(bus, 0, command::READ_ARRAY);
    status != u32::MAX && status & both(READY) == both(READY) && status & both(SUSPENDED) != 0
}

/// Waits for chips that are at work; one that was suspended goes on. False if they never end.
fn settle(bus: &mut impl Bus, clock: &mut impl Clock) -> bool {
    let end = clock.now_us().saturating_add(SETTLE_US);
    loop {
        tell(bus, 0, command::READ_STATUS);
        let status = bus.read32(0);
        // Where there is nothing, nobody is at work.
        if status == u32::MAX {
            return false;
        }
        let ready = status & both(READY) == both(READY);
        if ready && status & both(SUSPENDED) == 0 {
            return true;
        }
        if ready {
            bus.write32(0, resume(status));
        }
        if clock.now_us() >= end {
            return false;
        }
        clock.pause_us(ERASE_LOOK_US);
    }
}

impl<B: Bus, C: Clock, M: Memo> Flash for Chips<B, C, M> {
    fn shape(&mut self) -> Result<FlashShape, drv_block::Error> {
        let Query { size, erase_size, .. } = self.query;
        Ok(FlashShape { size, erase_size, program_size: WORD as u32 })
    }

    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), drv_block::Error> {
        Ok(Chips::read(self, offset, into)?)
    }

    fn program(&mut self, offset: u64, data: &[u8]) -> Result<(), drv_block::Error> {
        Ok(Chips::program(self, offset, data)?)
    }

    fn erase(&mut self, offset: u64) -> Result<(), drv_block::Error> {
        Ok(Chips::erase(self, offset)?)
    }
}
