//! The cache.

use crate::line::{Memory, Tag, Tags, bits, run};
use core::ops::Range;
use drv_block::{Block, Error, Geometry};

/// How much is read for a short request, at least, so that its neighbours are there too.
const UNIT: usize = 4096;

/// What a cache did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Parts of requests that one line answered.
    pub hits: u64,
    /// Parts of read requests for which the device was asked.
    pub misses: u64,
    /// Requests that went past the lines.
    pub past: u64,
    /// Reads of the device, and sectors read by them.
    pub reads: u64,
    /// Sectors the device was asked for.
    pub sectors_read: u64,
    /// Of these, those that nobody had asked for yet.
    pub sectors_ahead: u64,
    /// Writes to the device.
    pub writes: u64,
    /// Sectors the device was given.
    pub sectors_written: u64,
    /// Flushes of the device.
    pub flushes: u64,
}

/// A block device, the sectors last used of it close at hand.
#[derive(Debug)]
pub struct Cache<'m, B> {
    pub(crate) device: B,
    geometry: Option<Geometry>,
    pub(crate) tags: &'m mut [Tag],
    pub(crate) bytes: &'m mut [u8],
    /// Bytes in a line.
    pub(crate) line: usize,
    requests: u64,
    /// The sector after the last one read.
    reading: u64,
    /// The device was given something since its last flush.
    pub(crate) unflushed: bool,
    pub(crate) statistics: Statistics,
}

/// Part of a request: within one line.
pub(crate) struct Part {
    /// Which line.
    pub number: u64,
    /// Which of its sectors.
    pub sectors: Range<usize>,
}

impl<'m, B: Block> Cache<'m, B> {
    /// An empty cache over a device.
    pub const fn new<const LINES: usize, const BYTES: usize>(
        memory: &'m mut Memory<LINES, BYTES>,
        device: B,
    ) -> Self {
        Self::of(&mut memory.tags, memory.bytes.as_flattened_mut(), BYTES, device)
    }

    /// The same, its lines in these bytes: as many as find room there.
    pub fn over<const LINES: usize, const BYTES: usize>(
        tags: &'m mut Tags<LINES, BYTES>,
        bytes: &'m mut [u8],
        device: B,
    ) -> Self {
        let room = bytes.len() / BYTES;
        let tags = if room < LINES { &mut tags.0[..room] } else { &mut tags.0[..] };
        Self::of(tags, bytes, BYTES, device)
    }

    const fn of(tags: &'m mut [Tag], bytes: &'m mut [u8], line: usize, device: B) -> Self {
        Self {
            device,
            geometry: None,
            tags,
            bytes,
            line,
            requests: 0,
            reading: u64::MAX,
            unflushed: false,
            statistics: Statistics {
                hits: 0,
                misses: 0,
                past: 0,
                reads: 0,
                sectors_read: 0,
                sectors_ahead: 0,
                writes: 0,
                sectors_written: 0,
                flushes: 0,
            },
        }
    }

    /// The device. What is written to it directly, the lines do not know.
    pub const fn device_mut(&mut self) -> &mut B {
        &mut self.device
    }

    /// Lets go of what it holds of some sectors that were changed on the device directly. A flush
    /// brings that change to the medium, too.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; those of the device.
    pub fn forget(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        let geometry = self.geometry()?;
        if !geometry.has(first, sectors) {
            return Err(Error::OutOfRange);
        }
        self.unflushed = true;
        self.drop_lines(geometry.sector_size as usize, first, sectors, true);
        Ok(())
    }

