//! Images with wrong bits: an error or other bytes, never a panic, never no end.

use crate::common::{ANN, Disk, Image, noise};
use drv_fatfs::{Error, FileSystem, Place};
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
            let image = Image::new(kib, arguments);
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

/// Where an image says something about itself: its first sectors, and any sector not all zero.
fn telling(image: &[u8]) -> Vec<usize> {
    let sectors = image.chunks(512).enumerate();
    sectors.filter(|(_, sector)| sector.iter().any(|&byte| byte != 0)).map(|(i, _)| i).collect()
}

/// Looks at everything a client can reach; says how much that was.
fn visit(fs: &mut FileSystem<'_, Disk>, disk: &Disk, path: &str, depth: usize) -> usize {
    disk.requests.set(0);
    let opened = fs.open(ANN, path);
    assert!(disk.requests.get() < PATIENCE, "open {path}");
    let Ok((handle, info)) = opened else { return 0 };
    let mut below = Vec::new();
    if info.is_directory() {
        let (mut name, mut cookie) = ([0; drv_fatfs::MAX_NAME], 0);
        while let Ok(Some(entry)) = fs.read_directory(ANN, handle, cookie, &mut name) {
            assert!(entry.next > cookie && below.len() < 70_000, "no end to {path}");
            cookie = entry.next;
            below.push(String::from_utf8_lossy(&name[..entry.name_length]).into_owned());
        }
    } else {
        let mut piece = [0; 5000];
        for offset in [0, 4096, info.size / 2, info.size.saturating_sub(1), info.size] {
            disk.requests.set(0);
            let _ = fs.read(ANN, handle, offset, &mut piece);
            assert!(disk.requests.get() < PATIENCE, "read {path} at {offset}");
        }
    }
    fs.close(ANN, handle).expect("just opened");
    let deeper = if depth < 4 { &below[..below.len().min(20)] } else { &[] };
    1 + deeper
        .iter()
        .map(|name| visit(fs, disk, &format!("{path}/{name}"), depth + 1))
        .sum::<usize>()
}

fn survey(image: Vec<u8>) -> usize {
    let disk = Disk::new(image);
    let mut place = Place::new();
    visit(&mut FileSystem::new(&mut place, disk.clone(), 0), &disk, "", 0)
}

#[test]
fn sound_images_are_seen_whole() {
    for image in images() {
        assert_eq!(survey(image.clone()), 6);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

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
        survey(image);
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
        survey(image);
    }
}

#[test]
fn what_is_no_fat_is_called_so() {
    let attempt = |image: Vec<u8>| FileSystem::new(&mut Place::new(), Disk::new(image), 0).mount();
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
    let image = Image::new(1440, &["-F", "12", "-s", "1"]);
    let content = noise(20_000, 9);
    image.put("file", &content);
    let mut bytes = image.bytes();
    // Cluster 2 is the file's first; let the third say that the first comes next. FAT12 keeps two
    // entries in three bytes, and the table begins after one reserved sector.
    let entry = 512 + 4 * 3 / 2;
    bytes[entry] = 2;
    bytes[entry + 1] &= 0xf0;
    let disk = Disk::new(bytes);
    let mut place = Place::new();
    let mut fs = FileSystem::new(&mut place, disk.clone(), 0);
    let (handle, _) = fs.open(ANN, "file").expect("its entry is sound");
    let mut all = vec![0; 20_000];
    assert_eq!(fs.read(ANN, handle, 0, &mut all), Err(Error::Corrupt));
    assert_eq!(fs.read(ANN, handle, 0, &mut all[..1000]), Ok(1000));
    assert!(all[..1000] == content[..1000]);
    assert!(disk.requests.get() < 1000);
}
