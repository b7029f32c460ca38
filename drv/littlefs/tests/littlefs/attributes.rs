//! Attributes: what becomes of them when their files are moved, replaced, cut or open.

use crate::common::{Disk, TestFs, formatted, mounted, noise};
use drv_fs_core::{Attributes, Change, Create, Error, FileSystem, Open, Path, Replace};
use drv_littlefs::Settings;
use std::ops::ControlFlow;

const ONE: &str = "user.lfs.01";

fn path(text: &str) -> Path<'_> {
    Path::new(text).expect("a path")
}

fn disk(block_size: u32) -> Disk {
    formatted(200, 512, settings(block_size))
}

fn settings(block_size: u32) -> Settings {
    Settings { block_size: Some(block_size), ..Settings::default() }
}

fn make(fs: &mut TestFs<'_>, name: &str, bytes: &[u8]) {
    let how = Open { create: Create::IfMissing, truncate: true };
    let (file, _) = fs.open(path(name), how).expect("there is room");
    fs.write(file, 0, bytes).expect("there is room");
    fs.close(file).expect("there is room");
}

fn value(fs: &mut TestFs<'_>, of: &str, name: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; 1022];
    let length = fs.attribute(path(of), name, &mut bytes)?;
    bytes.truncate(length);
    Ok(bytes)
}

fn names(fs: &mut TestFs<'_>, of: &str) -> Vec<String> {
    let mut names = Vec::new();
    fs.attributes(path(of), |name| {
        names.push(name.to_owned());
        ControlFlow::Continue(())
    })
    .expect("it is there");
    names
}

#[test]
fn an_attribute_stays_with_its_file_whatever_its_name_and_content() {
    let disk = disk(4096);
    mounted(&disk, settings(4096), |fs| {
        fs.make_directory(path("folder")).expect("there is room");
        make(fs, "a", b"short");
        make(fs, "b", b"other");
        fs.set_attribute(path("a"), ONE, b"of a", Replace::Never).expect("there is room");
        fs.set_attribute(path("b"), ONE, b"of b", Replace::Any).expect("there is room");
        fs.set_attribute(path("b"), "user.lfs.ff", b"", Replace::Any).expect("there is room");
        make(fs, "a", &noise(20_000, 1));
        assert_eq!(value(fs, "a", ONE), Ok(b"of a".to_vec()));
        fs.rename(path("a"), path("folder/c")).expect("it can be moved");
        fs.rename(path("folder/c"), path("folder/d")).expect("it can be moved");
        // What is replaced takes its own along.
        fs.rename(path("folder/d"), path("b")).expect("it can be moved");
        assert_eq!(names(fs, "b"), [ONE]);
        fs.remove(path("b")).expect("it can go");
        make(fs, "b", b"new");
        assert!(names(fs, "b").is_empty());
    });
}

