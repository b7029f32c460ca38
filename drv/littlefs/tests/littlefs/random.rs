//! Thousands of random operations, beside a model.

use crate::common::{FILES, formatted, mounted, setting};
use drv_fs_core::FileSystem;
use drv_fs_model::{Rules, Walk};
use drv_littlefs::Settings;

/// Blocks, sector size, settings, and bytes of the largest file.
fn kinds() -> Vec<(usize, usize, Settings, usize)> {
    let disk = Settings::default();
    let of = |block_size| Settings { block_size: Some(block_size), ..disk };
    vec![
        (400, 512, disk, 60_000),
        (120, 4096, disk, 200_000),
        (300, 512, of(512), 20_000),
        (300, 512, Settings { cycles: Some(6), ..of(1024) }, 20_000),
        (60, 512, Settings { cycles: Some(3), ..Settings::flash(65536) }, 200_000),
        (40, 512, Settings { log: 1024, ..of(8192) }, 60_000),
    ]
}

fn walk(kind: usize, seed: u64, steps: usize) {
    let (blocks, sector, settings, largest) = kinds()[kind];
    let disk = formatted(blocks, sector, settings);
    let fold = |path: &str| path.to_owned();
    let mut walk = Walk::new(seed, Rules { fold, largest, max_open: FILES - 2 });
    for _ in 0..4 {
        mounted(&disk, settings, |fs| {
            walk.check(fs);
            walk.run(fs, steps / 4);
            walk.close_all(fs);
            walk.check(fs);
            fs.sync().expect("a sync");
        });
    }
    println!("{settings:?} from seed {seed}: {:?}, {} times full", walk.done, walk.full);
    assert!(walk.done["rename"] > 10 && walk.done["write"] > 100, "{:?}", walk.done);
}

/// `LITTLEFS_WALK_STEPS` for a long one, `LITTLEFS_WALK_SEED` for another.
#[test]
fn random_operations_do_as_the_model() {
    let steps = setting("LITTLEFS_WALK_STEPS", 4000) as usize;
    let seed = setting("LITTLEFS_WALK_SEED", 1);
    for kind in 0..kinds().len() {
        walk(kind, seed + kind as u64, steps);
    }
}
