//! MBR with extended partitions as sfdisk makes it.

use crate::common::{Disk, all, extent, made, number, places};
use drv_partition::{Error, Memory, Selector, TableKind, find};

const SCRIPT: &str = "label: dos\nstart=2048, size=2048, type=c, bootable\n\
                      start=4096, size=10000, type=5\nstart=14336, size=1024, type=83\n\
                      start=6144, size=1000, type=83\nstart=9216, size=500, type=82\n\
                      start=12288, size=1500, type=83\n";

pub fn disk() -> Disk {
    Disk::new(made(8 << 20, "sfdisk", &["IMAGE"], SCRIPT), 512)
}

#[test]
fn what_sfdisk_made_is_read() {
    let (table, partitions) = all(&mut disk()).expect("it is sound");
    assert_eq!((table.kind, table.backup), (TableKind::Mbr, false));
    let expected =
        [(1, 2048, 2048), (3, 14336, 1024), (5, 6144, 1000), (6, 9216, 500), (7, 12288, 1500)];
    assert_eq!(places(&partitions), expected);
    let types: Vec<u8> = partitions.iter().map(number).collect();
    assert_eq!(types, [0x0c, 0x83, 0x83, 0x82, 0x83]);
    assert!(partitions.iter().all(|one| one.unique.is_none() && one.label.is("")));
}

#[test]
fn sectors_may_be_larger() {
    // Numbers in the table are numbers of sectors: the same table, each sector with more behind it.
    let large = disk().bytes.chunks(512).flat_map(|sector| [sector, &[0; 3584]].concat()).collect();
    let (_, expected) = all(&mut disk()).expect("it is sound");
    let (_, partitions) = all(&mut Disk::new(large, 4096)).expect("it is sound");
    assert_eq!(partitions, expected);
}

#[test]
fn a_partition_is_found_by_index_only() {
    let mut disk = disk();
    let mut look = |selector| find(&mut disk, &mut Memory::new(), &selector);
    assert_eq!(look(Selector::Index(6)), Ok(extent(9216, 500)));
    assert_eq!(look(Selector::Index(2)), Err(Error::NotFound), "the extended one is none");
    assert_eq!(look(Selector::Label("")), Err(Error::NotFound));
}

#[test]
fn a_table_without_partitions_has_none() {
    let bytes = made(1 << 20, "sfdisk", &["IMAGE"], "label: dos\n");
    let (_, partitions) = all(&mut Disk::new(bytes, 512)).expect("it is sound");
    assert_eq!(partitions, []);
}

/// The record in the sector, its entry, and the number at an offset in it.
fn set(disk: &mut Disk, sector: u64, entry: usize, offset: usize, value: u32) {
    let at = 446 + 16 * entry + offset;
    disk.at(sector)[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Lets a record lead to another, so far into the extended partition.
fn set_link(disk: &mut Disk, sector: u64, offset: u64) {
    disk.at(sector)[446 + 16 + 4] = 5;
    set(disk, sector, 1, FIRST, offset as u32);
    set(disk, sector, 1, COUNT, 16);
}

const FIRST: usize = 8;
const COUNT: usize = 12;

#[test]
fn primaries_outside_the_disk_or_in_each_other_are_refused() {
    let cases = [
        (0, FIRST, 0, Error::Outside { index: 1 }),
        (0, FIRST, 16384, Error::Outside { index: 1 }),
        (0, COUNT, 0, Error::Outside { index: 1 }),
        (2, COUNT, 2049, Error::Outside { index: 3 }),
        (2, COUNT, u32::MAX, Error::Outside { index: 3 }),
        (1, COUNT, 10241, Error::Overlap { index: 3, other: 2 }),
        (1, FIRST, 4095, Error::Overlap { index: 2, other: 1 }),
    ];
    for (entry, offset, value, error) in cases {
        let mut disk = disk();
        set(&mut disk, 0, entry, offset, value);
        assert_eq!(all(&mut disk), Err(error), "{entry} {offset} {value}");
    }
}

#[test]
fn logical_ones_outside_the_extended_or_in_each_other_are_refused() {
    // The first record is in sector 4096; its partition counts from there.
    let cases = [
        (FIRST, 10000, Error::Outside { index: 5 }),
        (FIRST, 0, Error::Overlap { index: 5, other: 5 }),
        (COUNT, 10000, Error::Outside { index: 5 }),
        // Over the second record, wherever that is.
        (COUNT, 2048, Error::Chain),
    ];
    for (offset, value, error) in cases {
        let mut disk = disk();
        set(&mut disk, 4096, 0, offset, value);
        assert_eq!(all(&mut disk), Err(error), "{offset} {value}");
    }
}

#[test]
fn a_chain_that_never_ends_is_refused() {
    for target in [0, 10000, u32::MAX, 1] {
        let mut disk = disk();
        set(&mut disk, 4096, 1, FIRST, target);
        assert_eq!(all(&mut disk), Err(Error::Chain), "{target}");
    }
}

#[test]
fn two_extended_partitions_are_refused() {
    let mut disk = disk();
    disk.at(0)[446 + 2 * 16 + 4] = 0x0f;
    assert_eq!(all(&mut disk), Err(Error::Chain));
}

#[test]
fn a_chain_of_more_than_there_is_room_for_is_refused() {
    // Sixty by sfdisk, which makes no more; then the last record leads to copies of itself.
    let mut script = "label: dos\ngrain: 512\nstart=2048, size=14000, type=5\n".to_owned();
    for n in 0..56 {
        script += &format!("start={}, size=8, type=83\n", 2064 + n * 16);
    }
    let mut disk = Disk::new(made(8 << 20, "sfdisk", &["IMAGE"], &script), 512);
    let (_, partitions) = all(&mut disk).expect("it is sound");
    assert_eq!(partitions.len(), 56);
    // Eight more make 64, of two claims each; the next has no room.
    let last = partitions[55].extent.first;
    let record = disk.at(last - 1).to_vec();
    for more in 1..=9 {
        let (at, next) = (last + 16 * (more - 1) - 1, last + 16 * more - 1);
        disk.at(next).copy_from_slice(&record);
        set_link(&mut disk, at, next - 2048);
        let found = all(&mut disk).map(|(_, partitions)| partitions.len());
        let expected = if more <= 8 { Ok(56 + more as usize) } else { Err(Error::TooMany) };
        assert_eq!(found, expected, "{more} more");
    }
}
