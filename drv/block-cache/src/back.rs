//! What waits in the lines goes to the device.

use crate::cache::Cache;
use crate::line::{Tag, bits, run};
use core::ops::Range;
use drv_block::{Block, Error};

impl<B: Block> Cache<'_, B> {
    /// Gives the device what it does not have of a line. What waits in the next lines goes along where it
    /// lies behind it, in memory as on the device.
    pub(crate) fn write_back(&mut self, index: usize) -> Result<(), Error> {
        let size = self.geometry()?.sector_size as usize;
        while let Some(sectors) = run(self.tags[index].dirty) {
            let all = sectors.start..self.end_of_run(index, &sectors, self.line / size);
            if all == sectors || self.write_run(index, &all, size).is_err() {
                // If it fails, that is not the neighbours' fault.
                self.write_run(index, &sectors, size)?;
            }
        }
        Ok(())
    }

    /// Where the run ends that begins with these sectors of a line, counted from that line's begin.
    fn end_of_run(&self, index: usize, sectors: &Range<usize>, in_line: usize) -> usize {
        let (mut end, first) = (sectors.end, self.tags[index].number);
        for (number, tag) in (first + 1..).zip(&self.tags[index + 1..]) {
            let more = tag.dirty.trailing_ones() as usize;
            if !end.is_multiple_of(in_line) || !tag.is(number) || more == 0 {
                break;
            }
            end += more;
        }
        end
    }

    /// Gives the device these sectors, counted from the begin of a line; some are in the lines behind it.
    fn write_run(&mut self, index: usize, all: &Range<usize>, size: usize) -> Result<(), Error> {
        let in_line = self.line / size;
        let first = self.tags[index].number * in_line as u64 + all.start as u64;
        let place = self.place(index, all, size);
        self.unflushed = true;
        self.device.write(first, &self.bytes[place])?;
        self.statistics.writes += 1;
        self.statistics.sectors_written += all.len() as u64;
        for (tag, begin) in self.tags[index..].iter_mut().zip((0..all.end).step_by(in_line)) {
            let written = all.start.max(begin) - begin..all.end.min(begin + in_line) - begin;
            tag.dirty &= !bits(&written);
        }
        Ok(())
    }

    /// The same of all lines with some of these sectors.
    pub(crate) fn write_back_all(
        &mut self,
        size: usize,
        first: u64,
        sectors: u64,
    ) -> Result<(), Error> {
        for part in self.parts(size, first, sectors) {
            let waits = |tag: &Tag| tag.is(part.number) && tag.dirty & bits(&part.sectors) != 0;
            if let Some(index) = self.tags.iter().position(waits) {
                self.write_back(index)?;
            }
        }
        Ok(())
    }

    /// The same of all lines, in the order of the device.
    pub(crate) fn write_back_everything(&mut self) -> Result<(), Error> {
        while let Some(index) = self.first_waiting() {
            self.write_back(index)?;
        }
        Ok(())
    }

    /// The line with the lowest number that waits to be written.
    fn first_waiting(&self) -> Option<usize> {
        let waiting = self.tags.iter().enumerate().filter(|(_, tag)| tag.dirty != 0);
        waiting.min_by_key(|(_, tag)| tag.number).map(|(index, _)| index)
    }
}
