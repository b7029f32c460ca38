//! What is written here, seen by fsck.fat and mtools.

use crate::common::Disk;
use crate::common::{Image, mounted, noise, on, path, read_all};
use drv_fs_core::{Attributes, Change, Create, Error, FileSystem, Open, Owner};

const NEW: Open = Open { create: Create::New, truncate: false };

fn put<F: FileSystem>(fs: &mut F, of: &str, content: &[u8]) {
    let (file, _) = fs.open(path(of), NEW).expect("it is new");
    fs.write(file, 0, content).expect("there is room");
    fs.close(file).expect("it is open");
}

#[test]
fn a_tree_written_here_is_read_by_mtools() {
    let image = Image::new(40 << 10, 512, &["-F", "32", "-s", "1"]);
    let big = noise(3_000_000, 1);
    let disk = on(&image, |disk, fs| {
        fs.make_directory(path("a directory")).expect("it is new");
        fs.make_directory(path("a directory/below")).expect("it is new");
        for i in 0..100 {
            let of = format!("a directory/file number {i} with quite a long name.txt");
            put(fs, &of, &noise(i, i as u64));
        }
        put(fs, "a directory/below/Größe – 日本.bin", &big);
        put(fs, "UPPER.TXT", b"upper");
        put(fs, "lower.txt", b"lower");
        fs.sync().expect("a sync");
        disk.clone()
    });
    let written = Image::of(&disk.bytes.borrow(), 512);
    written.check();
    let mut all = written.all();
    assert_eq!(all.len(), 105);
    assert!(all.remove("a directory/below/Größe – 日本.bin").expect("it is there") == Some(big));
    assert_eq!(all["UPPER.TXT"].as_deref(), Some(&b"upper"[..]));
    assert_eq!(all["lower.txt"].as_deref(), Some(&b"lower"[..]));
    for i in 0..100 {
        let of = format!("a directory/file number {i} with quite a long name.txt");
        assert_eq!(all[&of], Some(noise(i, i as u64)), "{of}");
    }
}

#[test]
fn what_was_synced_is_there_whatever_comes_after() {
    let image = Image::new(1440, 512, &["-F", "12"]);
    let disk = Disk::new(image.bytes(), 512);
    mounted(&disk, |fs| {
        let (file, _) = fs.open(path("file"), NEW).expect("it is new");
        fs.write(file, 0, b"synced").expect("there is room");
        fs.sync_file(file).expect("a sync");
        fs.write(file, 6, &noise(9000, 1)).expect("there is room");
        put(fs, "never synced", b"x");
    });
    mounted(&disk, |fs| {
        let content = read_all(fs, "file", 9999).expect("it is there");
        assert!(content.starts_with(b"synced"));
    });
}

#[test]
fn a_gap_reads_as_zeros_and_a_cut_file_grows_zeros() {
    let image = Image::new(1440, 512, &["-F", "12"]);
    on(&image, |_, fs| {
        let (file, _) = fs.open(path("file"), NEW).expect("it is new");
        fs.write(file, 5000, b"end").expect("there is room");
        fs.write(file, 0, &[7; 3000]).expect("there is room");
        fs.truncate(file, 1000).expect("it is open");
        fs.truncate(file, 2000).expect("it is open");
        let mut all = [9; 6000];
        assert_eq!(fs.read(file, 0, &mut all), Ok(2000));
        assert!(all[..1000] == [7; 1000] && all[1000..2000] == [0; 1000]);
        fs.write(file, 1 << 20, b"").expect("nothing is not much");
        assert_eq!(fs.info(file).map(|info| info.size), Ok(2000));
    });
}

#[test]
fn a_file_opened_twice_is_one_file() {
    let image = Image::new(1440, 512, &["-F", "12"]);
    on(&image, |_, fs| {
        let (one, _) = fs.open(path("file"), NEW).expect("it is new");
        let (two, _) = fs.open(path("FILE"), Open::default()).expect("case is no matter");
        assert_eq!(one, two);
        fs.write(one, 0, b"abc").expect("there is room");
        assert_eq!(fs.stat(path("file")).map(|info| info.size), Ok(3));
        assert_eq!(fs.remove(path("file")), Err(Error::Busy));
        fs.rename(path("file"), path("a much longer name than before")).expect("it may be moved");
        let (three, _) =
            fs.open(path("A much longer name than before"), Open::default()).expect("it is there");
        assert_eq!(one, three);
        for _ in 0..3 {
            fs.close(one).expect("it is open");
        }
        assert_eq!(fs.close(one), Ok(()));
        assert_eq!(fs.read(one, 0, &mut [0; 3]), Err(Error::NotFound));
        fs.remove(path("a much longer name than before")).expect("it is closed");
    });
}

