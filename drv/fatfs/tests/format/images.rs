//! Reading images that mkfs.fat and mtools made.

use crate::common::{Disk, Image, TestMemory, mounted, noise, on, path, read_all};
use core::ops::ControlFlow;
use drv_block_cache::Cache;
use drv_fatfs::{Fat, Place, RepairMemory};
use drv_fs_core::{Error, FileSystem, Open};

const LONG: &str = "A rather long name, with spaces and Ümläuts – and 日本.data";

/// KiB, sector size and arguments of mkfs.fat for each kind of file system.
const KINDS: [(u32, usize, &[&str]); 7] = [
    (12 << 10, 512, &["-F", "12", "-s", "8"]),
    (32 << 10, 512, &["-F", "16", "-s", "4"]),
    (40 << 10, 512, &["-F", "32", "-s", "1"]),
    (300 << 10, 512, &["-F", "32", "-s", "8"]),
    (160 << 10, 2048, &["-F", "32", "-s", "1"]),
    (12 << 10, 4096, &["-F", "12", "-s", "1"]),
    (280 << 10, 4096, &["-F", "32", "-s", "1"]),
];

fn small() -> Image {
    let image = Image::new(1440, 512, &["-F", "12"]);
    image.put("hello.txt", b"hello from the disk\n");
    image.make_directory("sub");
    image.put("sub/inner.txt", b"inner");
    image
}

fn open(fs: &mut impl FileSystem, of: &str) -> Result<(), Error> {
    let (file, _) = fs.open(path(of), Open::default())?;
    fs.close(file)
}

#[test]
fn every_kind_of_fat_reads_back_what_was_put_there() {
    for (kib, sector, arguments) in KINDS {
        let image = Image::new(kib, sector, arguments);
        let big = noise(5_000_000, 1);
        image.put("hello.txt", b"hello from the disk\n");
        image.put("EMPTY.DAT", b"");
        image.make_directory("Directory with a long name");
        let of = format!("Directory with a long name/{LONG}");
        image.put(&of, &big);
        on(&image, |_, fs| {
            for step in [512, 16 << 10, 10_000] {
                assert!(read_all(fs, &of, step).expect("it is there") == big, "{arguments:?}");
            }
            assert_eq!(
                read_all(fs, "HELLO.TXT", 7).expect("case is no matter"),
                b"hello from the disk\n"
            );
            assert_eq!(read_all(fs, "empty.dat", 7).expect("it is there"), b"");
        });
    }
}

#[test]
fn any_position_can_be_read() {
    let content = noise(70_001, 2);
    let image = Image::new(1440, 512, &["-F", "12"]);
    image.put("file", &content);
    on(&image, |_, fs| {
        let (file, info) = fs.open(path("file"), Open::default()).expect("it is there");
        assert_eq!((info.size, info.is_directory()), (70_001, false));
        let mut buffer = [0; 3000];
        for offset in [69_000, 0, 511, 512, 40_000, 39_999, 70_000] {
            let length = fs.read(file, offset, &mut buffer).expect("the disk is sound");
            let offset = offset as usize;
            let end = content.len().min(offset + buffer.len());
            assert!(buffer[..length] == content[offset..end], "at {offset}");
        }
        for past in [70_001, 1 << 32, u64::MAX] {
            assert_eq!(fs.read(file, past, &mut buffer), Ok(0));
        }
    });
}

#[test]
fn a_file_in_pieces_all_over_the_disk_reads_right() {
    let image = Image::new(1440, 512, &["-F", "12"]);
    for i in 0..40 {
        image.put(&format!("fill{i}"), &noise(3000, i));
    }
    for i in (0..40).step_by(2) {
        image.remove(&format!("fill{i}"));
    }
    let content = noise(100_000, 99);
    image.put("pieces", &content);
    on(&image, |_, fs| {
        assert!(read_all(fs, "pieces", 9000).expect("it is there") == content);
        assert!(read_all(fs, "fill7", 9000).expect("it is there") == noise(3000, 7));
        assert_eq!(open(fs, "fill8"), Err(Error::NotFound));
    });
}

