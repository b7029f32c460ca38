//! GPT as sgdisk and sfdisk make it.

use crate::common::{Disk, all, extent, made, places, said};
use drv_partition::{Error, Guid, Kind, Memory, Selector, TableKind, find};
use gptman::{GPT, GPTPartitionEntry};
use std::io::Cursor;

const BOOT: &str = "11111111-2222-4333-8444-555555555555";
const DISK: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const EFI: &str = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

/// A disk of 8 MiB with three partitions, the second of which is number 3.
pub fn disk() -> Disk {
    let arguments = [
        "-U",
        DISK,
        "-n",
        "1:2048:4095",
        "-t",
        "1:ef00",
        "-c",
        "1:boot",
        "-u",
        "1:11111111-2222-4333-8444-555555555555",
        "-n",
        "3:6144:10239",
        "-c",
        "3:data",
        "-n",
        "7:4096:6143",
        "-c",
        "7:Ümläute – 日本 𝄞",
        "IMAGE",
    ];
    Disk::new(made(8 << 20, "sgdisk", &arguments, ""), 512)
}

/// One of 4096-byte sectors, 2 MiB, by `gptman`: the tools make them for real devices only.
pub fn large_sectors() -> Disk {
    let mut image = Cursor::new(vec![0; 2 << 20]);
    let mut table = GPT::new_from(&mut image, 4096, [7; 16]).expect("it fits");
    for (slot, name, starting_lba, size) in [(1, "boot", 64, 128), (2, "data", 192, 250)] {
        table[slot] = GPTPartitionEntry {
            partition_type_guid: [1; 16],
            unique_partition_guid: [slot as u8; 16],
            starting_lba,
            ending_lba: starting_lba + size - 1,
            attribute_bits: 0,
            partition_name: name.into(),
        };
    }
    GPT::write_protective_mbr_into(&mut image, 4096).expect("it fits");
    table.write_into(&mut image).expect("it fits");
    Disk::new(image.into_inner(), 4096)
}

#[test]
fn what_sgdisk_made_is_read() {
    let mut disk = disk();
    let (table, partitions) = all(&mut disk).expect("it is sound");
    assert_eq!(table.kind, TableKind::Gpt(Guid::parse(DISK).expect("a GUID")));
    assert!(!table.backup);
    assert_eq!(places(&partitions), [(1, 2048, 2048), (3, 6144, 4096), (7, 4096, 2048)]);
    assert_eq!(partitions[0].kind, Kind::Gpt(Guid::parse(EFI).expect("a GUID")));
    assert_eq!(partitions[0].unique, Guid::parse(BOOT));
    let labels: Vec<String> = partitions.iter().map(|one| one.label.to_string()).collect();
    assert_eq!(labels, ["boot", "data", "Ümläute – 日本 𝄞"]);
}

#[test]
fn sectors_may_be_larger() {
    let mut disk = large_sectors();
    let (table, partitions) = all(&mut disk).expect("it is sound");
    assert!(matches!(table.kind, TableKind::Gpt(_)));
    assert_eq!(places(&partitions), [(1, 64, 128), (2, 192, 250)]);
    assert!(partitions[1].label.is("data"));
}

#[test]
fn a_partition_is_found() {
    let mut disk = disk();
    let mut look = |text: &str| {
        let selector = Selector::parse(text).expect("it selects");
        find(&mut disk, &mut Memory::new(), &selector)
    };
    assert_eq!(look("label:data"), Ok(extent(6144, 4096)));
    assert_eq!(look("label:Ümläute – 日本 𝄞"), Ok(extent(4096, 2048)));
    assert_eq!(look(&format!("guid:{BOOT}")), Ok(extent(2048, 2048)));
    assert_eq!(look("index:7"), Ok(extent(4096, 2048)));
    assert_eq!(look("disk"), Ok(extent(0, 16384)));
    for text in ["label:dat", "label:data2", "index:2", "index:129", &format!("guid:{DISK}")] {
        assert_eq!(look(text), Err(Error::NotFound), "{text}");
    }
}

