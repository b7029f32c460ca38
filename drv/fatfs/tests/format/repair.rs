//! Volumes that were left half changed, or are damaged at random: repaired when they are mounted.

use crate::common::{Disk, Image, TestMemory, mounted, noise, path, read_all};
use drv_block_cache::Cache;
use drv_fatfs::{Fat, Place, RepairMemory, Repairs};
use drv_fs_core::{Create, Error, FileSystem, Open};
use drv_fs_model::Random;
use std::collections::BTreeMap;

/// More requests than any repair of these disks needs.
const PATIENCE: usize = 400_000;

/// KiB, sector size, arguments of mkfs.fat.
pub const KINDS: [(u32, usize, &[&str]); 5] = [
    (1440, 512, &["-F", "12"]),
    (9 << 10, 512, &["-F", "16", "-s", "1"]),
    (3 << 10, 512, &["-F", "32", "-s", "1"]),
    (20 << 10, 4096, &["-F", "16", "-s", "1"]),
    (LARGE, 512, &["-F", "32", "-s", "1"]),
];

/// One with more clusters than are looked at at once, and what it holds is around the border.
const LARGE: u32 = 70 << 10;
const BORDER: usize = 2 + (128 << 10);

/// Directories, and files with their bytes.
pub type Tree = BTreeMap<String, Option<Vec<u8>>>;

/// What the images hold.
pub fn tree() -> Tree {
    let mut tree = BTreeMap::new();
    let directories = ["a long directory name", "a long directory name/below", "d", "d/e", "d/e/f"];
    tree.extend(directories.map(|path| (path.to_owned(), None)));
    let files = [
        ("hello.txt", 20),
        ("empty", 0),
        ("a long directory name/another long name.bin", 60_000),
        ("a long directory name/below/x", 600),
        ("d/e/f/deep", 5000),
        ("last.bin", 4096),
    ];
    for (seed, (path, length)) in (1..).zip(files) {
        tree.insert(path.to_owned(), Some(noise(length, seed)));
    }
    for index in 0..40 {
        let path = format!("d/number {index} of many");
        tree.insert(path, Some(noise(index * 97, index as u64)));
    }
    tree
}

pub fn image(kind: usize) -> Image {
    let (kib, sector, arguments) = KINDS[kind];
    let mut bytes = Image::new(kib, sector, arguments).bytes();
    if kib == LARGE {
        bytes[512 + 492..512 + 496].copy_from_slice(&(BORDER as u32 - 100).to_le_bytes());
    }
    let disk = Disk::new(bytes, sector);
    mounted(&disk, |fs| {
        for (of, content) in tree() {
            let Some(content) = content else {
                fs.make_directory(path(&of)).expect("it is new");
                continue;
            };
            let how = Open { create: Create::New, truncate: false };
            let (file, _) = fs.open(path(&of), how).expect("it is new");
            fs.write(file, 0, &content).expect("there is room");
            fs.close(file).expect("it is open");
        }
        fs.sync().expect("a sync");
    });
    let image = Image::of(&disk.bytes.borrow(), sector);
    image.check();
    image
}

/// What the boot sector says of where things are.
pub struct Layout {
    pub table: usize,
    pub table_size: usize,
    pub tables: usize,
    pub root: usize,
    pub data: usize,
    pub cluster: usize,
    pub bits: u32,
    pub clusters: usize,
}

impl Layout {
    pub fn of(bytes: &[u8]) -> Self {
        let word = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        let long = |at: usize| word(at) | word(at + 2) << 16;
        let sector = word(11);
        let cluster = usize::from(bytes[13]) * sector;
        let tables = usize::from(bytes[16]);
        let wide = word(22) == 0;
        let table_size = if wide { long(36) } else { word(22) } * sector;
        let table = word(14) * sector;
        let root = table + tables * table_size;
        let data = root + (word(17) * 32).next_multiple_of(sector);
        let total = if word(19) == 0 { long(32) } else { word(19) } * sector;
        let clusters = (total - data) / cluster;
        let bits = match clusters {
            _ if wide => 32,
            ..4085 => 12,
            _ => 16,
        };
        let root = if wide { data + (long(44) - 2) * cluster } else { root };
        Self { table, table_size, tables, root, data, cluster, bits, clusters }
    }

    /// Marks a volume as not synced.
    pub fn soil(&self, bytes: &mut [u8]) {
        for table in 0..self.tables {
            let at = self.table + table * self.table_size;
            match self.bits {
                16 => bytes[at + 3] &= 0x7f,
                32 => bytes[at + 7] &= 0xf7,
                _ => {}
            }
        }
    }
}

