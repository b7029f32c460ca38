//! Whatever is on the disk, there is no panic, no end-less work, and no partition outside it.

use crate::common::{Disk, all, places};
use crate::{gpt, mbr};
use drv_partition::{Error, MOST, Memory, scan};
use proptest::prelude::*;
use std::sync::LazyLock;

static GPT: LazyLock<Vec<u8>> = LazyLock::new(|| gpt::disk().bytes);
static LARGE: LazyLock<Vec<u8>> = LazyLock::new(|| gpt::large_sectors().bytes);
static MBR: LazyLock<Vec<u8>> = LazyLock::new(|| mbr::disk().bytes);

/// What must hold of any disk. The last is how many sectors were read.
fn check(disk: &mut Disk) -> Result<(), TestCaseError> {
    let sectors = disk.sectors();
    let mut seen = Vec::new();
    let table = scan(&mut *disk, &mut Memory::new(), |partition| seen.push(*partition));
    prop_assert!(seen.len() <= MOST);
    for one in &seen {
        prop_assert!(one.extent.first > 0 && one.extent.sectors > 0);
        let end = one.extent.first.checked_add(one.extent.sectors);
        prop_assert!(end.is_some_and(|end| end <= sectors), "{one:?}");
    }
    if table.is_ok() {
        let overlap = |one: usize, other: usize| seen[one].extent.overlaps(&seen[other].extent);
        prop_assert!((0..seen.len()).all(|one| (0..one).all(|other| !overlap(one, other))));
    }
    // Two arrays of 128 KiB, one of them twice; every sector alone where it cannot be read ahead.
    prop_assert!(disk.reads <= 20_000, "{} sectors read", disk.reads);
    Ok(())
}

/// Makes both checksums of a GPT right, so that what follows them is looked at.
fn mend(disk: &mut Disk) {
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    for at in [1, disk.sectors() - 1] {
        let header = disk.at(at).to_vec();
        let word = |from: usize| u64::from_le_bytes(header[from..from + 8].try_into().unwrap());
        let half = |from: usize| u32::from_le_bytes(header[from..from + 4].try_into().unwrap());
        let bytes = u64::from(half(80)) * u64::from(half(84));
        let from = word(72).checked_mul(disk.sector as u64);
        let range = from.and_then(|from| {
            let end = from.checked_add(bytes)?;
            // More is not read.
            let read = bytes <= 128 * 1024 && end <= disk.bytes.len() as u64;
            read.then_some(from as usize..end as usize)
        });
        if let Some(range) = range {
            let sum = crc.checksum(&disk.bytes[range]);
            disk.at(at)[88..92].copy_from_slice(&sum.to_le_bytes());
        }
        let size = half(12).clamp(92, 512) as usize;
        disk.at(at)[16..20].fill(0);
        let sum = crc.checksum(&disk.at(at)[..size]);
        disk.at(at)[16..20].copy_from_slice(&sum.to_le_bytes());
    }
}

/// A place in the first sectors or the last ones, and a byte.
fn bytes(around: usize) -> impl Strategy<Value = Vec<(bool, usize, u8)>> {
    proptest::collection::vec((any::<bool>(), 0..around, any::<u8>()), 0..24)
}

