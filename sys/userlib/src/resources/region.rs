//! Memory that is shared with other tasks, or with devices for them.

use super::{Records, Resource};
use config::{RegionFacts, SHARE_RECORDS, ShareDesc};

/// Memory that other tasks may share, and change at any time: it is copied, never referred to.
/// Kind `region`: as `dma`.
#[derive(Debug)]
pub struct Region {
    base: usize,
    size: usize,
    physical: u64,
    facts: RegionFacts,
}

impl Region {
    /// By this number, tasks that share it name it to each other.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.facts.number
    }

    /// The region as the task's own memory, which it is where no other task has it in its address
    /// space, but for devices (`"dma"` in `app.toml`). Otherwise it comes back.
    ///
    /// # Errors
    /// If it is shared, or cannot be written.
    pub const fn into_memory(self) -> Result<Memory, Self> {
        if self.facts.alone { Ok(Memory(self)) } else { Err(self) }
    }

    /// Address of the first byte, the same for every sharer.
    #[must_use]
    pub const fn base(&self) -> usize {
        self.base
    }

    /// Bytes in it.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Physical address of the first byte.
    #[must_use]
    pub const fn physical(&self) -> u64 {
        self.physical
    }

    /// Copies out, from `offset` on, as far as the region goes; says how many bytes.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> usize {
        let length = self.inside(offset, into.len());
        for (i, byte) in into[..length].iter_mut().enumerate() {
            // SAFETY: `inside` keeps the address in the region, which the build tool mapped for
            // this task. Volatile, because a sharer may write at the same time.
            *byte = unsafe { ((self.base + offset + i) as *const u8).read_volatile() };
        }
        length
    }

    /// Copies in, from `offset` on, as far as the region goes; says how many bytes. Faults a task
    /// that has the region for reading only.
    pub fn write(&mut self, offset: usize, from: &[u8]) -> usize {
        let length = self.inside(offset, from.len());
        for (i, &byte) in from[..length].iter().enumerate() {
            // SAFETY: as for reading; regions lie apart from everything Rust knows of, so no
            // reference can see the store.
            unsafe { ((self.base + offset + i) as *mut u8).write_volatile(byte) };
        }
        length
    }

    const fn inside(&self, offset: usize, length: usize) -> usize {
        let room = self.size.saturating_sub(offset);
        if length < room { length } else { room }
    }
}

/// Memory that is copied, never referred to: somebody else may have it, too, or find it later. Written in the
/// order of the calls.
pub trait Bytes {
    /// How many there are.
    fn size(&self) -> usize;
    /// Fills `into` from `offset` on; all of it lies inside.
    fn read(&self, offset: usize, into: &mut [u8]);
    /// Copies `from` to `offset`; all of it lies inside.
    fn write(&mut self, offset: usize, from: &[u8]);
}

impl Bytes for Region {
    fn size(&self) -> usize {
        self.size()
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        self.read(offset, into);
    }

    fn write(&mut self, offset: usize, from: &[u8]) {
        self.write(offset, from);
    }
}

/// For tests. What lies outside is a panic.
impl<T: AsRef<[u8]> + AsMut<[u8]>> Bytes for T {
    fn size(&self) -> usize {
        self.as_ref().len()
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        into.copy_from_slice(&self.as_ref()[offset..][..into.len()]);
    }

    fn write(&mut self, offset: usize, from: &[u8]) {
        self.as_mut()[offset..][..from.len()].copy_from_slice(from);
    }
}

/// A region that is this task's own memory, and its servers' devices reach. Not in use yet.
#[derive(Debug)]
pub struct Memory(Region);

impl Memory {
    /// Takes it into use. Before, `settled` asks the drivers of the devices, of the region with
    /// this number, whether all is over that an earlier life of this task asked of them: it could
    /// still arrive. The drivers are trusted to have a device write there only while this task
    /// waits for it, as they are trusted with all other memory that the device reaches.
    ///
    /// # Errors
    /// What `settled` says; the memory comes back.
    pub fn claim<E>(
        self,
        settled: impl FnOnce(u32) -> Result<(), E>,
    ) -> Result<(Place, &'static mut [u8]), (Self, E)> {
        let Self(Region { base, size, facts, .. }) = self;
        if let Err(error) = settled(facts.number) {
            return Err((self, error));
        }
        let place = Place { base, size, number: facts.number };
        // SAFETY: the build tool mapped these pages for this task alone, readable and writable, for
        // as long as the image runs (`RegionFacts::alone`); `self` was the only value that names
        // them; bytes may have any value; and no device writes them unasked, as `settled` said.
        Ok((place, unsafe { core::slice::from_raw_parts_mut(base as *mut u8, size) }))
    }
}

