//! Flash memory, which is erased before it is written, and how it is a block device.

use crate::{Block, Error, Geometry};

/// Size and pieces of flash memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashShape {
    /// Bytes.
    pub size: u64,
    /// Bytes that are erased at once; `size` is a multiple of it.
    pub erase_size: u32,
    /// Bytes that are programmed at once: a program begins and ends at a multiple of it.
    pub program_size: u32,
}

impl FlashShape {
    /// Checks a run of bytes that is to be programmed.
    ///
    /// # Errors
    /// [`Error::BadLength`] if it is empty or not of whole program units, [`Error::OutOfRange`].
    pub fn check(&self, offset: u64, bytes: usize) -> Result<(), Error> {
        let (unit, bytes) = (u64::from(self.program_size.max(1)), bytes as u64);
        if bytes == 0 || !offset.is_multiple_of(unit) || !bytes.is_multiple_of(unit) {
            return Err(Error::BadLength);
        }
        self.has(offset, bytes).then_some(()).ok_or(Error::OutOfRange)
    }

    /// Whether it has so many bytes from `offset` on.
    #[must_use]
    pub fn has(&self, offset: u64, bytes: u64) -> bool {
        offset.checked_add(bytes).is_some_and(|end| end <= self.size)
    }
}

/// Flash memory. Erased bytes are `0xff`; a program makes ones to zeros, only an erase makes zeros
/// to ones. What was programmed or erased when the power failed may be anything.
pub trait Flash {
    /// Size and pieces.
    ///
    /// # Errors
    /// [`Error::NoDevice`], [`Error::Failed`].
    fn shape(&mut self) -> Result<FlashShape, Error>;

    /// Fills `into` from `offset` on.
    ///
    /// # Errors
    /// Any but [`Error::ReadOnly`].
    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Error>;

    /// Programs erased bytes from `offset` on. They are safe when it returns.
    ///
    /// # Errors
    /// Any; [`Error::Worn`] also if they are not erased.
    fn program(&mut self, offset: u64, data: &[u8]) -> Result<(), Error>;

    /// Erases the piece that begins at `offset`.
    ///
    /// # Errors
    /// Any; [`Error::BadLength`] if no piece begins there, [`Error::Worn`] if it can no longer be
    /// erased.
    fn erase(&mut self, offset: u64) -> Result<(), Error>;
}

impl<F: Flash + ?Sized> Flash for &mut F {
    fn shape(&mut self) -> Result<FlashShape, Error> {
        (**self).shape()
    }

    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        (**self).read(offset, into)
    }

    fn program(&mut self, offset: u64, data: &[u8]) -> Result<(), Error> {
        (**self).program(offset, data)
    }

    fn erase(&mut self, offset: u64) -> Result<(), Error> {
        (**self).erase(offset)
    }
}

/// Flash memory as a block device, for a file system that erases by itself: a discard erases, and
/// must be of whole erase pieces; a write programs, and must be of sectors that are erased.
#[derive(Clone, Copy, Debug)]
pub struct OnFlash<F> {
    flash: F,
    sector_size: u32,
}

impl<F: Flash> OnFlash<F> {
    /// The device, its sectors as large as the file system wants them: a power of two from 512 to
    /// 4096. What does not go with the memory is [`Error::Unsupported`], whatever is asked.
    pub const fn new(flash: F, sector_size: u32) -> Self {
        Self { flash, sector_size }
    }

    /// The memory's shape, if sectors are whole program units, and erase pieces whole numbers of
    /// sectors.
    fn shape(&mut self) -> Result<FlashShape, Error> {
        let (shape, sector) = (self.flash.shape()?, self.sector_size);
        let usual = sector.is_power_of_two() && (512..=4096).contains(&sector);
        let whole = |large: u32, small: u32| large >= small.max(1) && large.is_multiple_of(small);
        let fits = whole(sector, shape.program_size) && whole(shape.erase_size, sector);
        if usual && fits { Ok(shape) } else { Err(Error::Unsupported) }
    }

    /// The memory.
    pub fn into_inner(self) -> F {
        self.flash
    }

    /// Where a run of sectors is.
    fn place(&mut self, first: u64, bytes: usize) -> Result<u64, Error> {
        self.geometry()?.sectors_of(first, bytes)?;
        first.checked_mul(self.sector_size.into()).ok_or(Error::OutOfRange)
    }
}