fn damage(disk: &mut Disk, bytes: &[(bool, usize, u8)]) {
    let length = disk.bytes.len();
    for &(at_end, offset, byte) in bytes {
        let place = if at_end { length - 1 - offset } else { offset };
        disk.bytes[place] = byte;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_damaged_gpt(damages in bytes(34 * 512), mended in any::<bool>()) {
        let mut disk = Disk::new(GPT.clone(), 512);
        damage(&mut disk, &damages);
        if mended {
            mend(&mut disk);
        }
        check(&mut disk)?;
    }

    #[test]
    fn a_gpt_with_other_numbers(
        fields in proptest::collection::vec((0..9usize, any::<u64>(), 0..64u32), 1..4),
        entries in proptest::collection::vec((0..3usize, any::<u64>(), 0..64u32), 0..3),
    ) {
        const FIELDS: [(usize, usize); 9] =
            [(8, 4), (12, 4), (24, 8), (32, 8), (40, 8), (48, 8), (72, 8), (80, 4), (84, 4)];
        let mut disk = Disk::new(GPT.clone(), 512);
        for (field, value, shift) in fields {
            let (at, length) = FIELDS[field];
            let value = (value >> shift).to_le_bytes();
            disk.at(1)[at..at + length].copy_from_slice(&value[..length]);
        }
        for (entry, value, shift) in entries {
            let at = 128 * entry + 32;
            disk.at(2)[at..at + 8].copy_from_slice(&(value >> shift).to_le_bytes());
        }
        mend(&mut disk);
        check(&mut disk)?;
    }

    #[test]
    fn a_damaged_gpt_of_large_sectors(damages in bytes(6 * 4096)) {
        let mut disk = Disk::new(LARGE.clone(), 4096);
        damage(&mut disk, &damages);
        check(&mut disk)?;
    }

    #[test]
    fn a_damaged_mbr(
        damages in proptest::collection::vec((0..4usize, 446..510usize, any::<u8>()), 0..12),
    ) {
        const RECORDS: [u64; 4] = [0, 4096, 6144 + 1000, 8192];
        let mut disk = Disk::new(MBR.clone(), 512);
        for (record, at, byte) in damages {
            disk.at(RECORDS[record])[at] = byte;
        }
        check(&mut disk)?;
    }

    #[test]
    fn any_bytes(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..40_000),
        sector in prop_oneof![Just(512), Just(4096)],
        unreadable in proptest::collection::vec(0..80u64, 0..4),
    ) {
        if let Some(signature) = bytes.get_mut(510..512) {
            signature.copy_from_slice(&[0x55, 0xaa]);
        }
        for entry in 0..4 {
            if let Some(status) = bytes.get_mut(446 + 16 * entry) {
                *status = 0;
            }
        }
        let mut disk = Disk::new(bytes, sector);
        disk.unreadable = unreadable;
        check(&mut disk)?;
    }
}

/// A GPT both of whose copies have these entries: `(slot, first, last)`.
fn with_entries(entries: &[(usize, u64, u64)]) -> Disk {
    let mut disk = gpt::disk();
    let last = disk.sectors() - 1;
    for array in [2, last - 32] {
        for &(slot, first, end) in entries {
            let from = array as usize * 512 + slot * 128;
            disk.bytes[from] = 1;
            disk.bytes[from + 32..from + 40].copy_from_slice(&first.to_le_bytes());
            disk.bytes[from + 40..from + 48].copy_from_slice(&end.to_le_bytes());
        }
    }
    mend(&mut disk);
    disk
}

#[test]
fn entries_outside_the_usable_sectors_or_in_each_other_are_refused() {
    let outside = |index| Err(Error::Outside { index });
    let cases = [
        ((4, 33, 40), outside(5)),
        ((4, 16350, 16351), outside(5)),
        ((4, 16000, 16350), Ok(4)),
        ((4, 16001, 16000), outside(5)),
        ((4, 0, u64::MAX), outside(5)),
        ((4, u64::MAX, 0), outside(5)),
        ((0, 1 << 40, 1 << 41), outside(1)),
        ((4, 4095, 4095), Err(Error::Overlap { index: 5, other: 1 })),
        ((4, 2049, 2049), Err(Error::Overlap { index: 5, other: 1 })),
        ((6, 2000, 12000), Err(Error::Overlap { index: 7, other: 1 })),
    ];
    for (entry, expected) in cases {
        let found = all(&mut with_entries(&[entry]));
        assert_eq!(found.map(|(_, partitions)| places(&partitions).len()), expected, "{entry:?}");
    }
}
