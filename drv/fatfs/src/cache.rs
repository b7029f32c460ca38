//! Sectors from elsewhere, and a small cache of them.
//!
//! A file system reads the same few sectors of its table and its directories again and again, one
//! at a time, while file data comes in long runs. So short reads go through the cache, a line at
//! a time, and long ones past it.

use core::fmt;
use hadris_fs::ErrorKind;
use hadris_storage::sync::BlockDevice;
use hadris_storage::{BlockIndex, BlockSize};

/// Bytes in a sector.
pub const SECTOR: usize = 512;
const LINES: usize = 8;
const LINE_SECTORS: usize = 4;
const BLOCK: BlockSize = match BlockSize::new(SECTOR as u32) {
    Some(size) => size,
    None => panic!("a sector has bytes"),
};

/// Why sectors could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectorError {
    /// There is no disk.
    NoDevice,
    /// The disk failed.
    Failed,
}

impl fmt::Display for SectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDevice => "there is no disk",
            Self::Failed => "the disk failed",
        })
    }
}

impl core::error::Error for SectorError {}

/// Where sectors come from.
pub trait Sectors {
    /// How many there are.
    fn count(&mut self) -> Result<u64, SectorError>;
    /// Fills `into`, a whole number of sectors, from `first` on. All of it or an error.
    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), SectorError>;
}

/// Some sectors in a row.
#[derive(Debug)]
pub struct Line {
    first: u64,
    /// Sectors held, from `first` on; 0: none.
    length: usize,
    /// When it was last used, in reads.
    used: u64,
    data: [u8; LINE_SECTORS * SECTOR],
}

/// The memory of a cache.
pub type Lines = [Line; LINES];

impl Line {
    /// A cache's memory in the beginning.
    pub const NONE: Lines = [const { Self::EMPTY }; LINES];
    const EMPTY: Self = Self { first: 0, length: 0, used: 0, data: [0; LINE_SECTORS * SECTOR] };

    const fn holds(&self, sector: u64) -> bool {
        sector >= self.first && sector - self.first < self.length as u64
    }
}

/// Sectors, the ones last used of them close at hand.
#[derive(Debug)]
pub struct Cache<'p, S> {
    sectors: S,
    count: u64,
    reads: u64,
    lines: &'p mut Lines,
}

impl<'p, S: Sectors> Cache<'p, S> {
    pub const fn new(lines: &'p mut Lines, sectors: S) -> Self {
        Self { sectors, count: 0, reads: 0, lines }
    }

    /// Forgets what it held, and asks anew how many sectors there are.
    pub fn begin(&mut self) -> Result<(), SectorError> {
        self.lines.iter_mut().for_each(|line| line.length = 0);
        self.count = self.sectors.count()?;
        Ok(())
    }

    fn one(&mut self, sector: u64, into: &mut [u8]) -> Result<(), SectorError> {
        self.reads += 1;
        let place = self.lines.iter().position(|line| line.holds(sector));
        let place = match place {
            Some(place) => place,
            None => self.load(sector)?,
        };
        let line = &mut self.lines[place];
        line.used = self.reads;
        let offset = (sector - line.first) as usize * SECTOR;
        into.copy_from_slice(&line.data[offset..offset + SECTOR]);
        Ok(())
    }

    /// Reads the line around a sector in the place of the one unused for longest.
    fn load(&mut self, sector: u64) -> Result<usize, SectorError> {
        let oldest = self.lines.iter().enumerate().min_by_key(|(_, line)| line.used);
        let place = oldest.map_or(0, |(place, _)| place);
        let line = &mut self.lines[place];
        let first = sector - sector % LINE_SECTORS as u64;
        let length = (self.count - first).min(LINE_SECTORS as u64) as usize;
        line.length = 0;
        self.sectors.read(first, &mut line.data[..length * SECTOR])?;
        (line.first, line.length) = (first, length);
        Ok(place)
    }
}

impl<S> hadris_io::ErrorType for Cache<'_, S> {
    type Error = SectorError;
}

impl<S: Sectors> BlockDevice for Cache<'_, S> {
    fn block_size(&self) -> BlockSize {
        BLOCK
    }

    fn block_count(&self) -> u64 {
        self.count
    }

    fn read_blocks(
        &mut self,
        first: BlockIndex,
        into: &mut [u8],
    ) -> Result<(), hadris_fs::Error<SectorError>> {
        let (first, sectors) = (first.get(), into.len() / SECTOR);
        let end = first.checked_add(sectors as u64);
        if end.is_none_or(|end| end > self.count) || !into.len().is_multiple_of(SECTOR) {
            return Err(ErrorKind::Corrupt.into());
        }
        let failed = |error| hadris_fs::Error::device(error, "sectors cannot be read");
        if sectors >= LINE_SECTORS {
            return self.sectors.read(first, into).map_err(failed);
        }
        for (sector, into) in (first..).zip(into.chunks_exact_mut(SECTOR)) {
            self.one(sector, into).map_err(failed)?;
        }
        Ok(())
    }
}
