//! What a block device is to what stands on it, and parts of one.
//!
//! File systems, caches and partition tables know a disk only as a [`Block`]: on the target it is
//! the client of a block server, on the host a file, in tests memory that fails when told to.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod flash;
mod window;

pub use flash::{Flash, FlashShape, OnFlash};
pub use window::Window;

use core::fmt;

/// Size and abilities of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// How many sectors there are.
    pub sectors: u64,
    /// Bytes in a sector: a power of two from 512 to 4096.
    pub sector_size: u32,
    /// It takes no writes.
    pub read_only: bool,
    /// Sectors can be discarded.
    pub discard: bool,
}

impl Geometry {
    /// The sectors that so many bytes from `first` on are, if it is a whole number of them, not
    /// none, and the device has them all.
    ///
    /// # Errors
    /// [`Error::BadLength`] and [`Error::OutOfRange`].
    pub fn sectors_of(&self, first: u64, bytes: usize) -> Result<u64, Error> {
        let (bytes, size) = (bytes as u64, u64::from(self.sector_size));
        if bytes == 0 || bytes % size != 0 {
            return Err(Error::BadLength);
        }
        self.has(first, bytes / size).then_some(bytes / size).ok_or(Error::OutOfRange)
    }

    /// Whether the device has so many sectors from `first` on.
    #[must_use]
    pub fn has(&self, first: u64, sectors: u64) -> bool {
        first.checked_add(sectors).is_some_and(|end| end <= self.sectors)
    }
}

/// Why a request was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no device.
    NoDevice,
    /// The device ends before the last sector.
    OutOfRange,
    /// The device failed, or did not answer in time.
    Failed,
    /// The device takes no writes.
    ReadOnly,
    /// The length is zero or not a whole number of sectors.
    BadLength,
    /// The device cannot do that.
    Unsupported,
    /// Flash memory says that these bytes cannot be erased, or not programmed as they are. Others can.
    Worn,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDevice => "there is no disk",
            Self::OutOfRange => "the disk ends before the last sector",
            Self::Failed => "the disk failed",
            Self::ReadOnly => "the disk takes no writes",
            Self::BadLength => "the length is not a whole number of sectors",
            Self::Unsupported => "the disk cannot do that",
            Self::Worn => "this part of the flash memory cannot be written",
        })
    }
}

impl core::error::Error for Error {}

/// A block device. After an error a write may have reached some of its sectors.
pub trait Block {
    /// Size and abilities.
    ///
    /// # Errors
    /// [`Error::NoDevice`], [`Error::Failed`].
    fn geometry(&mut self) -> Result<Geometry, Error>;

    /// Fills `into`, a whole number of sectors, from `first` on.
    ///
    /// # Errors
    /// Any but [`Error::ReadOnly`].
    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error>;

    /// Writes `data`, a whole number of sectors, from `first` on. It is safe after a
    /// [`flush`](Self::flush).
    ///
    /// # Errors
    /// Any.
    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error>;

    /// Returns when everything written before is on the medium, and before anything written later.
    ///
    /// # Errors
    /// [`Error::NoDevice`], [`Error::Failed`].
    fn flush(&mut self) -> Result<(), Error>;

    /// Says that nobody needs what these sectors hold. What is read from them then is undefined.
    ///
    /// # Errors
    /// Any; [`Error::Unsupported`] of a device without it.
    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        let _ = (first, sectors);
        Err(Error::Unsupported)
    }

    /// Whether what is read to these bytes goes elsewhere, by a way that the device knows. A cache then
    /// has no part in it.
    fn redirects(&self, into: &[u8]) -> bool {
        let _ = into;
        false
    }

    /// Puts what was read of the device before to `into`, of the same length, or where what is read
    /// to these bytes goes by a way that the device knows. A cache answers so.
    fn copy(&self, from: &[u8], into: &mut [u8]) {
        into.copy_from_slice(from);
    }

    /// Forgets what is remembered of the device, but for what still waits to be written: it may be
    /// another one now. Who mounts what was not there before begins with this.
    fn refresh(&mut self) {}
}

impl<B: Block + ?Sized> Block for &mut B {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        (**self).geometry()
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        (**self).read(first, into)
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        (**self).write(first, data)
    }

    fn flush(&mut self) -> Result<(), Error> {
        (**self).flush()
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        (**self).discard(first, sectors)
    }

    fn redirects(&self, into: &[u8]) -> bool {
        (**self).redirects(into)
    }

    fn copy(&self, from: &[u8], into: &mut [u8]) {
        (**self).copy(from, into);
    }

    fn refresh(&mut self) {
        (**self).refresh();
    }
}
