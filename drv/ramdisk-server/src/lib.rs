//! A disk in memory, without a task around it.
//!
//! What is in memory outlives the server's task: a new life of it finds the disk as it was, and so does a
//! system that was reset while the power stayed. The last page of memory says whether there is
//! such a disk.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod header;
#[cfg(test)]
mod tests;

use drv_block::{Block, Error, Geometry};
use header::Header;
use userlib::Bytes;

pub use header::PAGE;

/// What a disk is to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Bytes in a sector: a power of two from 512 to 4096.
    pub sector_size: u32,
    /// The memory cannot be written; all of it is the disk.
    pub read_only: bool,
}

/// How a disk came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was there, and is as it was.
    Kept,
    /// It is new.
    Made,
    /// It is read only, and is what is in memory.
    Fixed,
}

/// Why there is no disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDisk {
    /// No power of two from 512 to 4096.
    SectorSize,
    /// There is no room for a sector.
    TooSmall,
    /// The image has more bytes than the disk.
    ImageTooLarge,
}

/// A disk in memory.
#[derive(Debug)]
pub struct RamDisk<M> {
    memory: M,
    geometry: Geometry,
}

impl<M: Bytes> RamDisk<M> {
    /// The disk in this memory. It is a new one, with the bytes of `image` and then zeros, unless
    /// the memory holds one that the same `identity` made.
    ///
    /// # Errors
    /// If there is no room for it.
    pub fn open(
        mut memory: M,
        shape: Shape,
        identity: u64,
        image: Option<&impl Bytes>,
    ) -> Result<(Self, Found), NoDisk> {
        let Shape { sector_size, read_only } = shape;
        if !sector_size.is_power_of_two() || !(512..=4096).contains(&sector_size) {
            return Err(NoDisk::SectorSize);
        }
        let room = if read_only { memory.size() } else { memory.size().saturating_sub(PAGE) };
        let sectors = room as u64 / u64::from(sector_size);
        if sectors == 0 {
            return Err(NoDisk::TooSmall);
        }
        let geometry = Geometry { sectors, sector_size, read_only, discard: !read_only };
        let found =
            if read_only { Found::Fixed } else { prepare(&mut memory, geometry, identity, image)? };
        Ok((Self { memory, geometry }, found))
    }

    /// Where so many bytes from a sector on are.
    fn place(&self, first: u64, bytes: usize) -> Result<usize, Error> {
        self.geometry.sectors_of(first, bytes)?;
        Ok(first as usize * self.geometry.sector_size as usize)
    }
}

/// Makes the disk, if it is not there.
fn prepare<M: Bytes>(
    memory: &mut M,
    geometry: Geometry,
    identity: u64,
    image: Option<&impl Bytes>,
) -> Result<Found, NoDisk> {
    let header = Header { identity, geometry };
    if header.is_in(memory) {
        return Ok(Found::Kept);
    }
    let size = geometry.sectors as usize * geometry.sector_size as usize;
    let bytes = image.map_or(0, Bytes::size);
    if bytes > size {
        return Err(NoDisk::ImageTooLarge);
    }
    let mut piece = [0; 512];
    for offset in (0..size).step_by(piece.len()) {
        piece.fill(0);
        let length = bytes.saturating_sub(offset).min(piece.len());
        if let Some(image) = image.filter(|_| length > 0) {
            image.read(offset, &mut piece[..length]);
        }
        memory.write(offset, &piece);
    }
    // Last: a life that ends before makes no half disk.
    header.write_to(memory);
    Ok(Found::Made)
}

impl<M: Bytes> Block for RamDisk<M> {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        Ok(self.geometry)
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        let place = self.place(first, into.len())?;
        self.memory.read(place, into);
        Ok(())
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        if self.geometry.read_only {
            return Err(Error::ReadOnly);
        }
        let place = self.place(first, data.len())?;
        self.memory.write(place, data);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Makes them zeros.
    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        if self.geometry.read_only {
            return Err(Error::ReadOnly);
        }
        if !self.geometry.has(first, sectors) {
            return Err(Error::OutOfRange);
        }
        let zeros = [0; 4096];
        let zeros = &zeros[..self.geometry.sector_size as usize];
        for sector in first..first + sectors {
            self.write(sector, zeros)?;
        }
        Ok(())
    }
}
