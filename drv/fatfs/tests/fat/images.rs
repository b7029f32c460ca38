//! Reading images that mkfs.vfat and mtools made.

use crate::common::{ANN, BEN, Disk, Image, names, noise, read_all};
use drv_fatfs::{
    Client, Error, FileSystem, Handle, MAX_OPEN, MAX_OPEN_PER_CLIENT, Place, SectorError,
};

const LONG: &str = "A rather long name, with spaces and Ümläuts – and 日本.data";

/// KiB and arguments of mkfs.vfat for each kind of file system.
const KINDS: [(u32, &[&str]); 5] = [
    (12 << 10, &["-F", "12", "-s", "8"]),
    (32 << 10, &["-F", "16", "-s", "4"]),
    (40 << 10, &["-F", "32", "-s", "1"]),
    (300 << 10, &["-F", "32", "-s", "8"]),
    (160 << 10, &["-F", "32", "-S", "2048", "-s", "1"]),
];

fn mounted<R>(image: &Image, test: impl FnOnce(&Disk, &mut FileSystem<'_, Disk>) -> R) -> R {
    let disk = Disk::new(image.bytes());
    let mut place = Place::new();
    test(&disk, &mut FileSystem::new(&mut place, disk.clone(), 1))
}

fn small() -> Image {
    let image = Image::new(1440, &["-F", "12"]);
    image.put("hello.txt", b"hello from the disk\n");
    image.make_directory("sub");
    image.put("sub/inner.txt", b"inner");
    image
}

#[test]
fn every_kind_of_fat_reads_back_what_was_put_there() {
    for (kib, arguments) in KINDS {
        let image = Image::new(kib, arguments);
        let big = noise(5_000_000, 1);
        image.put("hello.txt", b"hello from the disk\n");
        image.put("EMPTY.DAT", b"");
        image.make_directory("Directory with a long name");
        let path = format!("Directory with a long name/{LONG}");
        image.put(&path, &big);
        mounted(&image, |_, fs| {
            for step in [512, 16 << 10, 10_000] {
                assert!(read_all(fs, &path, step).expect("it is there") == big, "{arguments:?}");
            }
            assert_eq!(
                read_all(fs, "/HELLO.TXT", 7).expect("case is no matter"),
                b"hello from the disk\n"
            );
            assert_eq!(read_all(fs, "empty.dat", 7).expect("it is there"), b"");
        });
    }
}

#[test]
fn any_position_can_be_read() {
    let content = noise(70_001, 2);
    let image = Image::new(1440, &["-F", "12"]);
    image.put("file", &content);
    mounted(&image, |_, fs| {
        let (handle, info) = fs.open(ANN, "file").expect("it is there");
        assert_eq!((info.size, info.is_directory()), (70_001, false));
        let mut buffer = [0; 3000];
        for offset in [69_000, 0, 511, 512, 40_000, 39_999, 70_000] {
            let length = fs.read(ANN, handle, offset, &mut buffer).expect("the disk is sound");
            let offset = offset as usize;
            let end = content.len().min(offset + buffer.len());
            assert!(buffer[..length] == content[offset..end], "at {offset}");
        }
        for past in [70_001, 1 << 32, u64::MAX] {
            assert_eq!(fs.read(ANN, handle, past, &mut buffer), Ok(0));
        }
    });
}

#[test]
fn a_file_in_pieces_all_over_the_disk_reads_right() {
    let image = Image::new(1440, &["-F", "12"]);
    for i in 0..40 {
        image.put(&format!("fill{i}"), &noise(3000, i));
    }
    for i in (0..40).step_by(2) {
        image.remove(&format!("fill{i}"));
    }
    let content = noise(100_000, 99);
    image.put("pieces", &content);
    mounted(&image, |_, fs| {
        assert!(read_all(fs, "pieces", 9000).expect("it is there") == content);
        assert!(read_all(fs, "fill7", 9000).expect("it is there") == noise(3000, 7));
        assert_eq!(fs.open(ANN, "fill8"), Err(Error::NotFound));
    });
}

#[test]
fn paths_lead_down_and_up_again() {
    let image = Image::new(1440, &["-F", "12"]);
    let mut path = String::new();
    for depth in 0..20 {
        path += &format!("level {depth}/");
        image.make_directory(path.trim_end_matches('/'));
    }
    image.put(&format!("{path}bottom"), b"deep");
    mounted(&image, |_, fs| {
        assert_eq!(read_all(fs, &format!("{path}bottom"), 9).expect("it is there"), b"deep");
        let round = format!("//{path}.././level 19//bottom");
        assert_eq!(read_all(fs, &round, 9).expect("it is there"), b"deep");
        assert!(fs.stat(&"level 0/../".repeat(9)).expect("the root").is_directory());
        assert!(fs.stat("").expect("the root").is_directory());
        assert!(fs.stat("/level 0").expect("it is there").is_directory());
        assert!(fs.stat("/..").expect("above the root is the root").is_directory());
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
    mounted(&image, |_, fs| {
        let (handle, _) = fs.open(ANN, "sub").expect("it is there");
        assert_eq!(names(fs, handle), wanted);
        let mut buffer = [0; 8];
        let short = fs.read_directory(ANN, handle, 0, &mut buffer);
        assert_eq!(short, Err(Error::NameTooLong));
        for cookie in [1 << 20, u64::MAX] {
            assert_eq!(fs.read_directory(ANN, handle, cookie, &mut [0; 800]), Ok(None));
        }
    });
}

#[test]
fn what_is_asked_wrongly_is_refused_clearly() {
    mounted(&small(), |_, fs| {
        assert_eq!(fs.open(ANN, "nothing"), Err(Error::NotFound));
        assert_eq!(fs.open(ANN, "sub/nothing"), Err(Error::NotFound));
        assert_eq!(fs.open(ANN, "hello.txt/inner"), Err(Error::NotADirectory));
        assert_eq!(fs.open(ANN, "nul\0"), Err(Error::BadPath));
        assert_eq!(fs.stat("missing"), Err(Error::NotFound));
        let (file, _) = fs.open(ANN, "hello.txt").expect("it is there");
        let (directory, _) = fs.open(ANN, "sub").expect("it is there");
        assert_eq!(fs.read(ANN, directory, 0, &mut [0; 9]), Err(Error::IsADirectory));
        assert_eq!(fs.read_directory(ANN, file, 0, &mut [0; 9]), Err(Error::NotADirectory));
        assert_eq!(fs.read(ANN, Handle(77), 0, &mut [0; 9]), Err(Error::BadHandle));
    });
}

#[test]
fn clients_keep_to_their_own_and_to_their_share() {
    mounted(&small(), |_, fs| {
        let (anns, _) = fs.open(ANN, "hello.txt").expect("it is there");
        assert_eq!(fs.read(BEN, anns, 0, &mut [0; 9]), Err(Error::BadHandle));
        assert_eq!(fs.close(BEN, anns), Err(Error::BadHandle));
        for _ in 1..MAX_OPEN_PER_CLIENT {
            fs.open(ANN, "hello.txt").expect("within the share");
        }
        assert_eq!(fs.open(ANN, "hello.txt"), Err(Error::TooManyOpen));
        for task in 0..(MAX_OPEN - MAX_OPEN_PER_CLIENT) as u16 {
            fs.open(Client { task: 100 + task, life: 0 }, "sub/inner.txt").expect("room is left");
        }
        assert_eq!(fs.open(BEN, "hello.txt"), Err(Error::TooManyOpen));
        assert_eq!(fs.close(ANN, anns), Ok(()));
        assert!(fs.open(BEN, "hello.txt").is_ok());
    });
}

#[test]
fn a_restarted_client_has_lost_its_handles_and_nobody_else_has() {
    mounted(&small(), |_, fs| {
        let (bens, _) = fs.open(BEN, "hello.txt").expect("it is there");
        let old: Vec<_> = (0..MAX_OPEN_PER_CLIENT)
            .map(|_| fs.open(ANN, "hello.txt").expect("within the share").0)
            .collect();
        let again = Client { life: ANN.life + 1, ..ANN };
        assert_eq!(fs.read(again, old[0], 0, &mut [0; 9]), Err(Error::BadHandle));
        fs.open(again, "sub/inner.txt").expect("the earlier life holds nothing any more");
        for handle in old {
            assert_eq!(fs.close(ANN, handle), Err(Error::BadHandle));
        }
        fs.forget(|owner| owner.task == ANN.task);
        assert_eq!(fs.read(BEN, bens, 0, &mut [0; 5]), Ok(5));
    });
}

#[test]
fn a_disk_that_comes_later_is_mounted_then() {
    let disk = Disk::new(small().bytes());
    disk.failure.set(Some(SectorError::NoDevice));
    let mut place = Place::new();
    let mut fs = FileSystem::new(&mut place, disk.clone(), 1);
    for _ in 0..1000 {
        assert_eq!(fs.open(ANN, "hello.txt"), Err(Error::NoDevice));
    }
    disk.failure.set(Some(SectorError::Failed));
    assert_eq!(fs.mount(), Err(Error::DeviceError));
    disk.failure.set(None);
    assert_eq!(
        read_all(&mut fs, "hello.txt", 99).expect("the disk is back"),
        b"hello from the disk\n"
    );
}

#[test]
fn a_disk_that_fails_in_between_costs_one_request() {
    let content = noise(20_000, 3);
    let image = small();
    image.put("file", &content);
    mounted(&image, |disk, fs| {
        let (handle, _) = fs.open(ANN, "file").expect("it is there");
        let mut buffer = vec![0; 20_000];
        disk.failure.set(Some(SectorError::Failed));
        assert_eq!(fs.read(ANN, handle, 0, &mut buffer), Err(Error::DeviceError));
        disk.failure.set(None);
        assert_eq!(fs.read(ANN, handle, 0, &mut buffer), Ok(20_000));
        assert!(buffer == content);
    });
}

#[test]
fn reading_on_costs_the_data_and_little_more() {
    let content = noise(2_000_000, 4);
    let image = Image::new(40 << 10, &["-F", "32", "-s", "1"]);
    image.put("file", &content);
    mounted(&image, |disk, fs| {
        let (handle, _) = fs.open(ANN, "file").expect("it is there");
        let (requests, sectors) = (disk.requests.get(), disk.sectors.get());
        let mut buffer = vec![0; 16 << 10];
        for offset in (0..content.len()).step_by(buffer.len()) {
            fs.read(ANN, handle, offset as u64, &mut buffer).expect("the disk is sound");
        }
        let pieces = content.len().div_ceil(buffer.len());
        let data = content.len().div_ceil(512);
        // A cluster is one sector here, so the table is as long as it gets: 4 bytes for each.
        let table = data * 4 / 512 + 8;
        assert!(disk.requests.get() - requests <= 2 * pieces + table);
        assert!(disk.sectors.get() - sectors <= data + 8 * table);
    });
}
