//! What a disk in memory is, and what is left of it after a restart.

use super::*;
use std::vec;
use std::vec::Vec;

type Made<'m> = Result<(RamDisk<&'m mut Vec<u8>>, Found), NoDisk>;

fn open(memory: &mut Vec<u8>, identity: u64) -> Made<'_> {
    let shape = Shape { sector_size: 512, read_only: false };
    RamDisk::open(memory, shape, identity, None::<&&mut Vec<u8>>)
}

fn first_byte(disk: &mut RamDisk<&mut Vec<u8>>, sector: u64) -> u8 {
    let mut bytes = [0; 512];
    disk.read(sector, &mut bytes).unwrap();
    bytes[0]
}

#[test]
fn a_new_disk_is_zeros_and_keeps_what_is_written() {
    let mut memory = vec![0xaa; 8 * 512 + PAGE];
    let (mut disk, found) = open(&mut memory, 1).unwrap();
    assert_eq!((found, disk.geometry().unwrap().sectors), (Found::Made, 8));
    assert_eq!((first_byte(&mut disk, 0), first_byte(&mut disk, 7)), (0, 0));
    disk.write(7, &[7; 512]).unwrap();
    assert_eq!((first_byte(&mut disk, 6), first_byte(&mut disk, 7)), (0, 7));
    disk.discard(7, 1).unwrap();
    assert_eq!(first_byte(&mut disk, 7), 0);
}

#[test]
fn the_next_life_finds_it_and_another_image_does_not() {
    let mut memory = vec![0; 8 * 512 + PAGE];
    open(&mut memory, 1).unwrap().0.write(3, &[7; 512]).unwrap();
    let (mut disk, found) = open(&mut memory, 1).unwrap();
    assert_eq!((found, first_byte(&mut disk, 3)), (Found::Kept, 7));
    let (mut disk, found) = open(&mut memory, 2).unwrap();
    assert_eq!((found, first_byte(&mut disk, 3)), (Found::Made, 0));
}

#[test]
fn a_header_that_lost_a_bit_is_none() {
    let mut memory = vec![0; 8 * 512 + PAGE];
    open(&mut memory, 1).unwrap();
    for bit in 0..40 * 8 {
        let mut damaged = memory.clone();
        damaged[8 * 512 + bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open(&mut damaged, 1).unwrap().1, Found::Made, "bit {bit}");
    }
}

#[test]
fn an_image_is_what_a_new_disk_begins_with() {
    let mut image: Vec<u8> = (0..700).map(|byte| byte as u8).collect();
    let expected: Vec<u8> = image.iter().copied().chain([0; 324]).collect();
    let shape = Shape { sector_size: 1024, read_only: false };
    let mut memory = vec![0xaa; 2 * 1024 + PAGE];
    let made = RamDisk::open(&mut memory, shape, 1, Some(&&mut image));
    let (mut disk, found) = made.unwrap();
    let mut sector = vec![0xbb; 1024];
    disk.read(0, &mut sector).unwrap();
    assert_eq!(found, Found::Made);
    assert!(sector == expected);
    disk.read(1, &mut sector).unwrap();
    assert!(sector == [0; 1024]);
    let mut large = vec![1; 2 * 1024 + 1];
    let mut memory = vec![0; 2 * 1024 + PAGE];
    let refused = RamDisk::open(&mut memory, shape, 1, Some(&&mut large));
    assert_eq!(refused.err(), Some(NoDisk::ImageTooLarge));
}

#[test]
fn read_only_memory_is_all_disk_and_never_written() {
    let mut memory = vec![5; 4 * 512];
    let shape = Shape { sector_size: 512, read_only: true };
    let (mut disk, found) = RamDisk::open(&mut memory, shape, 1, None::<&&mut Vec<u8>>).unwrap();
    assert_eq!((found, disk.geometry().unwrap().sectors), (Found::Fixed, 4));
    assert_eq!(first_byte(&mut disk, 3), 5);
    assert_eq!(disk.write(0, &[0; 512]), Err(Error::ReadOnly));
    assert_eq!(disk.discard(0, 1), Err(Error::ReadOnly));
    assert!(memory == [5; 4 * 512]);
}

#[test]
fn what_is_not_there_is_refused() {
    let mut memory = vec![0; 8 * 512 + PAGE];
    let (mut disk, _) = open(&mut memory, 1).unwrap();
    assert_eq!(disk.read(8, &mut [0; 512]), Err(Error::OutOfRange));
    assert_eq!(disk.write(7, &[0; 1024]), Err(Error::OutOfRange));
    assert_eq!(disk.write(u64::MAX, &[0; 512]), Err(Error::OutOfRange));
    assert_eq!(disk.read(0, &mut [0; 100]), Err(Error::BadLength));
    assert_eq!(disk.discard(7, 2), Err(Error::OutOfRange));
    assert_eq!(open(&mut vec![0; PAGE + 511], 1).err(), Some(NoDisk::TooSmall));
    assert_eq!(open(&mut vec![0; 10], 1).err(), Some(NoDisk::TooSmall));
    for sector_size in [0, 256, 1000, 8192] {
        let shape = Shape { sector_size, read_only: false };
        let made = RamDisk::open(&mut memory, shape, 1, None::<&&mut Vec<u8>>);
        assert_eq!(made.err(), Some(NoDisk::SectorSize));
    }
}