    /// What it did so far.
    #[must_use]
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// How many sectors wait to be written.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.tags.iter().map(|tag| tag.dirty.count_ones()).sum()
    }

    /// The parts of a request in its lines, each with its place in the request's bytes.
    pub(crate) fn parts(
        &self,
        size: usize,
        first: u64,
        sectors: u64,
    ) -> impl Iterator<Item = Part> + use<B> {
        let in_line = (self.line / size) as u64;
        let (mut next, end) = (first, first + sectors);
        core::iter::from_fn(move || {
            let number = next / in_line;
            let until = end.min((number + 1) * in_line);
            let begin = number * in_line;
            let sectors = (next - begin) as usize..(until - begin) as usize;
            (next < end).then(|| {
                next = until;
                Part { number, sectors }
            })
        })
    }

    /// Where the memory of these sectors of a line is.
    pub(crate) const fn place(
        &self,
        index: usize,
        sectors: &Range<usize>,
        size: usize,
    ) -> Range<usize> {
        let begin = index * self.line;
        begin + sectors.start * size..begin + sectors.end * size
    }

    /// The line of this number, in the place of the one unused for longest if it has none.
    fn find(&mut self, number: u64) -> Result<usize, Error> {
        self.requests += 1;
        let index = match self.tags.iter().position(|tag| tag.is(number)) {
            Some(index) => index,
            None => {
                let index = self.make_room(number)?;
                self.tags[index] = Tag { number, ..Tag::EMPTY };
                index
            }
        };
        self.tags[index].used = self.requests;
        Ok(index)
    }

    /// Reads those of these sectors of a line that it does not hold.
    fn fill(&mut self, index: usize, sectors: &Range<usize>, size: usize) -> Result<(), Error> {
        while let Some(missing) = run(bits(sectors) & !self.tags[index].valid) {
            let first = self.tags[index].number * (self.line / size) as u64 + missing.start as u64;
            let place = self.place(index, &missing, size);
            self.device.read(first, &mut self.bytes[place])?;
            self.statistics.reads += 1;
            self.statistics.sectors_read += missing.len() as u64;
            self.tags[index].valid |= bits(&missing);
        }
        Ok(())
    }

    /// What is read of a line when some of its sectors are asked for and not there: all around
    /// them, and all behind them when somebody reads on and on. The device may end before the line.
    fn around(&self, part: &Part, geometry: &Geometry, reading_on: bool) -> Range<usize> {
        let size = geometry.sector_size as usize;
        let (unit, line) = ((UNIT / size).max(1), self.line / size);
        let there = geometry.sectors - part.number * line as u64;
        let end = if reading_on { line } else { part.sectors.end.next_multiple_of(unit) };
        part.sectors.start / unit * unit..end.min(usize::try_from(there).unwrap_or(line))
    }

    fn read_part(
        &mut self,
        part: &Part,
        geometry: &Geometry,
        into: &mut [u8],
        reading_on: bool,
    ) -> Result<(), Error> {
        let size = geometry.sector_size as usize;
        let index = self.find(part.number)?;
        if self.tags[index].holds(bits(&part.sectors)) {
            self.statistics.hits += 1;
        } else {
            self.statistics.misses += 1;
            let around = self.around(part, geometry, reading_on);
            let before = self.statistics.sectors_read;
            self.fill(index, &around, size)?;
            let read = self.statistics.sectors_read - before;
            self.statistics.sectors_ahead += read.saturating_sub(part.sectors.len() as u64);
        }
        self.device.copy(&self.bytes[self.place(index, &part.sectors, size)], into);
        Ok(())
    }

    /// Reads from the device itself, but for what it does not have yet.
    fn read_past(&mut self, first: u64, into: &mut [u8], size: usize) -> Result<(), Error> {
        self.device.read(first, into)?;
        self.statistics.past += 1;
        self.statistics.reads += 1;
        self.statistics.sectors_read += (into.len() / size) as u64;
        let mut rest = into;
        for part in self.parts(size, first, (rest.len() / size) as u64) {
            let (here, behind) = rest.split_at_mut(part.sectors.len() * size);
            rest = behind;
            let Some(index) = self.tags.iter().position(|tag| tag.is(part.number)) else {
                continue;
            };
            let mut newer = self.tags[index].dirty & bits(&part.sectors);
            while let Some(sectors) = run(newer) {
                let from = (sectors.start - part.sectors.start) * size;
                let place = self.place(index, &sectors, size);
                here[from..from + place.len()].copy_from_slice(&self.bytes[place]);
                newer &= !bits(&sectors);
            }
        }
        Ok(())
    }

    /// Lets go of what the lines hold of some sectors: all of it, or only what the device has too.
    fn drop_lines(&mut self, size: usize, first: u64, sectors: u64, dirty: bool) {
        let in_line = (self.line / size) as u64;
        let end = first + sectors;
        for tag in self.tags.iter_mut() {
            let begin = tag.number * in_line;
            let (from, to) = (first.max(begin), end.min(begin + in_line));
            if from < to {
                let gone = bits(&((from - begin) as usize..(to - begin) as usize));
                let gone = if dirty { gone } else { gone & !tag.dirty };
                tag.valid &= !gone;
                tag.dirty &= !gone;
            }
        }
    }

    /// Writes to the device itself.
    fn write_past(&mut self, first: u64, data: &[u8], size: usize) -> Result<(), Error> {
        let sectors = (data.len() / size) as u64;
        // If it fails, some of it may be there; what was to be written before still is.
        self.drop_lines(size, first, sectors, false);
        self.unflushed = true;
        self.device.write(first, data)?;
        self.drop_lines(size, first, sectors, true);
        self.statistics.past += 1;
        self.statistics.writes += 1;
        self.statistics.sectors_written += sectors;
        Ok(())
    }
}

