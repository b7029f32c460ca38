//! Erase blocks over the sectors of a device: bounds, one cached line, writing in whole units.

use crate::checksum::Checksum;
use crate::known::PAIRS;
use crate::tag::Pair;
use crate::{Result, UNIT};
use drv_block::{Block, Geometry};
use drv_fs_core::Error;

/// A device as blocks.
pub(crate) struct Device<'m, B> {
    pub below: B,
    line: &'m mut [u8; UNIT],
    /// Memory for what is read ahead, which may be none.
    room: &'m mut [u8],
    /// Block, offset and length of what the line holds.
    held: Option<(u32, u32, u32)>,
    /// Where on the device begins what was read ahead, and how much it is, in bytes.
    ahead: (u64, usize),
    /// Bytes in a sector.
    pub sector: u32,
    pub block_size: u32,
    pub blocks: u32,
    pub read_only: bool,
    /// Blocks are erased before they are written.
    pub erases: bool,
    /// Pairs that somebody remembers.
    pub watched: [Watched; PAIRS],
    /// Some block could not be erased or written: what is worn out, rather than what is on it, is
    /// why something cannot be done.
    pub worn: bool,
}

/// Whether a pair is as it was when it was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched {
    pub pair: Pair,
    /// Its first block.
    pub log: bool,
    /// Both.
    pub whole: bool,
}

impl Watched {
    const NOTHING: Self = Self { pair: Pair::NONE, log: false, whole: false };
}

impl<'m, B: Block> Device<'m, B> {
    pub const fn new(below: B, line: &'m mut [u8; UNIT]) -> Self {
        let (sector, block_size, blocks) = (512, 512, 0);
        let (held, read_only, erases, worn) = (None, true, false, false);
        let watched = [Watched::NOTHING; PAIRS];
        let ahead = (0, 0);
        Self {
            below,
            line,
            room: &mut [],
            held,
            ahead,
            sector,
            block_size,
            blocks,
            read_only,
            erases,
            watched,
            worn,
        }
    }

    /// Takes memory for what is read ahead, a whole number of the largest sectors of it.
    pub fn take_room(&mut self, room: &'m mut [u8]) {
        let whole = room.len() / UNIT * UNIT;
        (self.room, self.ahead) = (&mut room[..whole], (0, 0));
    }

    /// Bytes read ahead at once, at most.
    pub const fn reach(&self) -> usize {
        self.room.len()
    }

    /// Forgets what it has read.
    pub fn forget(&mut self) {
        (self.held, self.ahead) = (None, (0, 0));
        self.watched = [Watched::NOTHING; PAIRS];
    }

    /// Takes blocks to be of this size from now on; says how many the device has.
    pub fn set_up(&mut self, block_size: u32) -> Result<u32> {
        let Geometry { sectors, sector_size, read_only, .. } = self.below.geometry()?;
        self.forget();
        let fits =
            (512..=MAX_BLOCK).contains(&block_size) && block_size.is_multiple_of(sector_size);
        if !fits || sector_size as usize > UNIT {
            return Err(Error::Unsupported);
        }
        let blocks = sectors / u64::from(block_size / sector_size);
        // The last two numbers are no blocks: all bits set says that there is none.
        self.blocks = u32::try_from(blocks).unwrap_or(u32::MAX).min(u32::MAX - 2);
        (self.sector, self.block_size, self.read_only) = (sector_size, block_size, read_only);
        Ok(self.blocks)
    }

    fn check(&self, block: u32, at: u32, length: usize) -> Result<()> {
        let end = u64::from(at) + length as u64;
        let inside = block < self.blocks && end <= u64::from(self.block_size);
        inside.then_some(()).ok_or(Error::Corrupt)
    }

    fn place(&self, block: u32, at: u32) -> u64 {
        let in_block = u64::from(self.block_size / self.sector);
        u64::from(block) * in_block + u64::from(at / self.sector)
    }

    /// Reads from one block. Whole sectors in numbers go past the line.
    pub fn read(&mut self, block: u32, mut at: u32, into: &mut [u8]) -> Result<()> {
        // Most of what is short is next to the last.
        if let Some((held, begin, length)) = self.held
            && held == block
            && let Some(from) = at.checked_sub(begin)
            && let Some(rest) = self.line[..length as usize].get(from as usize..)
            && let Some(bytes) = rest.get(..into.len())
        {
            into.copy_from_slice(bytes);
            return Ok(());
        }
        self.check(block, at, into.len())?;
        let mut rest = into;
        while !rest.is_empty() {
            let whole = rest.len() - rest.len() % self.sector as usize;
            let many = at.is_multiple_of(self.sector) && whole >= UNIT;
            let done = if many {
                self.below.read(self.place(block, at), &mut rest[..whole])?;
                whole
            } else {
                let held = self.hold(block, at)?;
                let count = held.len().min(rest.len());
                rest[..count].copy_from_slice(&held[..count]);
                count
            };
            rest = &mut rest[done..];
            at += done as u32;
        }
        Ok(())
    }

