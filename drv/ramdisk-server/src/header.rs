//! The last page of a disk's memory: whether there is a disk, and which.

use drv_block::Geometry;
use userlib::Bytes;

/// Bytes of it.
pub const PAGE: usize = 4096;
/// "AidosRAM"
const MAGIC: u64 = u64::from_le_bytes(*b"AidosRAM");
/// Bytes of it that mean something: magic, identity, sectors, bytes in a sector, and a sum.
const LENGTH: usize = 40;

/// Which disk is there.
pub struct Header {
    /// Whose disk it is: another image's is none.
    pub identity: u64,
    pub geometry: Geometry,
}

impl Header {
    /// Whether this header, and so this disk, is in memory.
    pub fn is_in(&self, memory: &impl Bytes) -> bool {
        let mut bytes = [0; LENGTH];
        memory.read(memory.size() - PAGE, &mut bytes);
        bytes == self.bytes()
    }

    pub fn write_to(&self, memory: &mut impl Bytes) {
        memory.write(memory.size() - PAGE, &self.bytes());
    }

    fn bytes(&self) -> [u8; LENGTH] {
        let Geometry { sectors, sector_size, .. } = self.geometry;
        let numbers = [MAGIC, self.identity, sectors, sector_size.into()];
        // Memory that lost its power keeps some of its bits.
        let sum = numbers.iter().fold(0u64, |sum, number| sum.rotate_left(9) ^ number);
        let mut bytes = [0; LENGTH];
        for (place, number) in
            bytes.as_chunks_mut::<8>().0.iter_mut().zip(numbers.iter().chain([&sum]))
        {
            *place = number.to_le_bytes();
        }
        bytes
    }
}
