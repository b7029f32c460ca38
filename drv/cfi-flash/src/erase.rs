//! Erases: begun, looked at, and suspended for whoever reads another block meanwhile.

use crate::command::{self, ERASE_LOOK_US, PROGRAM_LOOK_US, outcome};
use crate::error::{READY, SUSPENDED};
use crate::query::both;
use crate::{Chips, Clock, Error, Memo};
use mmio::Bus;

/// How long an erase goes on, at least, until it is suspended, in microseconds. Chips that are
/// interrupted all the time get nowhere.
const REST_US: u64 = 5000;
/// The longest that chips may take to suspend an erase, in microseconds.
const SUSPEND_US: u64 = 20_000;

/// An erase that goes on. The chips show their status.
#[derive(Debug)]
pub(crate) struct Erase {
    /// Where the block begins.
    at: usize,
    /// When it was begun, or went on.
    since: u64,
    /// How long it may still take, from then on, in microseconds.
    patience: u64,
    /// The chips were asked to suspend it, and may yet do it.
    asked: bool,
}

impl<B: Bus, C: Clock, M: Memo> Chips<B, C, M> {
    /// Erases the block that begins at `offset`, and waits until it is done.
    ///
    /// # Errors
    /// [`Error::Unaligned`], [`Error::Busy`] while they erase already, and what the chips say.
    pub fn erase(&mut self, offset: u64) -> Result<(), Error> {
        self.begin_erase(offset)?;
        loop {
            match self.erased() {
                None => self.clock.pause_us(ERASE_LOOK_US),
                Some(done) => return done,
            }
        }
    }

    /// Begins to erase the block that begins at `offset`. [`Self::erased`] says when it is done.
    ///
    /// # Errors
    /// [`Error::Unaligned`], [`Error::Busy`] while they erase already, [`Error::TimedOut`] while
    /// they are still late.
    pub fn begin_erase(&mut self, offset: u64) -> Result<(), Error> {
        let at = self.inside(offset, self.query.erase_size as usize)?;
        if !at.is_multiple_of(self.query.erase_size as usize) {
            return Err(Error::Unaligned);
        }
        self.catch_up()?;
        if self.is_erasing() {
            return Err(Error::Busy);
        }
        self.tell(at, command::ERASE);
        self.tell(at, command::CONFIRM);
        let since = self.clock.now_us();
        self.erase = Some(Erase { at, since, patience: self.query.erase_us, asked: false });
        Ok(())
    }

    /// Whether an erase goes on, as far as is known.
    #[must_use]
    pub const fn is_erasing(&self) -> bool {
        self.erase.is_some()
    }

    /// How the erase went, once, when it is over; it is not waited for.
    pub fn erased(&mut self) -> Option<Result<(), Error>> {
        let &Erase { at, since, patience, asked } = self.erase.as_ref()?;
        let status = self.bus.read32(at);
        if asked && status & both(READY) == both(READY) && status & both(SUSPENDED) != 0 {
            self.go_on(at, status);
            return None;
        }
        let done = match outcome(status) {
            Some(done) => done,
            None if self.clock.now_us() >= since.saturating_add(patience) => Err(Error::TimedOut),
            None => return None,
        };
        self.erase = None;
        Some(self.end(done))
    }

    /// How often an erase was suspended since the start.
    #[must_use]
    pub const fn suspensions(&self) -> u64 {
        self.suspensions
    }

    /// Reads while a block is being erased.
    pub(crate) fn read_beside(&mut self, at: usize, into: &mut [u8]) -> Result<(), Error> {
        let Some(&Erase { at: block, since, asked, .. }) = self.erase.as_ref() else {
            return Err(Error::Busy);
        };
        let end = block + self.query.erase_size as usize;
        let elsewhere = at >= end || at + into.len() <= block;
        let rested = self.clock.now_us() >= since.saturating_add(REST_US);
        if !self.query.suspends || !elsewhere || !rested || asked {
            return Err(Error::Busy);
        }
        let status = self.suspend(block, since)?;
        self.tell(block, command::READ_ARRAY);
        self.copy(at, into);
        self.go_on(block, status);
        Ok(())
    }

    /// Suspends the erase; says how the chips are then.
    fn suspend(&mut self, block: usize, since: u64) -> Result<u32, Error> {
        let now = self.clock.now_us();
        if let Some(erase) = &mut self.erase {
            erase.patience = erase.patience.saturating_sub(now.saturating_sub(since));
            erase.since = now;
        }
        self.suspensions += 1;
        self.tell(block, command::SUSPEND);
        // Some chips that were done just now show memory otherwise.
        self.tell(block, command::READ_STATUS);
        let end = now.saturating_add(SUSPEND_US);
        loop {
            let status = self.bus.read32(block);
            if status & both(READY) == both(READY) {
                return Ok(status);
            }
            if self.clock.now_us() >= end {
                if let Some(erase) = &mut self.erase {
                    erase.asked = true;
                }
                return Err(Error::Busy);
            }
            self.clock.pause_us(PROGRAM_LOOK_US);
        }
    }

    /// Lets the erase go on in those chips that suspended it, rather than were done before.
    fn go_on(&mut self, block: usize, status: u32) {
        self.bus.write32(block, resume(status));
        self.tell(block, command::READ_STATUS);
        let now = self.clock.now_us();
        if let Some(erase) = &mut self.erase {
            (erase.since, erase.asked) = (now, false);
        }
    }
}

/// What lets those chips go on that are suspended. Of the others, which were done before, it would be
/// a command without sense.
pub(crate) fn resume(status: u32) -> u32 {
    let chip = |status: u32| match status as u16 & SUSPENDED {
        0 => u32::from(command::READ_STATUS),
        _ => u32::from(command::CONFIRM),
    };
    chip(status >> 16) << 16 | chip(status & 0xffff)
}
