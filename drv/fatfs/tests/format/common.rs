//! Images made and checked by mkfs.fat, fsck.fat and mtools, and a disk that holds one.

use drv_block::{Block, Error, Geometry};
use drv_block_cache::{Cache, Memory};
use drv_fatfs::{Fat, Place, RepairMemory};
use drv_fs_core::{FileSystem, Open, Path};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::rc::Rc;
use tempfile::TempDir;

/// The cache the tests have under the file system.
pub type TestMemory = Memory<8, 8192>;
/// A file system as the tests have it.
pub type TestFat<'p> = Fat<'p, Cache<'p, Disk>>;

/// An image on the host.
pub struct Image {
    folder: TempDir,
    path: PathBuf,
    pub sector: usize,
}

impl Image {
    /// An empty file system of so many KiB, made with these arguments to mkfs.fat.
    pub fn new(kib: u32, sector: usize, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("disk.img");
        let size = sector.to_string();
        let mut all = arguments.to_vec();
        if sector > 512 {
            all.extend(["-S", &size]);
        }
        let (name, size) = (path.display().to_string(), kib.to_string());
        all.extend(["-C", &name, &size]);
        run("mkfs.fat", &all);
        Self { folder, path, sector }
    }

    /// An image of these bytes.
    pub fn of(bytes: &[u8], sector: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("disk.img");
        fs::write(&path, bytes).expect("the temporary folder takes a file");
        Self { folder, path, sector }
    }

    fn mtools(&self, program: &str, arguments: &[&str]) {
        let image = self.path.display().to_string();
        let mut all = vec!["-i", image.as_str()];
        all.extend(arguments);
        run(program, &all);
    }

    /// Puts a file there.
    pub fn put(&self, path: &str, content: &[u8]) {
        let source = self.folder.path().join("source");
        fs::write(&source, content).expect("the temporary folder takes a file");
        self.mtools("mcopy", &["-o", &source.display().to_string(), &format!("::{path}")]);
    }

    pub fn make_directory(&self, path: &str) {
        self.mtools("mmd", &[&format!("::{path}")]);
    }

    pub fn remove(&self, path: &str) {
        self.mtools("mdel", &[&format!("::{path}")]);
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).expect("the image is there")
    }

    /// That fsck.fat has nothing to say.
    pub fn check(&self) {
        run("fsck.fat", &["-n", &self.path.display().to_string()]);
    }

    /// What fsck.fat has to say, if anything.
    pub fn complaint(&self) -> Option<String> {
        let output = said("fsck.fat", &["-n", &self.path.display().to_string()]);
        let words =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (!output.status.success()).then(|| words.into_owned())
    }

    /// All that mtools finds: files with their content, directories with nothing.
    pub fn all(&self) -> BTreeMap<String, Option<Vec<u8>>> {
        let out = self.folder.path().join("out");
        let _ = fs::remove_dir_all(&out);
        fs::create_dir(&out).expect("the temporary folder takes a folder");
        let root = fs::read_dir(&out).expect("just made").count();
        assert_eq!(root, 0);
        self.mtools("mcopy", &["-s", "-n", "::*", &out.display().to_string()]);
        let mut all = BTreeMap::new();
        collect(&out, "", &mut all);
        all
    }
}

fn collect(folder: &std::path::Path, path: &str, all: &mut BTreeMap<String, Option<Vec<u8>>>) {
    for entry in fs::read_dir(folder).expect("it is there") {
        let entry = entry.expect("it is there");
        let name = entry.file_name().into_string().expect("names are text");
        let inside = if path.is_empty() { name } else { format!("{path}/{name}") };
        if entry.file_type().expect("it has one").is_dir() {
            collect(&entry.path(), &inside, all);
            all.insert(inside, None);
        } else {
            all.insert(inside, Some(fs::read(entry.path()).expect("it can be read")));
        }
    }
}

fn run(program: &str, arguments: &[&str]) {
    let output = said(program, arguments);
    let words = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?} failed: {words}");
}

