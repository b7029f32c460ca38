//! A block device as `hadris` wants it: blocks of 512 bytes, whatever the device's sectors are.

use drv_block::{Block, Error};
use hadris_fs::ErrorKind;
use hadris_storage::sync::BlockDevice;
use hadris_storage::{BlockIndex, BlockSize};

/// Bytes in a block.
pub const BLOCK: usize = 512;
const BLOCK_SIZE: BlockSize = match BlockSize::new(BLOCK as u32) {
    Some(size) => size,
    None => panic!("a block has bytes"),
};
/// Bytes in the largest sector.
pub const LARGEST: usize = 4096;

/// A device in blocks of 512 bytes.
#[derive(Debug)]
pub struct Blocks<'p, B> {
    pub device: B,
    /// How many blocks there are.
    count: u64,
    /// Bytes in a sector.
    size: usize,
    writable: bool,
    /// A sector of which only a part is wanted.
    sector: &'p mut Sector,
}

/// Room for a sector of any size.
pub type Sector = [u8; LARGEST];

/// Part of a request: some bytes of one sector, or whole sectors.
enum Part {
    Whole { first: u64, bytes: usize },
    Some { sector: u64, from: usize, bytes: usize },
}

impl<'p, B: Block> Blocks<'p, B> {
    pub const fn new(sector: &'p mut Sector, device: B) -> Self {
        Self { device, count: 0, size: BLOCK, writable: false, sector }
    }

    /// Asks anew what the device is like.
    pub fn begin(&mut self) -> Result<(), Error> {
        self.device.refresh();
        let geometry = self.device.geometry()?;
        let size = geometry.sector_size as usize;
        if !size.is_power_of_two() || !(BLOCK..=LARGEST).contains(&size) {
            return Err(Error::Failed);
        }
        self.size = size;
        self.count = geometry.sectors.saturating_mul((size / BLOCK) as u64);
        self.writable = !geometry.read_only;
        Ok(())
    }

    pub const fn is_writable(&self) -> bool {
        self.writable
    }

    /// The first part of a request for so many bytes from this block on.
    fn part(&self, block: u64, bytes: usize) -> Part {
        let in_sector = (self.size / BLOCK) as u64;
        let (sector, from) = (block / in_sector, (block % in_sector) as usize * BLOCK);
        if from == 0 && bytes >= self.size {
            Part::Whole { first: sector, bytes: bytes - bytes % self.size }
        } else {
            Part::Some { sector, from, bytes: bytes.min(self.size - from) }
        }
    }

    pub fn read(&mut self, mut block: u64, into: &mut [u8]) -> Result<(), Error> {
        let mut rest = into;
        while !rest.is_empty() {
            let count = match self.part(block, rest.len()) {
                Part::Whole { first, bytes } => {
                    self.device.read(first, &mut rest[..bytes])?;
                    bytes
                }
                Part::Some { sector, from, bytes } => {
                    self.device.read(sector, &mut self.sector[..self.size])?;
                    rest[..bytes].copy_from_slice(&self.sector[from..from + bytes]);
                    bytes
                }
            };
            block += (count / BLOCK) as u64;
            rest = &mut rest[count..];
        }
        Ok(())
    }

    pub fn write(&mut self, mut block: u64, data: &[u8]) -> Result<(), Error> {
        let mut rest = data;
        while !rest.is_empty() {
            let count = match self.part(block, rest.len()) {
                Part::Whole { first, bytes } => {
                    self.device.write(first, &rest[..bytes])?;
                    bytes
                }
                Part::Some { sector, from, bytes } => {
                    self.device.read(sector, &mut self.sector[..self.size])?;
                    self.sector[from..from + bytes].copy_from_slice(&rest[..bytes]);
                    self.device.write(sector, &self.sector[..self.size])?;
                    bytes
                }
            };
            block += (count / BLOCK) as u64;
            rest = &rest[count..];
        }
        Ok(())
    }

    /// A request that the device does not have comes of numbers that are wrong on the disk.
    fn check(&self, first: u64, bytes: usize) -> Result<(), hadris_fs::Error<Error>> {
        let end = first.checked_add((bytes / BLOCK) as u64);
        let fits = end.is_some_and(|end| end <= self.count) && bytes.is_multiple_of(BLOCK);
        fits.then_some(()).ok_or_else(|| ErrorKind::Corrupt.into())
    }
}

impl<B> hadris_io::ErrorType for Blocks<'_, B> {
    type Error = Error;
}

impl<B: Block> BlockDevice for Blocks<'_, B> {
    fn block_size(&self) -> BlockSize {
        BLOCK_SIZE
    }

    fn block_count(&self) -> u64 {
        self.count
    }

    fn writable(&self) -> bool {
        self.writable
    }

    fn read_blocks(
        &mut self,
        first: BlockIndex,
        into: &mut [u8],
    ) -> Result<(), hadris_fs::Error<Error>> {
        self.check(first.get(), into.len())?;
        let failed = |error| hadris_fs::Error::device(error, "sectors cannot be read");
        self.read(first.get(), into).map_err(failed)
    }

    fn write_blocks(
        &mut self,
        first: BlockIndex,
        data: &[u8],
    ) -> Result<(), hadris_fs::Error<Error>> {
        self.check(first.get(), data.len())?;
        let failed = |error| hadris_fs::Error::device(error, "sectors cannot be written");
        self.write(first.get(), data).map_err(failed)
    }

    fn flush(&mut self) -> Result<(), hadris_fs::Error<Error>> {
        let failed = |error| hadris_fs::Error::device(error, "the disk cannot be flushed");
        self.device.flush().map_err(failed)
    }
}