/// Mounts a disk. What was repaired, and all that is there then.
pub fn mount(disk: &Disk) -> Result<(Repairs, Tree), Error> {
    disk.requests.set(0);
    let (mut place, mut memory) = (Box::new(Place::new()), Box::new(TestMemory::new()));
    let mut repair = Box::new(RepairMemory::new());
    let mut fat =
        Fat::new(&mut place, Cache::new(&mut memory, disk.clone())).repairing(&mut repair);
    let mounted = fat.mount();
    assert!(disk.requests.get() < PATIENCE, "no end to the repair");
    mounted?;
    let repairs = fat.repaired();
    Ok((repairs, all(&mut fat)?))
}

/// All that is there.
pub fn all<F: FileSystem>(fs: &mut F) -> Result<Tree, Error> {
    let (mut all, mut folders) = (BTreeMap::new(), vec![String::new()]);
    while let Some(folder) = folders.pop() {
        let mut names = Vec::new();
        fs.list(path(&folder), 0, |entry| {
            names.push((entry.name.to_owned(), entry.info.is_directory()));
            core::ops::ControlFlow::Continue(())
        })?;
        for (name, is_directory) in names {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            // What no path can hold cannot be asked for.
            if drv_fs_core::Path::new(&path).is_none() || path.contains('\u{fffd}') {
                continue;
            }
            if is_directory {
                folders.push(path.clone());
                all.insert(path, None);
            } else {
                let content = read_all(fs, &path, 5000)?;
                all.insert(path, Some(content));
            }
        }
    }
    Ok(all)
}

/// `FAT_DAMAGE_DISKS` for more, `FAT_DAMAGE_SEED` for others.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn what_is_damaged_at_random_is_sound_when_mounted() {
    let disks = setting("FAT_DAMAGE_DISKS", 150);
    let first = setting("FAT_DAMAGE_SEED", 1);
    let images: Vec<Vec<u8>> = (0..KINDS.len()).map(|kind| image(kind).bytes()).collect();
    let (mut refused, mut repaired) = (0, 0);
    for seed in first..first + disks {
        let mut rng = Random::new(seed);
        let kind = seed as usize % KINDS.len();
        let mut bytes = images[kind].clone();
        let layout = Layout::of(&bytes);
        layout.soil(&mut bytes);
        damage(&mut bytes, &layout, &mut rng);
        let disk = Disk::new(bytes.clone(), KINDS[kind].1);
        match mount(&disk) {
            Ok((repairs, there)) => {
                repaired += u32::from(repairs.total() > 0);
                let after = Image::of(&disk.bytes.borrow(), disk.sector);
                // A flipped bit makes a file a label, which the boot sector has not: as it may be.
                let is_label = |words: &String| words.contains("There is no label in boot sector");
                if let Some(words) = after.complaint().filter(|words| !is_label(words)) {
                    panic!("seed {seed}, {:?}: {repairs:?}: {words}", KINDS[kind]);
                }
                // A second look finds nothing.
                layout.soil(&mut disk.bytes.borrow_mut());
                let (again, there_again) = mount(&disk).expect("it was mounted before");
                assert_eq!(again.total(), 0, "seed {seed}: {again:?}");
                assert!(there == there_again, "seed {seed}");
            }
            Err(Error::Corrupt) => refused += 1,
            Err(error) => panic!("seed {seed}: {error:?}"),
        }
    }
    println!("{disks} disks: {repaired} repaired, {refused} refused");
}

/// Changes bits, entries of the tables and slots of directories.
fn damage(bytes: &mut [u8], layout: &Layout, rng: &mut Random) {
    // Where the clusters are that are used, and some more.
    let first = if layout.clusters > BORDER { BORDER - 110 } else { 2 };
    let used = layout.clusters.min(400);
    for _ in 0..1 + rng.below(6) {
        let table = layout.table + rng.below(layout.tables) * layout.table_size;
        let width = layout.bits as usize;
        match rng.below(4) {
            // A bit of a table.
            0 => {
                let bit = first * width + rng.below(used * width);
                bytes[table + bit / 8] ^= 1 << (bit % 8);
            }
            // An entry of all tables.
            1 if width > 12 => {
                let (at, value) =
                    (first + rng.below(used), (first + rng.below(used + 4)) as u32 - 2);
                for table in 0..layout.tables {
                    let at = layout.table + table * layout.table_size + at * width / 8;
                    bytes[at..at + width / 8].copy_from_slice(&value.to_le_bytes()[..width / 8]);
                }
            }
            // A bit of the root directory, or of a cluster, which may be a directory's.
            2 => {
                let bit = rng.below(layout.cluster.min(2048) * 8);
                bytes[layout.root + bit / 8] ^= 1 << (bit % 8);
            }
            _ => {
                let cluster = first - 2 + rng.below(used.min(200));
                let at = layout.data + cluster * layout.cluster;
                let bit = rng.below(layout.cluster.min(2048) * 8);
                bytes[at + bit / 8] ^= 1 << (bit % 8);
            }
        }
    }
}
