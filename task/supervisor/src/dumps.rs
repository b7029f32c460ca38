//! Where dead tasks' memory is kept until somebody carries it away.
//!
//! The area is cut into slots of equal size, at least [`SMALLEST_SLOT`] bytes and at most
//! [`MOST_SLOTS`] of them, so a reader finds every dump without trusting what another one says
//! about its length. All numbers are little-endian; everything is aligned to eight bytes.
//!
//! | at | what |
//! |---|---|
//! | 0 | [`AreaHeader`] |
//! | 16 + n × slot size | [`DumpHeader`] of slot n |
//! | right behind it | `sections` times: [`SectionHeader`], then so many bytes, padded to eight |
//!
//! A slot without [`DumpHeader::MAGIC`] holds nothing: the magic is written last and taken away
//! first. The highest sequence number is the newest dump; the oldest is the one overwritten. What
//! does not fit a slot is cut off, and [`DumpHeader::CUT`] says so. The area outlives a warm reset.

use abi::FaultRecord;
use userlib::Bytes;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Most slots.
pub const MOST_SLOTS: usize = 8;
/// Least bytes in a slot.
pub const SMALLEST_SLOT: usize = 16 << 10;
/// Bytes moved at a time.
const CHUNK: usize = 1024;

/// Someone who can read a dead task's memory.
pub trait Corpse {
    /// Its writable memory, piece by piece: address and length of piece `number`.
    fn section(&self, number: u32) -> Option<(u64, u64)>;
    /// Copies from an address in a piece; false if that cannot be read.
    fn read(&self, address: u64, into: &mut [u8]) -> bool;
}

/// The beginning of the area.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct AreaHeader {
    /// [`AreaHeader::MAGIC`].
    pub magic: u64,
    /// Bytes in a slot.
    pub slot_size: u32,
    /// Number of slots.
    pub slots: u32,
}

impl AreaHeader {
    /// "aidosdmp".
    pub const MAGIC: u64 = u64::from_le_bytes(*b"aidosdmp");
}

/// Whose memory it is and why it was kept.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct DumpHeader {
    /// [`DumpHeader::MAGIC`].
    pub magic: u64,
    /// Counts dumps, from 1.
    pub sequence: u64,
    /// The image the task belongs to.
    pub image_id: u64,
    /// Milliseconds of the machine's counter when it was saved.
    pub time: u64,
    /// Why it died.
    pub fault: FaultRecord,
    /// Index of the task.
    pub task: u32,
    /// The life after the one that ended.
    pub generation: u32,
    /// How many sections follow.
    pub sections: u32,
    /// [`DumpHeader::CUT`], or 0.
    pub flags: u32,
}

impl DumpHeader {
    /// "aidosone".
    pub const MAGIC: u64 = u64::from_le_bytes(*b"aidosone");
    /// Not all of the task's memory is here.
    pub const CUT: u32 = 1;
}

/// A piece of memory.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct SectionHeader {
    /// Its first address in the dead task's address space.
    pub address: u64,
    /// Bytes that follow, before padding.
    pub length: u64,
}

/// The area.
pub struct DumpArea<M> {
    memory: M,
    header: AreaHeader,
    sequence: u64,
}

impl<M: Bytes> DumpArea<M> {
    /// Takes the area over, with the dumps that are already in it. None if it is too small for
    /// any.
    pub fn new(memory: M) -> Option<Self> {
        let room = memory.size().checked_sub(size_of::<AreaHeader>())?;
        let slots = (room / SMALLEST_SLOT).min(MOST_SLOTS);
        let slot_size = u32::try_from(room.checked_div(slots)? & !7).ok()?;
        let header = AreaHeader { magic: AreaHeader::MAGIC, slot_size, slots: slots as u32 };
        let mut area = Self { memory, header, sequence: 0 };
        if area.load::<AreaHeader>(0) == header {
            area.sequence = area.dumps().map(|(_, dump)| dump.sequence).max().unwrap_or(0);
        } else {
            area.clear();
        }
        Some(area)
    }

    /// Keeps a dead task's memory; `about` says whose it is. The fields the area knows itself are
    /// filled in.
    pub fn save(&mut self, about: DumpHeader, corpse: &impl Corpse) {
        let slot = self.oldest();
        let end = slot + self.header.slot_size as usize;
        self.store(slot, &DumpHeader::default());
        let mut at = slot + size_of::<DumpHeader>();
        let mut header = DumpHeader { sections: 0, flags: 0, ..about };
        while let Some((address, length)) = corpse.section(header.sections) {
            let room = end.saturating_sub(at + size_of::<SectionHeader>()) as u64;
            let kept = length.min(room);
            if kept < length {
                header.flags = DumpHeader::CUT;
            }
            if kept == 0 && length > 0 {
                break;
            }
            at = self.save_section(at, SectionHeader { address, length: kept }, corpse);
            header.sections += 1;
        }
        self.sequence = self.sequence.saturating_add(1);
        header.sequence = self.sequence;
        self.store(slot, &header);
        header.magic = DumpHeader::MAGIC;
        self.store(slot, &header);
    }