/// Where a task's memory is that devices reach, and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    base: usize,
    size: usize,
    number: u32,
}

impl Place {
    /// By this number, the task names it to the drivers of the devices.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Where some bytes are in it, if they are, for a device to read them.
    #[must_use]
    pub fn offset_of(&self, bytes: &[u8]) -> Option<u64> {
        // Exposed, because the compiler does not see that a system call has the device reach them.
        self.offset(bytes.as_ptr().expose_provenance(), bytes.len())
    }

    /// The same, for a device to write them.
    #[must_use]
    pub fn offset_of_mut(&self, bytes: &mut [u8]) -> Option<u64> {
        self.offset(bytes.as_mut_ptr().expose_provenance(), bytes.len())
    }

    fn offset(&self, address: usize, length: usize) -> Option<u64> {
        let offset = address.checked_sub(self.base)?;
        (offset.checked_add(length)? <= self.size).then_some(offset as u64)
    }
}

/// Regions of other tasks, which this one has for devices (`"dma"` in `app.toml`) and does not
/// reach itself. Kind `shares`: [`config::SHARES`] times what [`ShareDesc`] says.
#[derive(Debug)]
pub struct Shares(Records);

impl Shares {
    /// A region that a task may name: the task has it as well, to write or for devices.
    #[must_use]
    pub fn of(&self, task: usize, number: u32) -> Option<mmio::SharedMemory> {
        let is_it = |share: &ShareDesc| {
            share.size > 0 && share.number == number && share.clients.contains(task)
        };
        let mut records = self.0.again();
        let mut all = (0..config::SHARES)
            .map(|_| ShareDesc::decode(core::array::from_fn(|_| records.next())));
        let share = all.find(is_it)?;
        // SAFETY: `app.toml` gives the region to `task`, which names it, and for devices of this
        // one, which does not have it mapped; it is one piece of physical memory.
        Some(unsafe { mmio::SharedMemory::new(share.physical, share.size) })
    }
}

impl Resource for Region {
    const KIND: &'static str = "region";
    const RECORDS: usize = 2;
    fn from_records(records: &mut Records) -> Self {
        let [base, size] = records.next().map(|value| value as usize);
        let [physical, facts] = records.next();
        Self { base, size, physical, facts: RegionFacts::decode(facts) }
    }
}

impl Resource for Shares {
    const KIND: &'static str = "shares";
    const RECORDS: usize = config::SHARES * SHARE_RECORDS;
    fn from_records(records: &mut Records) -> Self {
        Self(records.take(Self::RECORDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_ends_where_it_ends() {
        let mut memory = [0u8; 8];
        let base = memory.as_mut_ptr() as usize;
        let facts = RegionFacts { number: 3, alone: false };
        let mut region = Region { base, size: 8, physical: 0, facts };
        assert_eq!(region.write(6, b"abc"), 2);
        assert_eq!(region.write(usize::MAX, b"abc"), 0);
        let mut back = [0; 4];
        assert_eq!(region.read(5, &mut back), 3);
        assert_eq!(back, *b"\0ab\0");
    }

    #[test]
    fn a_region_is_memory_only_for_who_has_it_alone_and_after_the_drivers_agree() {
        let mut memory = [7u8; 8];
        let base = memory.as_mut_ptr() as usize;
        let region =
            |alone| Region { base, size: 8, physical: 0, facts: RegionFacts { number: 3, alone } };
        assert!(region(false).into_memory().is_err());
        let memory = region(true).into_memory().unwrap();
        let (memory, asked) = memory.claim(Err).unwrap_err();
        assert_eq!(asked, 3);
        let (place, bytes) = memory.claim(|_| Ok::<_, ()>(())).unwrap();
        assert_eq!(bytes, [7; 8]);
        assert_eq!((place.offset_of(&bytes[3..]), place.offset_of(&[0; 1])), (Some(3), None));
        assert_eq!(place.offset_of(&[0; 9]), None);
    }

    #[test]
    fn a_share_is_named_by_its_clients_only() {
        let mut clients = config::TaskBitmap::EMPTY;
        clients.insert(70);
        let share = ShareDesc { physical: 0x8000, size: 0x1000, number: 2, clients };
        static RECORDS: [[u64; 2]; 4] = [[0x8000, 0x1000], [2, 0], [0, 1 << 6], [0; 2]];
        assert_eq!(share.encode(), RECORDS);
        let shares = Shares::from_records(&mut Records::new(&RECORDS));
        assert_eq!(shares.of(70, 2).unwrap().piece(0, 512).unwrap().address(), 0x8000);
        assert!(shares.of(70, 0).is_none() && shares.of(6, 2).is_none());
    }
}