#[test]
fn they_outlive_a_log_that_is_written_anew_a_hundred_times() {
    let disk = disk(512);
    mounted(&disk, settings(512), |fs| {
        for name in ["", "folder", "file"] {
            match name {
                "folder" => fs.make_directory(path(name)).expect("there is room"),
                "file" => make(fs, name, b"x"),
                _ => {}
            }
            fs.set_attribute(path(name), ONE, name.as_bytes(), Replace::Any).expect("room");
            fs.set_attribute(path(name), "user.lfs.02", b"gone", Replace::Any).expect("room");
        }
        for name in ["", "folder", "file"] {
            fs.remove_attribute(path(name), "user.lfs.02").expect("it is there");
        }
        for number in 0..300_u32 {
            let bytes = number.to_le_bytes();
            fs.set_attribute(path("file"), "user.lfs.03", &bytes, Replace::Any).expect("room");
        }
    });
    mounted(&disk, settings(512), |fs| {
        for name in ["", "folder", "file"] {
            assert_eq!(value(fs, name, ONE), Ok(name.as_bytes().to_vec()));
        }
        assert_eq!(names(fs, ""), [ONE]);
        assert_eq!(names(fs, "file"), [ONE, "user.lfs.03"]);
        assert_eq!(value(fs, "file", "user.lfs.03"), Ok(299_u32.to_le_bytes().to_vec()));
    });
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let disk = disk(4096);
    mounted(&disk, settings(4096), |fs| {
        make(fs, "a", b"x");
        let mut set = |name: &str, length, replace| {
            fs.set_attribute(path("a"), name, &noise(length, 1), replace)
        };
        assert_eq!(set("user.colour", 1, Replace::Any), Err(Error::Unsupported));
        assert_eq!(set("user.lfs.100", 1, Replace::Any), Err(Error::Unsupported));
        assert_eq!(set(ONE, 1, Replace::Only), Err(Error::NoAttribute));
        assert_eq!(set(ONE, 1023, Replace::Any), Err(Error::TooLarge));
        assert_eq!(set(ONE, 1022, Replace::Never), Ok(()));
        assert_eq!(set(ONE, 1, Replace::Never), Err(Error::AlreadyExists));
        assert_eq!(fs.attribute(path("a"), ONE, &mut [0; 1021]), Err(Error::TooLarge));
        assert_eq!(value(fs, "a", ONE).map(|bytes| bytes.len()), Ok(1022));
        assert_eq!(value(fs, "a", "user.colour"), Err(Error::NoAttribute));
        assert_eq!(value(fs, "none", ONE), Err(Error::NotFound));
        assert_eq!(fs.remove_attribute(path("a"), "user.lfs.02"), Err(Error::NoAttribute));
        assert_eq!(fs.remove_attribute(path("none"), ONE), Err(Error::NotFound));
        let change = Change { modified: Some(1), attributes: Some(Attributes(1)), owner: None };
        assert_eq!(fs.change(path("a"), &change), Err(Error::Unsupported));
        assert_eq!(names(fs, "a"), [ONE]);
    });
    let read_only = Disk { read_only: true, ..disk.clone() };
    mounted(&read_only, settings(4096), |fs| {
        let set = fs.set_attribute(path("a"), ONE, b"", Replace::Any);
        assert_eq!((set, names(fs, "a").len()), (Err(Error::ReadOnly), 1));
        assert_eq!(fs.change(path("a"), &Change::default()), Err(Error::ReadOnly));
    });
}

#[test]
fn a_file_with_all_the_attributes_it_can_have_can_still_be_written_and_renamed() {
    for block_size in [512, 4096] {
        let disk = disk(block_size);
        mounted(&disk, settings(block_size), |fs| {
            fs.set_clock(77);
            make(fs, "a", b"x");
            let filled = (0..256).find_map(|number| {
                let name = format!("user.lfs.{number:02x}");
                let value = noise(100, number);
                fs.set_attribute(path("a"), &name, &value, Replace::Any).err()
            });
            assert_eq!(filled, Some(Error::NoSpace), "{block_size}");
            let count = names(fs, "a").len();
            assert!(count > if block_size > 512 { 20 } else { 1 }, "{block_size}: {count}");
            let long = "x".repeat(255);
            fs.rename(path("a"), path(&long)).expect("it can be renamed");
            for length in [64, 500, 20_000, 1] {
                make(fs, &long, &noise(length, 1));
                assert_eq!(names(fs, &long).len(), count, "{block_size}");
            }
            fs.change(path(&long), &Change { modified: Some(5), ..Change::default() })
                .expect("a time has room");
        });
    }
}

#[test]
fn the_time_that_is_set_is_that_of_the_open_file() {
    let disk = disk(4096);
    let change = |modified| Change { modified: Some(modified), ..Change::default() };
    mounted(&disk, settings(4096), |fs| {
        fs.set_clock(100);
        let how = Open { create: Create::New, truncate: false };
        let (file, _) = fs.open(path("a"), how).expect("there is room");
        fs.write(file, 0, b"x").expect("there is room");
        fs.change(path("a"), &change(50)).expect("it is there");
        assert_eq!(fs.info(file).expect("it is open").modified, 50);
        assert_eq!(fs.stat(path("a")).expect("it is there").modified, 50);
        fs.set_attribute(path("a"), "user.lfs.74", &[60], Replace::Only).expect("it is there");
        assert_eq!(fs.info(file).expect("it is open").modified, 60);
        // What was written before does not bring its own time back.
        fs.close(file).expect("there is room");
        assert_eq!(fs.stat(path("a")).expect("it is there").modified, 60);
        let (file, _) = fs.open(path("a"), Open::default()).expect("it is there");
        fs.write(file, 1, b"y").expect("there is room");
        fs.close(file).expect("there is room");
        assert_eq!(fs.stat(path("a")).expect("it is there").modified, 100);
    });
}
