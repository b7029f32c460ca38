//! Thousands of random operations, beside a model; what is on the disk then, by the eyes of others.

use crate::common::{Disk, Image, mounted, noise};
use drv_fatfs::MAX_FILES;
use drv_fs_core::FileSystem;
use drv_fs_model::{Node, Rules, Walk};

/// KiB, sector size, arguments of mkfs.fat, and bytes of the largest file. The small ones get full.
const KINDS: [(u32, usize, &[&str], usize); 6] = [
    (360, 512, &["-F", "12", "-s", "1", "-r", "112"], 160_000),
    (4 << 10, 4096, &["-F", "12", "-s", "1"], 60_000),
    (3 << 10, 512, &["-F", "16", "-s", "1"], 900_000),
    (40 << 10, 512, &["-F", "32", "-s", "1"], 30_000),
    (280 << 10, 4096, &["-F", "32", "-s", "1"], 60_000),
    (70 << 10, 1024, &["-F", "32", "-s", "1"], 60_000),
];

fn fold(path: &str) -> String {
    path.to_lowercase()
}

fn walk(kind: usize, seed: u64, steps: usize) {
    let (kib, sector, arguments, largest) = KINDS[kind];
    let image = Image::new(kib, sector, arguments);
    // What was there before, in free sectors, must never be seen.
    let mut bytes = image.bytes();
    // Of these disks the tables end before.
    let used = if bytes.len() > 8 << 20 { 1 << 20 } else { 128 << 10 };
    let rest = bytes.len().min(used + (2 << 20));
    bytes[used..rest].copy_from_slice(&noise(rest - used, seed));
    let disk = Disk::new(bytes, sector);
    let mut walk = Walk::new(seed, Rules { fold, largest, max_open: MAX_FILES - 4 });
    for _ in 0..4 {
        mounted(&disk, |fs| {
            walk.check(fs);
            walk.run(fs, steps / 4);
            walk.close_all(fs);
            walk.check(fs);
            fs.sync().expect("a sync");
        });
    }
    println!("{arguments:?} from seed {seed}: {:?}, {} times full", walk.done, walk.full);
    let written = Image::of(&disk.bytes.borrow(), sector);
    written.check();
    let all = written.all();
    for (path, node) in walk.model.all() {
        let content = match node {
            Node::Directory => None,
            Node::File(content) => Some(content.clone()),
        };
        assert!(all.get(&path) == Some(&content), "mtools reads {path:?} otherwise");
    }
    assert_eq!(all.len(), walk.model.all().count());
    assert!(walk.done["rename"] > 10 && walk.done["write"] > 100, "{:?}", walk.done);
}

/// `FAT_WALK_STEPS` for a long one, `FAT_WALK_SEED` for another.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn random_operations_do_as_the_model_on_every_kind_of_fat() {
    let (steps, seed) = (setting("FAT_WALK_STEPS", 4000), setting("FAT_WALK_SEED", 1));
    for kind in 0..KINDS.len() {
        walk(kind, seed + kind as u64, steps as usize);
    }
}