#[test]
fn a_listing_names_everything_once() {
    let image = small();
    let mut wanted = vec![(String::from("inner.txt"), 5, false)];
    for i in 0..100 {
        let name = format!("file number {i} with quite a long name.txt");
        image.put(&format!("sub/{name}"), &noise(i, 0));
        wanted.push((name, i as u64, false));
    }
    image.put(&format!("sub/{LONG}"), b"x");
    wanted.push((LONG.into(), 1, false));
    image.make_directory("sub/below");
    wanted.push(("below".into(), 0, true));
    on(&image, |_, fs| {
        for step in [1, 7, 1000] {
            let (mut all, mut cookie) = (Vec::new(), 0);
            loop {
                let before = all.len();
                fs.list(path("sub"), cookie, |entry| {
                    cookie = entry.next;
                    all.push((entry.name.to_owned(), entry.info.size, entry.info.is_directory()));
                    if all.len() - before < step {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                })
                .expect("it is there");
                if all.len() == before {
                    break;
                }
            }
            assert_eq!(all, wanted, "{step} at a time");
        }
        for cookie in [1 << 20, u64::MAX] {
            fs.list(path("sub"), cookie, |entry| panic!("{entry:?} is past the end"))
                .expect("none");
        }
    });
}

#[test]
fn what_is_asked_wrongly_is_refused_clearly() {
    on(&small(), |_, fs| {
        assert_eq!(open(fs, "nothing"), Err(Error::NotFound));
        assert_eq!(open(fs, "sub/nothing"), Err(Error::NotFound));
        assert_eq!(open(fs, "hello.txt/inner"), Err(Error::NotADirectory));
        assert_eq!(open(fs, "sub"), Err(Error::IsADirectory));
        assert_eq!(open(fs, ""), Err(Error::IsADirectory));
        assert_eq!(fs.stat(path("missing")), Err(Error::NotFound));
        let listed = fs.list(path("hello.txt"), 0, |_| ControlFlow::Continue(()));
        assert_eq!(listed, Err(Error::NotADirectory));
    });
}

#[test]
fn a_disk_that_comes_later_is_mounted_then() {
    let disk = Disk::new(small().bytes(), 512);
    disk.failure.set(Some(drv_block::Error::NoDevice));
    let (mut place, mut memory) = (Place::new(), TestMemory::new());
    let mut repair = Box::new(RepairMemory::new());
    let mut fs = Fat::new(&mut place, Cache::new(&mut memory, disk.clone())).repairing(&mut repair);
    for _ in 0..1000 {
        assert_eq!(fs.mount(), Err(Error::NoDevice));
        assert_eq!(fs.stat(path("hello.txt")), Err(Error::NoDevice));
    }
    disk.failure.set(Some(drv_block::Error::Failed));
    assert_eq!(fs.mount(), Err(Error::DeviceError));
    // One that holds something else, and then what is wanted.
    disk.failure.set(None);
    let sound = disk.bytes.replace(vec![0; 1 << 20]);
    assert_eq!(fs.mount(), Err(Error::NotRecognized));
    disk.bytes.replace(sound);
    fs.mount().expect("the disk is there now");
    let hello = read_all(&mut fs, "hello.txt", 99).expect("the disk is back");
    assert_eq!(hello, b"hello from the disk\n");
}

#[test]
fn a_disk_that_fails_in_between_costs_one_request() {
    let content = noise(20_000, 3);
    let image = small();
    image.put("file", &content);
    on(&image, |disk, fs| {
        let (file, _) = fs.open(path("file"), Open::default()).expect("it is there");
        let mut buffer = vec![0; 20_000];
        disk.failure.set(Some(drv_block::Error::Failed));
        assert_eq!(fs.read(file, 0, &mut buffer), Err(Error::DeviceError));
        disk.failure.set(None);
        assert_eq!(fs.read(file, 0, &mut buffer), Ok(20_000));
        assert!(buffer == content);
    });
}

#[test]
fn reading_on_costs_the_data_and_little_more() {
    let content = noise(2_000_000, 4);
    let image = Image::new(40 << 10, 512, &["-F", "32", "-s", "1"]);
    image.put("file", &content);
    on(&image, |disk, fs| {
        let (file, _) = fs.open(path("file"), Open::default()).expect("it is there");
        let (requests, sectors) = (disk.requests.get(), disk.sectors.get());
        let mut buffer = vec![0; 16 << 10];
        for offset in (0..content.len()).step_by(buffer.len()) {
            fs.read(file, offset as u64, &mut buffer).expect("the disk is sound");
        }
        let pieces = content.len().div_ceil(buffer.len());
        let data = content.len().div_ceil(512);
        // A cluster is one sector here, so the table is as long as it gets: 4 bytes for each.
        let table = data * 4 / 512 + 8;
        assert!(disk.requests.get() - requests <= 2 * pieces + table);
        assert!(disk.sectors.get() - sectors <= data + 8 * table);
    });
}

#[test]
fn a_disk_that_takes_no_writes_is_read() {
    let image = small();
    let disk = Disk::new(image.bytes(), 512);
    disk.read_only.set(true);
    mounted(&disk, |fs| {
        assert_eq!(read_all(fs, "sub/inner.txt", 9).expect("it is there"), b"inner");
        assert_eq!(fs.make_directory(path("new")), Err(Error::ReadOnly));
        assert_eq!(fs.remove(path("hello.txt")), Err(Error::ReadOnly));
        let (file, _) = fs.open(path("hello.txt"), Open::default()).expect("it is there");
        assert_eq!(fs.write(file, 0, b"x"), Err(Error::ReadOnly));
        assert_eq!(fs.truncate(file, 0), Err(Error::ReadOnly));
        assert_eq!((fs.close(file), fs.sync()), (Ok(()), Ok(())));
        assert!(fs.space().expect("a size").read_only);
    });
    assert!(*disk.bytes.borrow() == image.bytes());
}
