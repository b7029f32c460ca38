//! Damaged disks: errors, but no panic, no end that never comes, and nothing outside.

use crate::common::{Disk, FILES, formatted, mounted, noise, setting};
use crate::cuts::tree;
use drv_fs_core::{Change, Create, FileSystem, Open, Path, Replace};
use drv_fs_model::Random;
use drv_littlefs::{Littlefs, Memory, Settings};

const BLOCK: usize = 1024;
/// What the disk is asked for at most while a damaged file system is used.
const ENOUGH: u64 = 3_000_000;

fn path(text: &str) -> Path<'_> {
    Path::new(text).expect("a path")
}

fn settings() -> Settings {
    Settings { block_size: Some(BLOCK as u32), ..Settings::default() }
}

/// A disk with some of everything.
fn specimen() -> Vec<u8> {
    let disk = formatted(256, 512, settings());
    mounted(&disk, settings(), |fs| {
        for directory in ["one", "two", "one/inner"] {
            fs.make_directory(path(directory)).expect("there is room");
        }
        for number in 0..40 {
            let text = format!("{}/file {number}", ["one", "two", "one/inner"][number % 3]);
            let how = Open { create: Create::New, truncate: false };
            let (file, _) = fs.open(path(&text), how).expect("there is room");
            fs.write(file, 0, &noise(number * 90, 3)).expect("there is room");
            fs.close(file).expect("there is room");
        }
        fs.rename(path("one/file 0"), path("two/moved")).expect("it can be moved");
        for (name, number) in [("two", 0x41), ("one/file 3", 0x40), ("two/moved", 0x74), ("", 1)] {
            let name_of = format!("user.lfs.{number:02x}");
            let set = fs.set_attribute(path(name), &name_of, &noise(60, 4), Replace::Never);
            set.expect("there is room");
        }
    });
    disk.bytes.take()
}

/// Uses a disk as if nothing was wrong. True if it could be mounted.
fn use_it(bytes: Vec<u8>) -> bool {
    let mut disk = Disk::new(bytes, 512);
    disk.left.set(ENOUGH);
    disk.sector = 512;
    let (mut memory, mut room) = (Box::new(Memory::<FILES>::new()), vec![0; 64 << 10]);
    let mut fs = Littlefs::new(disk, &mut memory, Settings::default());
    fs.take_room(&mut room);
    if fs.mount().is_err() {
        return false;
    }
    let _ = tree(&mut fs);
    let _ = fs.make_directory(path("one/more"));
    if let Ok((file, _)) =
        fs.open(path("one/new"), Open { create: Create::IfMissing, truncate: true })
    {
        let _ = fs.write(file, 0, &noise(5000, 1));
        let _ = fs.write(file, 700, &noise(900, 1));
        let _ = fs.close(file);
    }
    let _ = fs.set_attribute(path("two/moved"), "user.lfs.40", &noise(90, 2), Replace::Any);
    let _ = fs.remove_attribute(path("two"), "user.lfs.41");
    let _ = fs.change(path("one/inner"), &Change { modified: Some(5), ..Change::default() });
    let _ = fs.rename(path("one"), path("three"));
    let _ = fs.rename(path("two/file 1"), path("three/x"));
    let _ = fs.remove(path("two/file 4"));
    let _ = fs.remove_directory(path("three/inner"));
    let _ = (fs.sync(), fs.space());
    true
}

fn crc(mut sum: u32, bytes: &[u8]) -> u32 {
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    sum
}

/// The tags of a log, each with its place.
fn tags(block: &[u8]) -> Vec<(usize, u32)> {
    let (mut at, mut previous, mut all) = (4, u32::MAX, Vec::new());
    while at + 4 <= block.len() {
        let word = u32::from_be_bytes(block[at..at + 4].try_into().expect("four bytes"));
        let tag = word ^ previous;
        if tag >> 31 == 1 || at + 4 + length(tag) > block.len() {
            break;
        }
        all.push((at, tag));
        previous = after(tag);
        at += 4 + length(tag);
    }
    all
}

fn length(tag: u32) -> usize {
    if tag & 0x3ff == 0x3ff { 0 } else { (tag & 0x3ff) as usize }
}

fn is_commit(tag: u32) -> bool {
    tag >> 20 & 0x780 == 0x500
}

fn after(tag: u32) -> u32 {
    if is_commit(tag) { tag ^ (tag >> 20 & 1) << 31 } else { tag }
}