impl<F: Flash> Block for OnFlash<F> {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        let sectors = self.shape()?.size / u64::from(self.sector_size);
        Ok(Geometry { sectors, sector_size: self.sector_size, read_only: false, discard: true })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        let place = self.place(first, into.len())?;
        self.flash.read(place, into)
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        let place = self.place(first, data.len())?;
        self.flash.program(place, data)
    }

    /// What was written is safe already.
    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        if !self.geometry()?.has(first, sectors) {
            return Err(Error::OutOfRange);
        }
        let (size, piece) = (u64::from(self.sector_size), u64::from(self.shape()?.erase_size));
        let (mut place, end) = (first * size, (first + sectors) * size);
        if sectors == 0 || !place.is_multiple_of(piece) || !end.is_multiple_of(piece) {
            return Err(Error::BadLength);
        }
        while place < end {
            self.flash.erase(place)?;
            place += piece;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    const ERASE: u64 = 4096;

    /// Strict about everything.
    struct Memory(Vec<u8>);

    impl Flash for Memory {
        fn shape(&mut self) -> Result<FlashShape, Error> {
            let size = self.0.len() as u64;
            Ok(FlashShape { size, erase_size: ERASE as u32, program_size: 4 })
        }

        fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
            into.copy_from_slice(&self.0[offset as usize..][..into.len()]);
            Ok(())
        }

        fn program(&mut self, offset: u64, data: &[u8]) -> Result<(), Error> {
            self.shape()?.check(offset, data.len())?;
            let bytes = &mut self.0[offset as usize..][..data.len()];
            if bytes.iter().any(|&byte| byte != 0xff) {
                return Err(Error::Worn);
            }
            bytes.copy_from_slice(data);
            Ok(())
        }

        fn erase(&mut self, offset: u64) -> Result<(), Error> {
            assert!(offset.is_multiple_of(ERASE));
            self.0[offset as usize..][..ERASE as usize].fill(0xff);
            Ok(())
        }
    }

    fn device() -> OnFlash<Memory> {
        OnFlash::new(Memory(vec![0; 4 * ERASE as usize]), 512)
    }

    #[test]
    fn a_discard_erases_and_a_write_programs() {
        let mut device = device();
        assert_eq!(device.geometry().unwrap().sectors, 32);
        assert_eq!(device.write(8, &[7; 512]), Err(Error::Worn));
        device.discard(8, 16).unwrap();
        device.write(8, &[7; 1024]).unwrap();
        let mut sector = [0; 512];
        for (number, byte) in [(7, 0), (8, 7), (9, 7), (10, 0xff), (23, 0xff), (24, 0)] {
            device.read(number, &mut sector).unwrap();
            assert_eq!(sector, [byte; 512], "{number}");
        }
        assert_eq!(device.write(9, &[7; 512]), Err(Error::Worn));
    }

    #[test]
    fn parts_of_erase_pieces_and_what_is_not_there_are_refused() {
        let mut device = device();
        for (first, sectors) in [(1, 8), (0, 7), (0, 0), (4, 4)] {
            assert_eq!(device.discard(first, sectors), Err(Error::BadLength), "{first}");
        }
        for first in [25, 32, u64::MAX - 7, u64::MAX / 512] {
            assert_eq!(device.discard(first, 8), Err(Error::OutOfRange), "{first}");
            assert_eq!(device.read(first, &mut [0; 4096]), Err(Error::OutOfRange), "{first}");
            assert_eq!(device.write(first, &[0; 4096]), Err(Error::OutOfRange), "{first}");
        }
    }

    #[test]
    fn sectors_are_usual_and_pieces_are_whole() {
        for size in [0, 2, 256, 1000, 8192] {
            let mut made = OnFlash::new(Memory(vec![0; 8192]), size);
            assert_eq!(made.geometry(), Err(Error::Unsupported), "{size}");
            assert_eq!(made.read(0, &mut [0; 512]), Err(Error::Unsupported), "{size}");
        }
        assert!(OnFlash::new(Memory(vec![0; 8192]), 4096).geometry().is_ok());
    }

    #[test]
    fn programs_are_of_whole_units() {
        let shape = FlashShape { size: 64, erase_size: 32, program_size: 4 };
        for (offset, bytes) in [(0, 0), (2, 4), (4, 2)] {
            assert_eq!(shape.check(offset, bytes), Err(Error::BadLength));
        }
        for (offset, bytes) in [(64, 4), (60, 8), (u64::MAX - 3, 4)] {
            assert_eq!(shape.check(offset, bytes), Err(Error::OutOfRange));
        }
        assert_eq!(shape.check(60, 4), Ok(()));
    }
}