#[test]
fn a_full_disk_says_so_and_stays_sound() {
    let image = Image::new(1440, 512, &["-F", "12"]);
    let disk = on(&image, |disk, fs| {
        put(fs, "first", &noise(100_000, 1));
        let free = fs.space().expect("a size");
        let (file, _) = fs.open(path("large"), NEW).expect("it is new");
        let too_much = free.free * u64::from(free.block_size) + 1;
        assert_eq!(fs.write(file, 0, &noise(too_much as usize, 2)), Err(Error::NoSpace));
        assert_eq!(fs.truncate(file, too_much), Err(Error::NoSpace));
        fs.write(file, 0, &noise(too_much as usize - 1, 2)).expect("just enough room");
        assert_eq!(fs.space().expect("a size").free, 0);
        assert_eq!(fs.make_directory(path("directory")), Err(Error::NoSpace));
        fs.close(file).expect("it is open");
        fs.remove(path("large")).expect("it is closed");
        assert_eq!(fs.space(), Ok(free));
        fs.sync().expect("a sync");
        disk.clone()
    });
    let written = Image::of(&disk.bytes.borrow(), 512);
    written.check();
    assert!(written.all()["first"] == Some(noise(100_000, 1)));
}

#[test]
fn names_that_fat_cannot_hold_are_refused() {
    let image = Image::new(1440, 512, &["-F", "12"]);
    on(&image, |_, fs| {
        let long = "n".repeat(256);
        for name in ["a:b", "a*", "what?", "<", "\"", "a|b", "back\\slash", "tab\t", &long] {
            let error = fs.open(path(name), NEW).map(|_| ());
            assert!(matches!(error, Err(Error::BadPath | Error::NameTooLong)), "{name}: {error:?}");
            let error = fs.make_directory(path(name));
            assert!(matches!(error, Err(Error::BadPath | Error::NameTooLong)), "{name}: {error:?}");
        }
        put(fs, &"n".repeat(255), b"just right");
        put(fs, &"日".repeat(255), b"just right");
    });
}

#[test]
fn a_directory_is_not_moved_into_itself() {
    let image = Image::new(1440, 512, &["-F", "12"]);
    on(&image, |_, fs| {
        fs.make_directory(path("outer")).expect("it is new");
        fs.make_directory(path("outer/inner")).expect("it is new");
        for to in ["outer/inner/x", "outer/x", "OUTER/x", "Outer/Inner"] {
            assert_eq!(fs.rename(path("outer"), path(to)), Err(Error::Busy), "{to}");
        }
        assert_eq!(fs.rename(path("outer"), path("outer")), Ok(()));
        assert_eq!(fs.rename(path(""), path("x")), Err(Error::Busy));
        assert_eq!(fs.remove_directory(path("")), Err(Error::Busy));
    });
}

#[test]
fn times_and_marks_are_kept() {
    let image = Image::new(1440, 512, &["-F", "12"]);
    on(&image, |_, fs| {
        // 2026-11-21T13:14:16Z; FAT counts two seconds at a time.
        fs.set_clock(1_795_266_856);
        put(fs, "file", b"abc");
        fs.make_directory(path("directory")).expect("it is new");
        fs.set_clock(0);
        assert_eq!(fs.stat(path("directory")).map(|info| info.modified), Ok(1_795_266_856));
        let info = fs.stat(path("file")).expect("it is there");
        assert_eq!((info.modified, info.attributes), (1_795_266_856, Attributes::ARCHIVE));
        let marks = Attributes(Attributes::READ_ONLY.0 | Attributes::HIDDEN.0);
        let change = Change { modified: Some(1_000_000_000), attributes: Some(marks), owner: None };
        let (file, _) = fs.open(path("file"), Open::default()).expect("it is there");
        fs.change(path("file"), &change).expect("FAT keeps these");
        assert_eq!(fs.write(file, 0, b"x"), Err(Error::ReadOnly));
        let info = fs.stat(path("file")).expect("it is there");
        assert_eq!((info.modified, info.attributes), (1_000_000_000, marks));
        let owner = Some(Owner { mode: 0o600, user: 1, group: 1 });
        let change = Change { owner, ..Change::default() };
        assert_eq!(fs.change(path("file"), &change), Err(Error::Unsupported));
        assert_eq!(fs.read_link(path("file"), &mut [0; 9]), Err(Error::Unsupported));
        assert_eq!(fs.attribute(path("file"), "user.x", &mut [0; 9]), Err(Error::Unsupported));
    });
}
