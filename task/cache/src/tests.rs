//! What is noted, and what is left of it whenever the writer dies.

use super::*;
use std::cell::Cell;
use std::vec;
use std::vec::Vec;

const SIZE: usize = 5 * PAGE;
const SECTORS: u64 = 64;
const GEOMETRY: Geometry =
    Geometry { sectors: SECTORS, sector_size: 512, read_only: false, discard: false };

/// Memory whose writer dies after so many bytes.
struct Mortal<'m> {
    bytes: &'m mut Vec<u8>,
    left: &'m Cell<usize>,
}

impl Bytes for Mortal<'_> {
    fn size(&self) -> usize {
        self.bytes.len()
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        into.copy_from_slice(&self.bytes[offset..offset + into.len()]);
    }

    fn write(&mut self, offset: usize, from: &[u8]) {
        let count = from.len().min(self.left.get());
        self.left.set(self.left.get() - count);
        self.bytes[offset..offset + count].copy_from_slice(&from[..count]);
    }
}

struct Disk(Vec<u8>);

impl Block for Disk {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        Ok(GEOMETRY)
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        into.copy_from_slice(&self.0[first as usize * 512..][..into.len()]);
        Ok(())
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        GEOMETRY.sectors_of(first, data.len())?;
        self.0[first as usize * 512..][..data.len()].copy_from_slice(data);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn discard(&mut self, _: u64, _: u64) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
}

/// The notes that a memory holds.
fn with<T>(memory: &mut Vec<u8>, mut act: impl FnMut(&mut Notes<Mortal>) -> T) -> T {
    let left = Cell::new(usize::MAX);
    act(&mut Notes::open(Mortal { bytes: memory, left: &left }, &GEOMETRY, 7))
}

fn repeated(memory: &mut Vec<u8>) -> Vec<u8> {
    let mut disk = Disk(vec![0; SECTORS as usize * 512]);
    with(memory, |notes| notes.repeat(&mut disk)).unwrap();
    disk.0
}

#[test]
fn what_was_noted_is_done_again_in_its_order() {
    let mut memory = vec![0xee; SIZE];
    with(&mut memory, |notes| {
        notes.add(3, &[1; 2048], 512);
        notes.add(4, &[2; 512], 512);
        notes.add(8, &[3; PAGE + 512], 512);
        assert_eq!((notes.count(), notes.have_room(1)), (4, false));
    });
    let disk = repeated(&mut memory);
    let first = |sector: usize| disk[sector * 512];
    assert_eq!([2, 3, 4, 5, 6, 7].map(first), [0, 1, 2, 1, 1, 0]);
    assert_eq!([8, 15, 16, 17].map(first), [3, 3, 3, 0]);
    with(&mut memory, |notes| notes.clear());
    assert!(repeated(&mut memory).iter().all(|&byte| byte == 0));
}

#[test]
fn notes_know_what_they_are_of() {
    with(&mut vec![0; SIZE], |notes| {
        notes.add(8, &[1; 1024], 512);
        let tell = |first, sectors| notes.tell_of(first, sectors, 512);
        assert_eq!([tell(0, 8), tell(0, 9), tell(9, 1), tell(10, 9)], [false, true, true, false]);
        assert!(tell(0, u64::MAX));
    });
}

#[test]
fn a_writer_that_dies_leaves_a_note_whole_or_none() {
    let mut begun = vec![0; SIZE];
    with(&mut begun, |notes| notes.add(0, &[1; PAGE], 512));
    let old = repeated(&mut begun);
    let mut seen = [0, 0];
    for dies in 0..PAGE + 100 {
        let mut memory = begun.clone();
        let left = Cell::new(dies);
        Notes::open(Mortal { bytes: &mut memory, left: &left }, &GEOMETRY, 7)
            .add(0, &[2; PAGE], 512);
        let disk = repeated(&mut memory);
        let new = disk[..PAGE] == [2; PAGE];
        assert!(new || disk == old, "after {dies} bytes");
        seen[usize::from(new)] += 1;
    }
    assert!(seen[0] > PAGE && seen[1] > 50, "{seen:?}");
}

#[test]
fn notes_of_another_disk_or_image_are_none() {
    let mut memory = vec![0; SIZE];
    with(&mut memory, |notes| notes.add(0, &[1; 512], 512));
    let left = Cell::new(usize::MAX);
    for (sectors, image) in [(SECTORS, 8), (SECTORS + 1, 7)] {
        let mut memory = memory.clone();
        let geometry = Geometry { sectors, ..GEOMETRY };
        let mortal = Mortal { bytes: &mut memory, left: &left };
        assert_eq!(Notes::open(mortal, &geometry, image).count(), 0);
        // And then there are none for the first owner either.
        assert_eq!(with(&mut memory, |notes| notes.count()), 0);
    }
    assert_eq!(with(&mut memory, |notes| notes.count()), 1);
}

#[test]
fn memory_that_is_too_small_or_says_nonsense_does_no_harm() {
    for size in [0, 10, PAGE, 2 * PAGE - 1] {
        with(&mut vec![0; size], |notes| {
            assert!(!notes.have_room(1));
            notes.add(0, &[1; 512], 512);
            assert_eq!(notes.count(), 0);
        });
    }
    let mut memory = vec![0; SIZE];
    with(&mut memory, |notes| notes.add(0, &[1; 512], 512));
    memory[COUNT] = 200;
    assert_eq!(with(&mut memory, |notes| notes.count()), 0);
    with(&mut memory, |notes| notes.add(0, &[1; 512], 512));
    memory[LIST + 8..LIST + 16].fill(0xff);
    let mut disk = Disk(vec![0; SECTORS as usize * 512]);
    assert_eq!(with(&mut memory, |notes| notes.repeat(&mut disk)), Err(Error::Failed));
}