    /// What the line holds from this byte on, at least that.
    fn hold(&mut self, block: u32, at: u32) -> Result<&[u8]> {
        let begin = at - at % UNIT as u32;
        let length = (self.block_size - begin).min(UNIT as u32);
        if self.held != Some((block, begin, length)) {
            self.held = None;
            let place = self.place(block, begin);
            self.below.read(place, &mut self.line[..length as usize])?;
            self.held = Some((block, begin, length));
        }
        Ok(&self.line[(at - begin) as usize..length as usize])
    }

    /// Where a byte is in what was read ahead.
    fn in_ahead(&self, block: u32, at: u32) -> Option<usize> {
        let place = u64::from(block) * u64::from(self.block_size) + u64::from(at);
        let offset = usize::try_from(place.checked_sub(self.ahead.0)?).ok()?;
        (offset < self.ahead.1).then_some(offset)
    }

    /// Copies from what was read ahead; false if it is not all there.
    pub fn copy_ahead(&self, block: u32, at: u32, into: &mut [u8]) -> bool {
        let there = self.in_ahead(block, at).map(|from| &self.room[from..self.ahead.1]);
        let Some(bytes) = there.and_then(|there| there.get(..into.len())) else { return false };
        self.below.copy(bytes, into);
        true
    }

    /// Reads blocks that will be wanted, if the device has them.
    pub fn read_ahead(&mut self, block: u32, count: u32) {
        let length = count as usize * self.block_size as usize;
        let inside = block.checked_add(count).is_some_and(|end| end <= self.blocks);
        if inside && length <= self.room.len() && self.in_ahead(block, 0).is_none() {
            // Whoever wants them will hear of it.
            let _ = self.fill_ahead(block, 0, length);
        }
    }

    /// Reads whole sectors ahead.
    fn fill_ahead(&mut self, block: u32, at: u32, length: usize) -> Result<()> {
        let place = self.place(block, at);
        self.ahead = (0, 0);
        self.below.read(place, &mut self.room[..length])?;
        self.ahead = (place * u64::from(self.sector), length);
        Ok(())
    }

    /// Reads from one block, `reach` bytes of which and of those behind will be wanted.
    pub fn read_run(&mut self, block: u32, at: u32, reach: u32, into: &mut [u8]) -> Result<()> {
        self.check(block, at, into.len())?;
        let mut done = 0;
        while done < into.len() {
            let now = at + done as u32;
            let rest = &mut into[done..];
            if let Some(from) = self.in_ahead(block, now) {
                let there = &self.room[from..self.ahead.1];
                let count = there.len().min(rest.len());
                self.below.copy(&there[..count], &mut rest[..count]);
                done += count;
                continue;
            }
            let begin = now - now % self.sector;
            let end = (at + reach).next_multiple_of(self.sector);
            let length = (end.saturating_sub(begin) as usize).min(self.room.len());
            if length <= UNIT || self.fill_ahead(block, begin, length).is_err() {
                return self.read(block, now, rest);
            }
        }
        Ok(())
    }

    /// The first two words of a block.
    pub fn two_words(&mut self, block: u32) -> Result<[u32; 2]> {
        let mut bytes = [0; 8];
        match self.in_ahead(block, 0).and_then(|from| self.room[from..self.ahead.1].first_chunk()) {
            Some(words) => bytes = *words,
            None => self.read(block, 0, &mut bytes)?,
        }
        Ok(Pair::from_bytes(bytes).0)
    }

    pub fn word(&mut self, block: u32, at: u32) -> Result<[u8; 4]> {
        // Most are next to the last.
        if let Some((held, begin, length)) = self.held
            && held == block
            && let Some(from) = at.checked_sub(begin)
            && let Some(rest) = self.line[..length as usize].get(from as usize..)
            && let Some(word) = rest.first_chunk()
        {
            return Ok(*word);
        }
        let mut word = [0; 4];
        self.read(block, at, &mut word)?;
        Ok(word)
    }

    /// Adds a run of bytes to a checksum.
    pub fn sum(&mut self, block: u32, mut at: u32, length: u32, sum: &mut Checksum) -> Result<()> {
        self.check(block, at, length as usize)?;
        let mut rest = length as usize;
        while rest > 0 {
            let held = self.hold(block, at)?;
            let count = held.len().min(rest);
            sum.add(&held[..count]);
            rest -= count;
            at += count as u32;
        }
        Ok(())
    }

