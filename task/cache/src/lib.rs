//! What was written to a cache and not yet to the disk, where it outlives the cache.
//!
//! A client of the cache was told that its write is done. If the cache dies, the write may not be
//! lost as long as the power stays: the client will flush, and believe it. So every short write is
//! also noted in memory that belongs to no task's life, and the cache's next life writes what is noted
//! there before it answers anybody.
//!
//! A note has at most [`PAGE`] bytes. One byte says how many notes there are, and is stored last, so
//! that a writer that dies in the middle leaves a note whole or none.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

#[cfg(test)]
mod tests;

use drv_block::{Block, Error, Geometry};
use userlib::Bytes;

/// Bytes of the longest note. The first page says what the others are.
pub const PAGE: usize = 4096;
/// "AidosLog"
const MAGIC: u64 = u64::from_le_bytes(*b"AidosLog");
/// Where the number of notes is; of which disk they are; and from where on they are listed, each
/// with its first sector and its length.
const COUNT: usize = 0;
const OWNER: usize = 8;
const LIST: usize = 64;
const ENTRY: usize = 16;
/// As many as a byte can count, and the first page can list.
const MOST: usize = (PAGE - LIST) / ENTRY;
const _: () = assert!(MOST <= u8::MAX as usize, "a byte counts them");

/// Notes of what was written.
#[derive(Debug)]
pub struct Notes<M> {
    memory: M,
    /// How many fit.
    room: usize,
    count: usize,
}

impl<M: Bytes> Notes<M> {
    /// What is noted in some memory, for a disk and an image with this number. Notes of others are
    /// none.
    pub fn open(memory: M, geometry: &Geometry, image: u64) -> Self {
        let room = (memory.size() / PAGE).saturating_sub(1).min(MOST);
        let mut notes = Self { memory, room, count: 0 };
        notes.belong_to(geometry, image);
        notes
    }

    /// Says whose they are. Those that were another's are forgotten.
    pub fn belong_to(&mut self, geometry: &Geometry, image: u64) {
        if self.room == 0 {
            return;
        }
        let numbers = [MAGIC, image, geometry.sectors, geometry.sector_size.into()];
        let mut owner = [0; 4 * 8];
        for (place, number) in owner.as_chunks_mut::<8>().0.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
        let (mut found, mut count) = ([0; 4 * 8], [0]);
        self.memory.read(OWNER, &mut found);
        self.memory.read(COUNT, &mut count);
        if found == owner && usize::from(count[0]) <= self.room {
            self.count = count[0].into();
            return;
        }
        self.count = 0;
        self.memory.write(COUNT, &[0]);
        self.memory.write(OWNER, &owner);
    }

    /// What a note is of: the first sector, and how many bytes.
    fn entry(&self, number: usize) -> (u64, u64) {
        let mut entry = [0; ENTRY];
        self.memory.read(LIST + ENTRY * number, &mut entry);
        let [first, length] = [0, 1].map(|half| u64::from_le_bytes(entry.as_chunks::<8>().0[half]));
        (first, length)
    }

    /// Whether something is noted of these sectors.
    #[must_use]
    pub fn tell_of(&self, first: u64, sectors: u64, sector_size: usize) -> bool {
        let end = first.saturating_add(sectors);
        (0..self.count).any(|number| {
            let (noted, bytes) = self.entry(number);
            let noted_end = noted.saturating_add(bytes.div_ceil(sector_size.max(1) as u64));
            noted < end && first < noted_end
        })
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whether a write of so many bytes can be noted.
    #[must_use]
    pub const fn have_room(&self, bytes: usize) -> bool {
        self.room - self.count >= bytes.div_ceil(PAGE)
    }

    /// Notes a write. There is room; what has none is not noted.
    pub fn add(&mut self, first: u64, data: &[u8], sector_size: usize) {
        let sectors = (first..).step_by((PAGE / sector_size.max(1)).max(1));
        for (piece, first) in data.chunks(PAGE).zip(sectors) {
            if self.count == self.room {
                return;
            }
            self.memory.write(PAGE * (1 + self.count), piece);
            let mut entry = [0; ENTRY];
            entry[..8].copy_from_slice(&first.to_le_bytes());
            entry[8..].copy_from_slice(&(piece.len() as u64).to_le_bytes());
            self.memory.write(LIST + ENTRY * self.count, &entry);
            self.count += 1;
            self.memory.write(COUNT, &[self.count as u8]);
        }
    }

    /// Forgets them: all of it is on the medium.
    pub fn clear(&mut self) {
        if self.count > 0 {
            self.count = 0;
            self.memory.write(COUNT, &[0]);
        }
    }

    /// Does again, in their order, the writes that are noted. They stay noted.
    ///
    /// # Errors
    /// What the disk says. Done again, it does no harm.
    pub fn repeat(&self, disk: &mut impl Block) -> Result<(), Error> {
        let mut page = [0; PAGE];
        for number in 0..self.count {
            let (first, length) = self.entry(number);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            // Nobody writes there but the cache; whoever else does, damages no more than the disk.
            let piece = page.get_mut(..length).ok_or(Error::Failed)?;
            self.memory.read(PAGE * (1 + number), piece);
            disk.write(first, piece)?;
        }
        Ok(())
    }
}
