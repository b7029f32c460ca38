//! Single sectors of a device, read several at a time.

use crate::records::BootRecord;
use drv_block::{Block, Error, Geometry};
use zerocopy::FromBytes;

/// Bytes that are read at once.
pub const BUFFER: usize = 4096;

/// The sectors of a device. The bytes of the last ones are at hand.
pub struct Sectors<'m, B> {
    device: B,
    geometry: Geometry,
    buffer: &'m mut [u8; BUFFER],
    /// Those at hand: the first, and how many.
    first: u64,
    count: u64,
}

impl<'m, B: Block> Sectors<'m, B> {
    /// `None` if its sectors are of no size that this can read.
    pub fn new(mut device: B, buffer: &'m mut [u8; BUFFER]) -> Result<Option<Self>, Error> {
        let geometry = device.geometry()?;
        let size = geometry.sector_size;
        let known = size.is_power_of_two() && (512..=BUFFER as u32).contains(&size);
        Ok(known.then_some(Self { device, geometry, buffer, first: 0, count: 0 }))
    }

    pub const fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    pub const fn size(&self) -> usize {
        self.geometry.sector_size as usize
    }

    /// The bytes of one sector.
    pub fn read(&mut self, sector: u64) -> Result<&[u8], Error> {
        if !self.at_hand(sector) && self.fetch(sector, (BUFFER / self.size()) as u64).is_err() {
            // One of those that follow may be what cannot be read.
            self.fetch(sector, 1)?;
        }
        let from = (sector - self.first) as usize * self.size();
        self.buffer.get(from..from + self.size()).ok_or(Error::OutOfRange)
    }

    /// The boot record in a sector, if there is one.
    pub fn record(&mut self, sector: u64) -> Result<Option<BootRecord>, Error> {
        let record = BootRecord::read_from_prefix(self.read(sector)?).ok();
        Ok(record.map(|(record, _)| record).filter(BootRecord::is_sound))
    }

    const fn at_hand(&self, sector: u64) -> bool {
        sector >= self.first && sector - self.first < self.count
    }

    /// Reads so many sectors, or as many as there are.
    fn fetch(&mut self, first: u64, most: u64) -> Result<(), Error> {
        self.count = 0;
        let left = self.geometry.sectors.checked_sub(first).filter(|&left| left > 0);
        let count = left.ok_or(Error::OutOfRange)?.min(most);
        let bytes = count as usize * self.size();
        self.device.read(first, self.buffer.get_mut(..bytes).ok_or(Error::BadLength)?)?;
        (self.first, self.count) = (first, count);
        Ok(())
    }
}
