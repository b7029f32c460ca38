//! What the device says about itself (virtio 1.2, section 5.2.4).

use crate::{SECTOR, StartError};
use drv_dma::{EVENT_INDEX, INDIRECT, PIECES};
use virtio_drivers::transport::Transport;

/// Feature bit: the device bounds the length of a piece of data.
const SIZE_MAX: u64 = 1 << 1;
/// Feature bit: the device bounds how many pieces of data a request has.
const SEGMENTS_MAX: u64 = 1 << 2;
/// Feature bit: the device takes no writes.
const READ_ONLY: u64 = 1 << 5;
/// Feature bit: the device says how large its sectors are.
const BLOCK_SIZE: u64 = 1 << 6;
/// Feature bit: the device has a cache that can be flushed.
const FLUSH: u64 = 1 << 9;
/// Feature bit: sectors can be discarded.
const DISCARD: u64 = 1 << 13;
/// Feature bit: sectors can be set to zero.
const WRITE_ZEROES: u64 = 1 << 14;
/// The features this driver knows what to do with.
pub const WANTED: u64 = SIZE_MAX
    | SEGMENTS_MAX
    | READ_ONLY
    | BLOCK_SIZE
    | FLUSH
    | DISCARD
    | WRITE_ZEROES
    | INDIRECT
    | EVENT_INDEX;

/// A configuration that changes as often as this while it is read is not worth believing.
const TRIES: usize = 16;

/// Size and abilities of a disk. A sector is as large as the device says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// How many sectors it has.
    pub sectors: u64,
    /// Bytes in a sector: a power of two from 512 to 4096.
    pub sector_size: u32,
    /// It takes no writes.
    pub read_only: bool,
    /// Written sectors may sit in a cache of the device until a flush.
    pub cached: bool,
    /// The most bytes of one transfer.
    pub most: u32,
    /// The most pieces of memory of one transfer.
    pub pieces: u32,
    /// The most sectors of one request to discard; 0 if it cannot.
    pub discard: u32,
    /// The most sectors of one request to set to zero; 0 if it cannot.
    pub write_zeroes: u32,
}

impl Geometry {
    /// Reads it, again where it changes in between.
    pub(crate) fn read(transport: &impl Transport, agreed: u64) -> Result<Self, StartError> {
        let stable = (0..TRIES).find_map(|_| {
            let before = transport.read_config_generation();
            let geometry = Self::attempt(transport, agreed);
            (transport.read_config_generation() == before).then_some(geometry)
        });
        stable.unwrap_or(Err(StartError::NoConfiguration))
    }

    fn attempt(transport: &impl Transport, agreed: u64) -> Result<Self, StartError> {
        let word = |offset| {
            transport.read_config_space::<u32>(offset).map_err(|_| StartError::NoConfiguration)
        };
        let offered = |feature, offset, default| {
            if agreed & feature == 0 { Ok(default) } else { word(offset) }
        };
        // In two words: a wider register need not be readable at once.
        let capacity = u64::from(word(0)?) | u64::from(word(4)?) << 32;
        let most = offered(SIZE_MAX, 8, u32::MAX)?;
        // A device that says nothing takes one.
        let pieces = offered(SEGMENTS_MAX, 12, 1)?.clamp(1, PIECES as u32);
        let sector_size = offered(BLOCK_SIZE, 20, SECTOR as u32)?;
        let (discard, write_zeroes) = (offered(DISCARD, 36, 0)?, offered(WRITE_ZEROES, 48, 0)?);
        if !sector_size.is_power_of_two() || !(512..=4096).contains(&sector_size) {
            return Err(StartError::SectorSize(sector_size));
        }
        if most < sector_size {
            return Err(StartError::NoConfiguration);
        }
        let each = sector_size / SECTOR as u32;
        Ok(Self {
            sectors: capacity / u64::from(each),
            sector_size,
            read_only: agreed & READ_ONLY != 0,
            cached: agreed & FLUSH != 0,
            most,
            pieces,
            discard: discard / each,
            write_zeroes: write_zeroes / each,
        })
    }

    /// Whether so many sectors from `first` on are all there.
    #[must_use]
    pub fn has(&self, first: u64, sectors: u64) -> bool {
        first.checked_add(sectors).is_some_and(|end| end <= self.sectors)
    }

    /// Bytes of so many sectors.
    #[must_use]
    pub const fn bytes(&self, sectors: usize) -> usize {
        sectors << self.sector_size.trailing_zeros()
    }
}