    /// Remembers that the first block of a pair was read, or both were.
    pub fn watch(&mut self, slot: usize, pair: Pair, whole: bool) {
        self.watched[slot] = Watched { pair, log: true, whole };
    }

    /// Forgets what a block held.
    fn changes(&mut self, block: u32) {
        if self.held.is_some_and(|(held, ..)| held == block) {
            self.held = None;
        }
        let begin = u64::from(block) * u64::from(self.block_size);
        let (from, length) = self.ahead;
        if begin < from + length as u64 && from < begin + u64::from(self.block_size) {
            self.ahead = (0, 0);
        }
        for one in self.watched.iter_mut().filter(|one| one.pair.0.contains(&block)) {
            one.whole = false;
            one.log &= one.pair.0[0] != block;
        }
    }

    /// Writes whole sectors.
    fn write(&mut self, block: u32, at: u32, data: &[u8]) -> Result<()> {
        self.check(block, at, data.len())?;
        self.changes(block);
        let written = self.below.write(self.place(block, at), data);
        written.map_err(|error| self.bad_block(error))
    }

    /// A block that cannot be written is one that does not hold what it should: what goes there is
    /// written elsewhere. Any other error is everybody's.
    fn bad_block(&mut self, error: drv_block::Error) -> Error {
        self.worn |= error == drv_block::Error::Worn;
        if error == drv_block::Error::Worn { Error::Corrupt } else { error.into() }
    }

    /// What to say when no block was found to write to.
    pub fn no_good_block(&self) -> Error {
        if self.worn { Error::DeviceError } else { Error::Corrupt }
    }

    /// Makes a block ready to be written.
    pub fn erase(&mut self, block: u32) -> Result<()> {
        self.check(block, 0, 0)?;
        if !self.erases {
            return Ok(());
        }
        self.changes(block);
        let sectors = u64::from(self.block_size / self.sector);
        let erased = self.below.discard(self.place(block, 0), sectors);
        erased.map_err(|error| self.bad_block(error))
    }

    pub fn flush(&mut self) -> Result<()> {
        Ok(self.below.flush()?)
    }
}

/// Offsets in a block, and lengths of commits, stay far below where 32 bits end.
const MAX_BLOCK: u32 = 1 << 24;

/// Writes a block from some sector on, one byte after the other.
#[derive(Debug)]
pub struct Writer {
    pub(crate) block: u32,
    /// Where in the block the buffer begins.
    pub(crate) begin: u32,
    pub(crate) length: u32,
    pub(crate) buffer: [u8; UNIT],
}

impl Writer {
    pub(crate) const fn new() -> Self {
        Self { block: u32::MAX, begin: 0, length: 0, buffer: [0; UNIT] }
    }

    /// Goes to a sector of a block.
    pub(crate) fn begin(&mut self, block: u32, at: u32) {
        (self.block, self.begin, self.length) = (block, at, 0);
    }

    /// Where the next byte goes.
    pub(crate) fn at(&self) -> u32 {
        self.begin + self.length
    }

    /// Puts bytes into the buffer, which must have room for them.
    pub(crate) fn add(&mut self, data: &[u8]) {
        let at = self.length as usize;
        self.buffer[at..at + data.len()].copy_from_slice(data);
        self.length += data.len() as u32;
    }

    pub(crate) fn put<B: Block>(
        &mut self,
        device: &mut Device<'_, B>,
        mut data: &[u8],
    ) -> Result<()> {
        while !data.is_empty() {
            let (now, later) = data.split_at(data.len().min(UNIT - self.length as usize));
            self.add(now);
            data = later;
            if self.length as usize == UNIT {
                self.drain(device)?;
            }
        }
        Ok(())
    }

    /// Fills up to here, with what erased memory holds.
    pub(crate) fn fill<B: Block>(&mut self, device: &mut Device<'_, B>, to: u32) -> Result<()> {
        while self.at() < to {
            let count = (to - self.at()).min(64) as usize;
            self.put(device, &[0xff; 64][..count])?;
        }
        Ok(())
    }

    /// Writes what is there, up to the end of its last sector.
    pub(crate) fn drain<B: Block>(&mut self, device: &mut Device<'_, B>) -> Result<()> {
        let whole = self.length.next_multiple_of(device.sector);
        self.buffer[self.length as usize..whole as usize].fill(0xff);
        if whole > 0 {
            device.write(self.block, self.begin, &self.buffer[..whole as usize])?;
        }
        self.begin += whole;
        self.length = 0;
        Ok(())
    }
}
