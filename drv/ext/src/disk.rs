//! Bytes of a device, from anywhere, in any number.

use crate::checksum::Sum;
use core::ops::Range;
use drv_block::{Block, Geometry};
use drv_fs_core::Error;

/// Bytes in the largest sector.
const LARGEST: usize = 4096;

/// A device and one sector of it.
#[derive(Debug)]
pub struct Disk<B> {
    device: B,
    geometry: Option<Geometry>,
    /// Which one `sector` is.
    held: Option<u64>,
    sector: [u8; LARGEST],
}

impl<B: Block> Disk<B> {
    pub const fn new(device: B) -> Self {
        Self { device, geometry: None, held: None, sector: [0; LARGEST] }
    }

    /// Asks anew what the device is like.
    pub fn begin(&mut self) -> Result<(), Error> {
        self.held = None;
        self.geometry = None;
        self.device.refresh();
        let geometry = self.device.geometry()?;
        let size = geometry.sector_size as usize;
        if !size.is_power_of_two() || !(512..=LARGEST).contains(&size) {
            return Err(Error::DeviceError);
        }
        self.geometry = Some(geometry);
        Ok(())
    }

    /// Bytes there are.
    pub fn length(&self) -> u64 {
        let bytes = |it: Geometry| it.sectors.saturating_mul(u64::from(it.sector_size));
        self.geometry.map_or(0, bytes)
    }

    /// Fills `into` from byte `at` on: whole sectors straight from the device, parts of one over
    /// the sector that is held.
    pub fn read(&mut self, mut at: u64, into: &mut [u8]) -> Result<(), Error> {
        let size = self.geometry.ok_or(Error::NoDevice)?.sector_size as usize;
        let mut rest = into;
        while !rest.is_empty() {
            let (sector, from) = (at / size as u64, (at % size as u64) as usize);
            let count = if from == 0 && rest.len() >= size {
                let whole = rest.len() - rest.len() % size;
                self.device.read(sector, &mut rest[..whole])?;
                whole
            } else {
                let count = rest.len().min(size - from);
                self.hold(sector, size)?;
                rest[..count].copy_from_slice(&self.sector[from..from + count]);
                count
            };
            at = at.checked_add(count as u64).ok_or(Error::Corrupt)?;
            rest = &mut rest[count..];
        }
        Ok(())
    }

    fn hold(&mut self, sector: u64, size: usize) -> Result<(), Error> {
        if self.held != Some(sector) {
            self.held = None;
            self.device.read(sector, &mut self.sector[..size])?;
            self.held = Some(sector);
        }
        Ok(())
    }

    /// The checksum of what it began with and of these bytes.
    pub fn sum(&mut self, mut sum: Sum, bytes: Range<u64>) -> Result<Sum, Error> {
        let mut at = bytes.start;
        while at < bytes.end {
            let mut piece = [0; 256];
            let used = (bytes.end - at).min(piece.len() as u64);
            let piece = &mut piece[..used as usize];
            self.read(at, piece)?;
            sum = sum.and(piece);
            at += used;
        }
        Ok(sum)
    }

    /// A structure of this size.
    pub fn array<const N: usize>(&mut self, at: u64) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        self.read(at, &mut array)?;
        Ok(array)
    }
}
