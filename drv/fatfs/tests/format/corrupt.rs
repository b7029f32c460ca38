//! Images with wrong bits: an error or other bytes, never a panic, never no end.

use crate::common::{Disk, Image, TestMemory, noise, path};
use core::ops::ControlFlow;
use drv_block_cache::Cache;
use drv_fatfs::{Fat, Place, RepairMemory};
use drv_fs_core::{Create, Error, FileSystem, Open};
use proptest::prelude::*;
use std::sync::OnceLock;

/// More requests than any sane answer to one call needs.
const PATIENCE: usize = 200_000;

const KINDS: [(u32, &[&str]); 3] =
    [(1440, &["-F", "12"]), (9 << 10, &["-F", "16"]), (34 << 10, &["-F", "32", "-s", "1"])];

fn images() -> &'static [Vec<u8>] {
    static IMAGES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    IMAGES.get_or_init(|| {
        let make = |&(kib, arguments): &(u32, &[&str])| {
            let image = Image::new(kib, 512, arguments);
            image.put("hello.txt", b"hello from the disk\n");
            image.make_directory("a long directory name");
            image.put("a long directory name/another long name.bin", &noise(60_000, 5));
            image.make_directory("a long directory name/below");
            image.put("a long directory name/below/x", &noise(600, 6));
            image.bytes()
        };
        KINDS.iter().map(make).collect()
    })
}

/// Where an image says something about itself: any sector not all zero.
fn telling(image: &[u8]) -> Vec<usize> {
    let sectors = image.chunks(512).enumerate();
    sectors.filter(|(_, sector)| sector.iter().any(|&byte| byte != 0)).map(|(i, _)| i).collect()
}

/// A file system, and the disk that counts what it asks for.
struct Patient<'p> {
    fs: Fat<'p, Cache<'p, Disk>>,
    disk: Disk,
}

impl<'p> Patient<'p> {
    /// Does something that must come to an end.
    fn does<T>(&mut self, what: &str, act: impl FnOnce(&mut Fat<'p, Cache<'p, Disk>>) -> T) -> T {
        self.disk.requests.set(0);
        let answer = act(&mut self.fs);
        assert!(self.disk.requests.get() < PATIENCE, "no end to {what}");
        answer
    }

    /// Looks at everything a client can reach; says how much that was.
    fn visit(&mut self, of: &str, depth: usize) -> usize {
        let mut below = Vec::new();
        let listed = self.does("list", |fs| {
            fs.list(path(of), 0, |entry| {
                if !entry.name.contains('/') && entry.name.len() < 200 {
                    below.push(entry.name.to_owned());
                }
                ControlFlow::Continue(())
            })
        });
        if listed == Err(Error::NotADirectory) {
            return self.read(of);
        }
        let deeper = if depth < 4 { &below[..below.len().min(20)] } else { &[] };
        let inside =
            |name: &String| if of.is_empty() { name.clone() } else { format!("{of}/{name}") };
        let names: Vec<String> = deeper.iter().map(inside).collect();
        let plain = names.iter().filter(|name| drv_fs_core::Path::new(name).is_some());
        usize::from(listed.is_ok()) + plain.map(|name| self.visit(name, depth + 1)).sum::<usize>()
    }

    fn read(&mut self, of: &str) -> usize {
        let opened = self.does("open", |fs| fs.open(path(of), Open::default()));
        let Ok((file, info)) = opened else { return 0 };
        let mut piece = [0; 5000];
        for offset in [0, 4096, info.size / 2, info.size.saturating_sub(1), info.size] {
            let _ = self.does("read", |fs| fs.read(file, offset, &mut piece));
        }
        self.does("close", |fs| fs.close(file)).expect("nothing was written");
        1
    }

    /// Changes something of every kind.
    fn change(&mut self) {
        let how = Open { create: Create::IfMissing, truncate: false };
        for of in ["hello.txt", "a long directory name/another long name.bin", "new file.bin"] {
            let Ok((file, info)) = self.does("open", |fs| fs.open(path(of), how)) else { continue };
            let end = info.size.min(1 << 20);
            let _ = self.does("write", |fs| fs.write(file, end, &noise(9000, 3)));
            let _ = self.does("truncate", |fs| fs.truncate(file, 100));
            let _ = self.does("write", |fs| fs.write(file, 40, &noise(3000, 4)));
            let _ = self.does("close", |fs| fs.close(file));
        }
        let _ = self.does("mkdir", |fs| fs.make_directory(path("a long directory name/new")));
        let to = path("a long directory name/below/moved");
        let _ = self.does("rename", |fs| fs.rename(path("hello.txt"), to));
        let _ = self.does("remove", |fs| fs.remove(path("a long directory name/below/x")));
        let _ = self.does("rmdir", |fs| fs.remove_directory(path("a long directory name/new")));
        let _ = self.does("space", |fs| fs.space());
        let _ = self.does("sync", |fs| fs.sync());
    }
}