fn said(program: &str, arguments: &[&str]) -> Output {
    // Debian keeps mkfs.fat where ordinary users do not look.
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    Command::new(program)
        .args(arguments)
        .env("PATH", &path)
        .env("MTOOLS_SKIP_CHECK", "1")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap_or_else(|error| {
            panic!("cannot run {program} ({error}): install dosfstools and mtools for this test")
        })
}

/// What a test sees and changes of a disk in use.
#[derive(Clone, Debug)]
pub struct Disk {
    pub bytes: Rc<RefCell<Vec<u8>>>,
    pub sector: usize,
    pub read_only: Rc<Cell<bool>>,
    /// What every request fails with, if anything.
    pub failure: Rc<Cell<Option<Error>>>,
    /// Requests so far, and sectors of them.
    pub requests: Rc<Cell<usize>>,
    pub sectors: Rc<Cell<usize>>,
}

impl Disk {
    pub fn new(bytes: Vec<u8>, sector: usize) -> Self {
        Self {
            bytes: Rc::new(RefCell::new(bytes)),
            sector,
            read_only: Rc::default(),
            failure: Rc::default(),
            requests: Rc::default(),
            sectors: Rc::default(),
        }
    }

    fn tried(&self, first: u64, bytes: usize) -> Result<usize, Error> {
        self.requests.set(self.requests.get() + 1);
        self.sectors.set(self.sectors.get() + bytes / self.sector);
        assert!(bytes > 0 && bytes.is_multiple_of(self.sector), "whole sectors only");
        let begin = first as usize * self.sector;
        assert!(begin + bytes <= self.bytes.borrow().len(), "inside the disk only");
        self.failure.get().map_or(Ok(begin), Err)
    }
}

impl Block for Disk {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        let sectors = (self.bytes.borrow().len() / self.sector) as u64;
        let (sector_size, read_only) = (self.sector as u32, self.read_only.get());
        let geometry = Geometry { sectors, sector_size, read_only, discard: false };
        self.failure.get().map_or(Ok(geometry), Err)
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        let begin = self.tried(first, into.len())?;
        into.copy_from_slice(&self.bytes.borrow()[begin..begin + into.len()]);
        Ok(())
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        let begin = self.tried(first, data.len())?;
        assert!(!self.read_only.get(), "a disk that takes no writes is not asked to");
        self.bytes.borrow_mut()[begin..begin + data.len()].copy_from_slice(data);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.failure.get().map_or(Ok(()), Err)
    }
}

/// Gives a test the file system on a disk, mounted.
pub fn mounted<R>(disk: &Disk, test: impl FnOnce(&mut TestFat<'_>) -> R) -> R {
    let (mut place, mut memory) = (Place::new(), Box::new(TestMemory::new()));
    let mut repair = Box::new(RepairMemory::new());
    let mut fat =
        Fat::new(&mut place, Cache::new(&mut memory, disk.clone())).repairing(&mut repair);
    fat.mount().expect("a file system");
    test(&mut fat)
}

/// The same, of an image.
pub fn on<R>(image: &Image, test: impl FnOnce(&Disk, &mut TestFat<'_>) -> R) -> R {
    let disk = Disk::new(image.bytes(), image.sector);
    mounted(&disk, |fat| test(&disk, fat))
}

pub fn path(text: &str) -> Path<'_> {
    Path::new(text).expect("a plain path")
}

/// All of a file, in pieces of `step` bytes.
pub fn read_all<F: FileSystem>(
    fs: &mut F,
    of: &str,
    step: usize,
) -> Result<Vec<u8>, drv_fs_core::Error> {
    let (file, info) = fs.open(path(of), Open::default())?;
    let (mut content, mut piece) = (Vec::new(), vec![0; step]);
    loop {
        match fs.read(file, content.len() as u64, &mut piece)? {
            0 => break,
            length => content.extend(&piece[..length]),
        }
    }
    fs.close(file)?;
    assert_eq!(content.len() as u64, info.size);
    Ok(content)
}

/// Content that is nowhere like itself.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let step = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(step).collect()
}
