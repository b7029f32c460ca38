//! A run of a device's sectors that is a device of its own: a partition.

use crate::{Block, Error, Geometry};

/// Some sectors of a device, and no other.
#[derive(Clone, Copy, Debug)]
pub struct Window<B> {
    device: B,
    first: u64,
    sectors: u64,
}

impl<B: Block> Window<B> {
    /// The `sectors` of a device from `first` on.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if the device does not have them; what its geometry says.
    pub fn new(mut device: B, first: u64, sectors: u64) -> Result<Self, Error> {
        let inside = device.geometry()?.has(first, sectors);
        inside.then_some(Self { device, first, sectors }).ok_or(Error::OutOfRange)
    }

    /// The device.
    pub fn into_inner(self) -> B {
        self.device
    }

    /// Where a run of sectors of the window is on the device.
    fn place(&mut self, first: u64, bytes: usize) -> Result<u64, Error> {
        self.geometry()?.sectors_of(first, bytes)?;
        self.first.checked_add(first).ok_or(Error::OutOfRange)
    }
}

impl<B: Block> Block for Window<B> {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        Ok(Geometry { sectors: self.sectors, ..self.device.geometry()? })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        let place = self.place(first, into.len())?;
        self.device.read(place, into)
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        let place = self.place(first, data.len())?;
        self.device.write(place, data)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.device.flush()
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        if !self.geometry()?.has(first, sectors) {
            return Err(Error::OutOfRange);
        }
        let place = self.first.checked_add(first).ok_or(Error::OutOfRange)?;
        self.device.discard(place, sectors)
    }

    fn refresh(&mut self) {
        self.device.refresh();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    const SECTOR: usize = 512;

    struct Memory(Vec<u8>);

    impl Block for Memory {
        fn geometry(&mut self) -> Result<Geometry, Error> {
            let sectors = (self.0.len() / SECTOR) as u64;
            let sector_size = SECTOR as u32;
            Ok(Geometry { sectors, sector_size, read_only: false, discard: true })
        }

        fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
            let from = first as usize * SECTOR;
            into.copy_from_slice(&self.0[from..from + into.len()]);
            Ok(())
        }

        fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
            let to = first as usize * SECTOR;
            self.0[to..to + data.len()].copy_from_slice(data);
            Ok(())
        }

        fn flush(&mut self) -> Result<(), Error> {
            Ok(())
        }

        fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
            let (from, to) = (first as usize * SECTOR, (first + sectors) as usize * SECTOR);
            self.0[from..to].fill(0xee);
            Ok(())
        }
    }

    fn disk() -> Memory {
        Memory((0..16).flat_map(|sector| [sector; SECTOR]).collect())
    }

    #[test]
    fn its_sectors_are_those_from_the_first_on() {
        let mut window = Window::new(disk(), 4, 8).unwrap();
        let mut sector = vec![0; SECTOR];
        window.read(7, &mut sector).unwrap();
        assert_eq!(sector, [11; SECTOR]);
        window.write(0, &[0xaa; 2 * SECTOR]).unwrap();
        window.discard(6, 2).unwrap();
        let bytes = window.into_inner().0;
        let firsts: Vec<u8> = bytes.chunks(SECTOR).map(|sector| sector[0]).collect();
        assert_eq!(firsts, [0, 1, 2, 3, 0xaa, 0xaa, 6, 7, 8, 9, 0xee, 0xee, 12, 13, 14, 15]);
    }

    #[test]
    fn nothing_outside_is_reached() {
        let mut window = Window::new(disk(), 4, 8).unwrap();
        let mut two = vec![0; 2 * SECTOR];
        for first in [7, 8, 12, u64::MAX - 4, u64::MAX] {
            assert_eq!(window.read(first, &mut two), Err(Error::OutOfRange), "{first}");
            assert_eq!(window.write(first, &two), Err(Error::OutOfRange), "{first}");
            assert_eq!(window.discard(first, 2), Err(Error::OutOfRange), "{first}");
        }
        assert_eq!(window.read(0, &mut two[..100]), Err(Error::BadLength));
        assert_eq!(window.read(0, &mut []), Err(Error::BadLength));
    }

    #[test]
    fn a_part_that_the_device_does_not_have_is_none() {
        for (first, sectors) in [(9, 8), (17, 0), (u64::MAX, 2)] {
            assert_eq!(Window::new(disk(), first, sectors).err(), Some(Error::OutOfRange));
        }
    }
}