    /// The dumps in the area, in no order: offset and header of each.
    pub fn dumps(&self) -> impl Iterator<Item = (usize, DumpHeader)> + '_ {
        self.slots()
            .map(|slot| (slot, self.load::<DumpHeader>(slot)))
            .filter(|(_, dump)| dump.magic == DumpHeader::MAGIC)
    }

    fn save_section(&mut self, at: usize, section: SectionHeader, corpse: &impl Corpse) -> usize {
        self.store(at, &section);
        let start = at + size_of::<SectionHeader>();
        let length = section.length as usize;
        let mut chunk = [0; CHUNK];
        for offset in (0..length).step_by(CHUNK) {
            let part = &mut chunk[..CHUNK.min(length - offset)];
            if !corpse.read(section.address + offset as u64, part) {
                part.fill(0);
            }
            self.memory.write(start + offset, part);
        }
        start + length.next_multiple_of(8)
    }

    fn slots(&self) -> impl Iterator<Item = usize> + use<M> {
        let AreaHeader { slot_size, slots, .. } = self.header;
        (0..slots as usize).map(move |n| size_of::<AreaHeader>() + n * slot_size as usize)
    }

    /// An empty slot, or else that of the oldest dump.
    fn oldest(&self) -> usize {
        let age = |&slot: &usize| {
            let dump: DumpHeader = self.load(slot);
            if dump.magic == DumpHeader::MAGIC { dump.sequence } else { 0 }
        };
        self.slots().min_by_key(age).unwrap_or(size_of::<AreaHeader>())
    }

    fn clear(&mut self) {
        for slot in self.slots() {
            self.store(slot, &DumpHeader::default());
        }
        self.store(0, &self.header.clone());
    }

    fn load<T: FromBytes + IntoBytes>(&self, offset: usize) -> T {
        let mut value = T::new_zeroed();
        self.memory.read(offset, value.as_mut_bytes());
        value
    }

    fn store(&mut self, offset: usize, value: &(impl IntoBytes + Immutable)) {
        self.memory.write(offset, value.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// A task whose every byte is the low byte of its address.
    struct Dead(Vec<(u64, u64)>);

    impl Corpse for Dead {
        fn section(&self, number: u32) -> Option<(u64, u64)> {
            self.0.get(number as usize).copied()
        }
        fn read(&self, address: u64, into: &mut [u8]) -> bool {
            for (byte, address) in into.iter_mut().zip(address..) {
                *byte = address as u8;
            }
            true
        }
    }

    const SLOT: usize = SMALLEST_SLOT;
    const AREA: usize = 2 * SLOT + 16;

    fn about(task: u32) -> DumpHeader {
        DumpHeader { task, generation: 3, ..DumpHeader::default() }
    }

    fn saved(area: &DumpArea<Vec<u8>>) -> Vec<(u64, u32)> {
        let mut all: Vec<_> = area.dumps().map(|(_, dump)| (dump.sequence, dump.task)).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn a_dump_is_read_back_by_the_documented_layout() {
        let mut area = DumpArea::new(vec![0x5a; AREA]).unwrap();
        area.save(about(7), &Dead(vec![(0x1000_0010, 2050), (0x1000_2000, 5)]));
        let (slot, header) = area.dumps().next().unwrap();
        assert_eq!((header.sections, header.flags, header.generation), (2, 0, 3));
        let first = slot + size_of::<DumpHeader>();
        assert_eq!(first - slot, 80);
        let (section, _) = SectionHeader::read_from_prefix(&area.memory[first..]).unwrap();
        assert_eq!(section, SectionHeader { address: 0x1000_0010, length: 2050 });
        let bytes = &area.memory[first + 16..][..2050];
        assert!(bytes.iter().zip(0x10u64..).all(|(&byte, address)| byte == address as u8));
        let second = first + 16 + 2056;
        let (section, _) = SectionHeader::read_from_prefix(&area.memory[second..]).unwrap();
        assert_eq!(section, SectionHeader { address: 0x1000_2000, length: 5 });
        assert_eq!(&area.memory[second + 16..][..5], &[0, 1, 2, 3, 4]);
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut area = DumpArea::new(vec![0; AREA]).unwrap();
        for task in 1..=3 {
            area.save(about(task), &Dead(vec![(0, 8)]));
        }
        assert_eq!(saved(&area), [(2, 2), (3, 3)]);
    }

    #[test]
    fn too_much_memory_is_cut_and_spills_into_no_other_slot() {
        let mut area = DumpArea::new(vec![0; AREA]).unwrap();
        area.save(about(1), &Dead(vec![(0, 8)]));
        area.save(about(2), &Dead(vec![(0, SLOT as u64 * 3), (0, 8)]));
        area.save(about(3), &Dead(vec![(0, SLOT as u64 * 3), (0, 8)]));
        assert_eq!(saved(&area), [(2, 2), (3, 3)]);
        assert!(area.dumps().all(|(_, dump)| dump.flags == DumpHeader::CUT && dump.sections == 1));
    }

    #[test]
    fn dumps_outlive_the_supervisor() {
        let mut area = DumpArea::new(vec![0; AREA]).unwrap();
        area.save(about(1), &Dead(vec![(0, 8)]));
        let mut area = DumpArea::new(area.memory).unwrap();
        area.save(about(2), &Dead(vec![(0, 8)]));
        assert_eq!(saved(&area), [(1, 1), (2, 2)]);
    }

    #[test]
    fn memory_full_of_nonsense_holds_no_dump() {
        let area = DumpArea::new(vec![0xff; AREA]).unwrap();
        assert_eq!(saved(&area), []);
        assert!(DumpArea::new(vec![0; 100]).is_none());
    }
}