/// Looks at everything, changes something, looks again.
fn survey(image: Vec<u8>, change: bool) -> usize {
    let disk = Disk::new(image, 512);
    let (mut place, mut memory) = (Place::new(), TestMemory::new());
    let mut repair = Box::new(RepairMemory::new());
    let fs = Fat::new(&mut place, Cache::new(&mut memory, disk.clone())).repairing(&mut repair);
    let mut patient = Patient { fs, disk };
    if patient.does("mount", |fs| fs.mount()).is_err() {
        return 0;
    }
    let seen = patient.visit("", 0);
    if change {
        patient.change();
        patient.visit("", 0);
    }
    seen
}

#[test]
fn sound_images_are_seen_whole() {
    for image in images() {
        assert_eq!(survey(image.clone(), false), 6);
    }
}

/// `FAT_FLIPS` for more.
fn cases() -> u32 {
    std::env::var("FAT_FLIPS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn flipped_bits_do_no_harm(
        kind in 0..KINDS.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..4096usize), 1..40),
    ) {
        let mut image = images()[kind].clone();
        let telling = telling(&image);
        for (sector, bit) in flips {
            let sector = *sector.get(&telling);
            image[sector * 512 + bit / 8] ^= 1 << (bit % 8);
        }
        survey(image, true);
    }

    #[test]
    fn flipped_bits_of_what_says_where_things_are_do_no_harm(
        kind in 0..KINDS.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..4096usize), 1..6),
    ) {
        let mut image = images()[kind].clone();
        // Not the files' own content, which is most of what tells something.
        let telling: Vec<_> = telling(&image);
        let telling = &telling[..telling.len().min(40)];
        for (sector, bit) in flips {
            let sector = *sector.get(telling);
            image[sector * 512 + bit / 8] ^= 1 << (bit % 8);
        }
        survey(image, true);
    }

    #[test]
    fn sectors_full_of_anything_do_no_harm(
        kind in 0..KINDS.len(),
        which in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let mut image = images()[kind].clone();
        // The boot sector is left alone, or nearly nothing would come past the mount.
        let sector = *which.get(&telling(&image)[1..]);
        image[sector * 512..][..512].copy_from_slice(&noise(512, seed));
        survey(image, true);
    }
}

#[test]
fn what_is_no_fat_is_called_so() {
    let attempt = |image: Vec<u8>| {
        let (mut place, mut memory) = (Place::new(), TestMemory::new());
        let mut repair = Box::new(RepairMemory::new());
        let fat = Fat::new(&mut place, Cache::new(&mut memory, Disk::new(image, 512)));
        fat.repairing(&mut repair).mount()
    };
    assert_eq!(attempt(vec![0; 1 << 20]), Err(Error::NotRecognized));
    let refused = |result| matches!(result, Err(Error::NotRecognized | Error::Corrupt));
    assert!(refused(attempt(vec![])));
    assert!(refused(attempt(vec![0xff; 1 << 20])));
    assert!(refused(attempt(noise(1 << 20, 8))));
    for image in images() {
        assert!(refused(attempt(image[..image.len() / 2].to_vec())), "half the disk is missing");
    }
}

#[test]
fn a_file_whose_clusters_go_in_a_circle_ends_with_an_error() {
    let image = Image::new(1440, 512, &["-F", "12", "-s", "1"]);
    let content = noise(20_000, 9);
    image.put("file", &content);
    let mut bytes = image.bytes();
    // Cluster 2 is the file's first; let the third say that the first comes next. FAT12 keeps two
    // entries in three bytes, and the table begins after one reserved sector.
    let entry = 512 + 4 * 3 / 2;
    bytes[entry] = 2;
    bytes[entry + 1] &= 0xf0;
    let disk = Disk::new(bytes, 512);
    // So that it is not repaired.
    disk.read_only.set(true);
    crate::common::mounted(&disk, |fs| {
        let (file, _) = fs.open(path("file"), Open::default()).expect("its entry is sound");
        let mut all = vec![0; 20_000];
        assert_eq!(fs.read(file, 0, &mut all), Err(Error::Corrupt));
        assert_eq!(fs.read(file, 0, &mut all[..1000]), Ok(1000));
        assert!(all[..1000] == content[..1000]);
    });
    assert!(disk.requests.get() < 1000);
}
