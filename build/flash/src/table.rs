//! The partition tables: GPT at both ends of the disk, and the MBR that protects it.

use crate::plan::{Piece, sectors};
use crate::{ALIGN, SECTOR};
use anyhow::{Context, Result};
use gptman::{GPT, GPTPartitionEntry};
use std::io::{Error, ErrorKind, Read, Result as IoResult, Seek, SeekFrom, Write};

/// Name of the partition: how we know a disk of ours.
const NAME: &str = "aidos-boot";
/// GUID of EFI system partitions, as it lies on the disk: C12A7328-F81F-11D2-BA4B-00A0C93EC93B.
/// Whoever looks for a partition to boot from takes one of these.
const TYPE: [u8; 16] = [
    0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b,
];
/// Attribute "legacy BIOS bootable": what U-Boot calls a bootable partition.
const BOOTABLE: u64 = 1 << 2;

/// The second table and the first.
pub fn tables(size: u64, partition: &Piece, image_id: u64) -> Result<[Piece; 2]> {
    write(size, partition, image_id).context("cannot make a partition table")
}

fn write(size: u64, partition: &Piece, image_id: u64) -> Result<[Piece; 2]> {
    let mut ends = Ends::new(size);
    let mut gpt = GPT::new_from(&mut ends, SECTOR, guid(image_id, 0))?;
    let (first, last) = sectors(partition)?;
    gpt[1] = GPTPartitionEntry {
        partition_type_guid: TYPE,
        unique_partition_guid: guid(image_id, 1),
        starting_lba: first,
        ending_lba: last,
        attribute_bits: BOOTABLE,
        partition_name: NAME.into(),
    };
    GPT::write_protective_mbr_into(&mut ends, SECTOR)?;
    gpt.write_into(&mut ends)?;
    let [head, tail] = ends.pieces;
    Ok([tail, head])
}

/// Whether this disk has our partition and no other.
pub fn is_ours(disk: &mut (impl Read + Seek)) -> bool {
    let Ok(gpt) = GPT::read_from(disk, SECTOR) else { return false };
    let mut used = gpt.iter().filter(|(_, entry)| entry.is_used());
    let first = used.next().is_some_and(|(_, entry)| entry.partition_name.as_str() == NAME);
    first && used.next().is_none()
}

/// A GUID (version 8, RFC 9562) that the same image has again.
fn guid(image_id: u64, which: u8) -> [u8; 16] {
    let mut guid = *b"aidos\0\0\x80\x80\0\0\0\0\0\0\0";
    guid[5] = which;
    guid[9..].copy_from_slice(&image_id.to_le_bytes()[1..]);
    guid[6] = image_id.to_le_bytes()[0];
    guid
}

/// The two ends of a disk, where the tables are; nothing else of it can be written.
struct Ends {
    size: u64,
    at: u64,
    pieces: [Piece; 2],
}

impl Ends {
    fn new(size: u64) -> Self {
        let blank = |offset| Piece { offset, bytes: vec![0; ALIGN as usize] };
        Self { size, at: 0, pieces: [blank(0), blank(size.saturating_sub(ALIGN))] }
    }

    /// The bytes from the present position on.
    fn here(&mut self) -> IoResult<&mut [u8]> {
        let at = self.at;
        let piece = self.pieces.iter_mut().find(|piece| (piece.offset..piece.end()).contains(&at));
        let piece = piece.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "not at an end"))?;
        Ok(&mut piece.bytes[(at - piece.offset) as usize..])
    }
}

impl Read for Ends {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        let length = self.here()?.as_ref().read(into)?;
        self.at += length as u64;
        Ok(length)
    }
}

impl Write for Ends {
    fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
        let length = self.here()?.write(bytes)?;
        self.at += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> IoResult<()> {
        Ok(())
    }
}

impl Seek for Ends {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "before the beginning"))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const SIZE: u64 = 4 << 20;

    fn disk() -> Vec<u8> {
        let partition = Piece { offset: ALIGN, bytes: vec![7; 2 << 20] };
        let mut disk = vec![0; SIZE as usize];
        for piece in tables(SIZE, &partition, 0x1234).expect("tables") {
            disk[piece.offset as usize..piece.end() as usize].copy_from_slice(&piece.bytes);
        }
        disk
    }

    #[test]
    fn either_table_will_do() {
        let whole = disk();
        let mut second = whole.clone();
        second[..ALIGN as usize].fill(0);
        assert!(is_ours(&mut Cursor::new(&whole)));
        assert!(is_ours(&mut Cursor::new(&second)));
        assert!(!is_ours(&mut Cursor::new(&whole[..whole.len() / 2][512..])));
    }

    #[test]
    fn a_disk_with_another_partition_is_not_ours() {
        let mut disk = Cursor::new(disk());
        let mut gpt = GPT::read_from(&mut disk, SECTOR).expect("a table");
        gpt[2] = GPTPartitionEntry { starting_lba: 6144, ending_lba: 6200, ..gpt[1].clone() };
        gpt[2].unique_partition_guid[15] ^= 1;
        gpt.write_into(&mut disk).expect("room");
        assert!(!is_ours(&mut disk));
    }

    #[test]
    fn two_images_have_different_disks_and_partitions() {
        let all = [guid(1, 0), guid(1, 1), guid(2, 0), guid(1 << 63, 0)];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all.iter().all(|guid| guid[7] >> 4 == 8 && guid[8] >> 6 == 2));
    }
}