#[test]
fn a_label_that_several_have_names_none_of_them() {
    let arguments = ["-n", "1:0:+1M", "-n", "2:0:+1M", "-n", "3:0:+1M"];
    let labels = ["-c", "1:a", "-c", "2:a", "-c", "3:a", "IMAGE"];
    let bytes = made(8 << 20, "sgdisk", &[&arguments[..], &labels].concat(), "");
    let found = find(Disk::new(bytes, 512), &mut Memory::new(), &Selector::Label("a"));
    assert_eq!(found, Err(Error::Ambiguous));
}

#[test]
fn the_backup_is_taken_when_the_first_header_is_bad() {
    for mut disk in [disk(), large_sectors()] {
        let (_, expected) = all(&mut disk).expect("it is sound");
        for byte in [0, 8, 16, 24, 40, 72, 91] {
            disk.at(1)[byte] ^= 1;
            let (table, partitions) = all(&mut disk).expect("the backup is");
            assert!(table.backup && partitions == expected, "byte {byte}");
            disk.at(1)[byte] ^= 1;
        }
        disk.at(1).fill(0);
        assert_eq!(all(&mut disk).map(|(table, _)| table.backup), Ok(true));
        // And sgdisk agrees that it is gone, and what the backup says.
        if disk.sector == 512 {
            let words = said(&disk.bytes, "sgdisk", &["-p", "IMAGE"]);
            assert!(words.contains("2048            4095"), "{words}");
        }
    }
}

#[test]
fn the_backup_is_taken_when_the_first_array_is_bad() {
    let mut disk = disk();
    let (_, expected) = all(&mut disk).expect("it is sound");
    // The first sector with entries, and the last, where there are none.
    for sector in [2, 33] {
        disk.at(sector)[300] ^= 0x10;
        let (table, partitions) = all(&mut disk).expect("the backup is");
        assert!(table.backup && partitions == expected, "sector {sector}");
        disk.at(sector)[300] ^= 0x10;
    }
}

#[test]
fn the_backup_is_taken_when_the_first_cannot_be_read() {
    let mut disk = disk();
    let (_, expected) = all(&mut disk).expect("it is sound");
    for sector in [1, 2, 20, 33] {
        disk.unreadable = vec![sector];
        let (table, partitions) = all(&mut disk).expect("the backup is");
        assert!(table.backup && partitions == expected, "sector {sector}");
    }
}

#[test]
fn without_either_there_is_none() {
    let mut disk = disk();
    let last = disk.sectors() - 1;
    disk.at(1)[20] ^= 1;
    disk.at(last)[60] ^= 1;
    assert_eq!(all(&mut disk), Err(Error::Damaged));
    disk.unreadable = vec![last];
    assert_eq!(all(&mut disk), Err(Error::Block(drv_block::Error::Failed)));
    disk.unreadable = vec![0];
    assert_eq!(all(&mut disk), Err(Error::Block(drv_block::Error::Failed)));
}

#[test]
fn a_disk_without_a_table_has_none() {
    let mut empty = Disk::new(vec![0; 1 << 20], 512);
    assert_eq!(all(&mut empty), Err(Error::NoTable));
    assert_eq!(all(&mut Disk::new(Vec::new(), 512)), Err(Error::NoTable));
    assert_eq!(all(&mut Disk::new(vec![0; 1 << 20], 8192)), Err(Error::SectorSize));
    assert_eq!(all(&mut Disk::new(vec![0; 1 << 20], 256)), Err(Error::SectorSize));
    // A GPT whose first sector was written over.
    let mut without = disk();
    without.at(0).fill(0);
    assert_eq!(all(&mut without), Err(Error::NoTable));
}

#[test]
fn a_full_table_is_read_and_costs_no_more_than_itself() {
    let new = (0..128).flat_map(|n| ["-n".to_owned(), format!("0:{}:+1K", 2048 + n * 8)]);
    let all_of_them: Vec<String> = new.collect();
    let new: Vec<&str> = all_of_them.iter().map(String::as_str).collect();
    let arguments = [&["-a", "1"], &new[..], &["IMAGE"]].concat();
    let mut disk = Disk::new(made(8 << 20, "sgdisk", &arguments, ""), 512);
    let (_, partitions) = all(&mut disk).expect("it is sound");
    assert_eq!(partitions.len(), 128);
    // The array twice, once for its checksum.
    assert!(disk.reads <= 8 + 2 * 40, "{} sectors read", disk.reads);
}