/// Changes what a log says, and makes its checksums right again: what no chance would do.
fn lie(block: &mut [u8], random: &mut Random) -> bool {
    let mut tags = tags(block);
    let candidates: Vec<usize> = (0..tags.len()).filter(|&at| !is_commit(tags[at].1)).collect();
    if candidates.is_empty() {
        return false;
    }
    let chosen = candidates[random.below(candidates.len())];
    let (at, tag) = tags[chosen];
    if length(tag) > 0 && random.below(2) == 0 {
        let byte = at + 4 + random.below(length(tag));
        block[byte] = if random.below(2) == 0 { random.below(256) as u8 } else { block[byte] ^ 1 };
    } else {
        let flips = [1 << random.below(31), random.below(0x400) << 10, random.below(0x800) << 20];
        tags[chosen].1 ^= flips[random.below(3)] as u32;
    }
    let (mut previous, mut sum) = (u32::MAX, crc(u32::MAX, &block[..4]));
    for (at, tag) in tags {
        block[at..at + 4].copy_from_slice(&(tag ^ previous).to_be_bytes());
        if is_commit(tag) {
            sum = crc(sum, &block[at..at + 4]);
            block[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
            sum = u32::MAX;
        } else {
            let end = (at + 4 + length(tag)).min(block.len());
            sum = crc(sum, &block[at..end]);
        }
        previous = after(tag);
    }
    true
}

/// `LITTLEFS_DAMAGE_DISKS` for many, `LITTLEFS_DAMAGE_SEED` for others.
#[test]
fn whatever_bits_are_wrong_it_ends_with_an_error_at_worst() {
    let whole = specimen();
    let used: Vec<usize> = (0..whole.len() / BLOCK)
        .filter(|block| tags(&whole[block * BLOCK..][..BLOCK]).len() > 2)
        .collect();
    let mut random = Random::new(setting("LITTLEFS_DAMAGE_SEED", 1));
    let disks = setting("LITTLEFS_DAMAGE_DISKS", 600);
    let mut mounted = [0; 2];
    for number in 0..disks {
        let mut bytes = whole.clone();
        for _ in 0..1 + random.below(4) {
            let block = &mut bytes[used[random.below(used.len())] * BLOCK..][..BLOCK];
            if number % 2 == 0 {
                let bit = random.below(8 * BLOCK);
                block[bit / 8] ^= 1 << (bit % 8);
            } else {
                lie(block, &mut random);
            }
        }
        mounted[number as usize % 2] += u64::from(use_it(bytes));
    }
    println!(
        "of {disks} disks, half with bits flipped and half with lies, {mounted:?} were mounted"
    );
    assert!(mounted.iter().all(|count| *count > 0 && *count <= disks / 2));
}

#[test]
fn what_is_no_file_system_is_told_from_one_that_is_damaged() {
    use drv_fs_core::Error;
    let mount = |bytes: Vec<u8>| {
        let mut memory = Box::new(Memory::<FILES>::new());
        Littlefs::new(Disk::new(bytes, 512), &mut memory, Settings::default()).mount()
    };
    for bytes in [vec![0; 1 << 20], vec![0xff; 1 << 20], noise(1 << 20, 5), vec![0; 512], vec![]] {
        assert_eq!(mount(bytes), Err(Error::NotRecognized));
    }
    let mut both = specimen();
    assert_eq!(mount(both.clone()), Ok(()));
    both[24] ^= 1;
    assert_eq!(mount(both.clone()), Ok(()), "one block of a pair is enough");
    both[BLOCK + 24] ^= 1;
    assert_eq!(mount(both), Err(Error::Corrupt));
}

#[test]
fn a_disk_that_takes_no_writes_is_read() {
    let mut disk = Disk::new(specimen(), 512);
    let before = disk.bytes.borrow().clone();
    disk.read_only = true;
    mounted(&disk, settings(), |fs| {
        use drv_fs_core::Error;
        // 43 names, and 4 attributes.
        assert_eq!(tree(fs).map(|tree| tree.len()), Ok(47));
        assert_eq!(fs.make_directory(path("new")), Err(Error::ReadOnly));
        assert_eq!(fs.remove(path("two/file 1")), Err(Error::ReadOnly));
        assert!(fs.space().is_ok_and(|space| space.read_only));
    });
    assert!(*disk.bytes.borrow() == before);
}
