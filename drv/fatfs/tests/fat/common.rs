//! Images made by the tools everybody uses, mkfs.vfat and mtools, and a disk that holds one.

use drv_fatfs::{Client, Error, FileSystem, Handle, SECTOR, SectorError, Sectors};
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use tempfile::TempDir;

pub const ANN: Client = Client { task: 5, life: 2 };
pub const BEN: Client = Client { task: 6, life: 0 };

/// An image under construction.
pub struct Image {
    folder: TempDir,
    path: PathBuf,
}

impl Image {
    /// An empty file system of so many KiB, made with these arguments to mkfs.vfat.
    pub fn new(kib: u32, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("disk.img");
        let mut all = arguments.to_vec();
        let (name, size) = (path.display().to_string(), kib.to_string());
        all.extend(["-C", &name, &size]);
        run("mkfs.vfat", &all);
        Self { folder, path }
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
        std::fs::write(&source, content).expect("the temporary folder takes a file");
        self.mtools("mcopy", &["-o", &source.display().to_string(), &format!("::{path}")]);
    }

    pub fn make_directory(&self, path: &str) {
        self.mtools("mmd", &[&format!("::{path}")]);
    }

    pub fn remove(&self, path: &str) {
        self.mtools("mdel", &[&format!("::{path}")]);
    }

    pub fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.path).expect("the image is there")
    }
}

fn run(program: &str, arguments: &[&str]) {
    // Debian keeps mkfs.vfat where ordinary users do not look.
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new(program)
        .args(arguments)
        .env("PATH", &path)
        .env("MTOOLS_SKIP_CHECK", "1")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap_or_else(|error| {
            panic!("cannot run {program} ({error}): install dosfstools and mtools for this test")
        });
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?} failed: {complaint}");
}

/// What a test sees and changes of a disk in use.
#[derive(Clone, Default)]
pub struct Disk {
    pub bytes: Rc<RefCell<Vec<u8>>>,
    /// What every request fails with, if anything.
    pub failure: Rc<Cell<Option<SectorError>>>,
    /// Requests so far, and sectors read by them.
    pub requests: Rc<Cell<usize>>,
    pub sectors: Rc<Cell<usize>>,
}

impl Disk {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes: Rc::new(RefCell::new(bytes)), ..Self::default() }
    }
}

impl Sectors for Disk {
    fn count(&mut self) -> Result<u64, SectorError> {
        self.failure.get().map_or(Ok((self.bytes.borrow().len() / SECTOR) as u64), Err)
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), SectorError> {
        self.requests.set(self.requests.get() + 1);
        self.sectors.set(self.sectors.get() + into.len() / SECTOR);
        assert!(!into.is_empty() && into.len().is_multiple_of(SECTOR), "whole sectors only");
        if let Some(failure) = self.failure.get() {
            return Err(failure);
        }
        let bytes = self.bytes.borrow();
        let start = first as usize * SECTOR;
        into.copy_from_slice(bytes.get(start..start + into.len()).expect("inside the disk"));
        Ok(())
    }
}

/// All of a file, in pieces of `step` bytes.
pub fn read_all<S: Sectors>(
    fs: &mut FileSystem<'_, S>,
    path: &str,
    step: usize,
) -> Result<Vec<u8>, Error> {
    let (handle, info) = fs.open(ANN, path)?;
    let mut content = Vec::new();
    let mut piece = vec![0; step];
    loop {
        match fs.read(ANN, handle, content.len() as u64, &mut piece)? {
            0 => break,
            length => content.extend(&piece[..length]),
        }
    }
    fs.close(ANN, handle)?;
    assert_eq!(content.len() as u64, info.size);
    Ok(content)
}

/// The names in an open directory.
pub fn names<S: Sectors>(
    fs: &mut FileSystem<'_, S>,
    directory: Handle,
) -> Vec<(String, u64, bool)> {
    let mut names = Vec::new();
    let mut buffer = [0; drv_fatfs::MAX_NAME];
    let mut cookie = 0;
    while let Some(entry) =
        fs.read_directory(ANN, directory, cookie, &mut buffer).expect("the directory is sound")
    {
        assert!(entry.next > cookie, "a listing goes on, or it would not end");
        cookie = entry.next;
        let name = String::from_utf8(buffer[..entry.name_length].to_vec()).expect("names are text");
        names.push((name, entry.info.size, entry.info.is_directory()));
    }
    names
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