impl<B: Block> Block for Cache<'_, B> {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        if let Some(geometry) = self.geometry {
            return Ok(geometry);
        }
        let geometry = self.device.geometry()?;
        let size = geometry.sector_size;
        if !size.is_power_of_two() || !(512..=4096).contains(&size) {
            return Err(Error::Failed);
        }
        self.geometry = Some(geometry);
        Ok(geometry)
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        let geometry = self.geometry()?;
        let sectors = geometry.sectors_of(first, into.len())?;
        let size = geometry.sector_size as usize;
        let reading_on = first == self.reading;
        self.reading = first + sectors;
        if self.device.redirects(into) {
            // What comes is what the device has.
            self.write_back_all(size, first, sectors)?;
            return self.read_past(first, into, size);
        }
        if into.len() >= self.line {
            return self.read_past(first, into, size);
        }
        let in_line = (self.line / size) as u64;
        let (number, begin) = (first / in_line, first % in_line);
        if begin + sectors <= in_line {
            // As a rule it is.
            let part = Part { number, sectors: begin as usize..(begin + sectors) as usize };
            return self.read_part(&part, &geometry, into, reading_on);
        }
        let mut rest = into;
        for part in self.parts(size, first, sectors) {
            let (here, behind) = rest.split_at_mut(part.sectors.len() * size);
            rest = behind;
            self.read_part(&part, &geometry, here, reading_on)?;
        }
        Ok(())
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        let geometry = self.geometry()?;
        let sectors = geometry.sectors_of(first, data.len())?;
        let size = geometry.sector_size as usize;
        if geometry.read_only {
            return Err(Error::ReadOnly);
        }
        if data.len() >= self.line {
            return self.write_past(first, data, size);
        }
        let mut rest = data;
        for part in self.parts(size, first, sectors) {
            let (here, behind) = rest.split_at(part.sectors.len() * size);
            rest = behind;
            let index = self.find(part.number)?;
            let place = self.place(index, &part.sectors, size);
            self.bytes[place].copy_from_slice(here);
            self.tags[index].valid |= bits(&part.sectors);
            self.tags[index].dirty |= bits(&part.sectors);
            self.statistics.hits += 1;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.write_back_everything()?;
        if self.unflushed {
            self.device.flush()?;
            self.statistics.flushes += 1;
            self.unflushed = false;
        }
        Ok(())
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        let geometry = self.geometry()?;
        if !geometry.has(first, sectors) {
            return Err(Error::OutOfRange);
        }
        self.device.discard(first, sectors)?;
        self.drop_lines(geometry.sector_size as usize, first, sectors, true);
        Ok(())
    }

    fn redirects(&self, into: &[u8]) -> bool {
        self.device.redirects(into)
    }

    fn copy(&self, from: &[u8], into: &mut [u8]) {
        self.device.copy(from, into);
    }

    fn refresh(&mut self) {
        for tag in self.tags.iter_mut() {
            tag.valid = tag.dirty;
        }
        self.geometry = None;
        self.device.refresh();
    }
}
