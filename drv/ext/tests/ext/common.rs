//! Images, what is in them, and a disk that holds them.

use drv_block::{Block, Geometry};
use drv_ext::{Ext, Known};
use drv_fs_core::{FileSystem, Kind, Open, Path};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path as HostPath, PathBuf};
use std::process::Command;
use std::rc::Rc;
use tempfile::TempDir;

/// Bytes of an image.
pub const SIZE: u64 = 24 << 20;

/// Something in a tree.
#[derive(Clone, PartialEq, Eq)]
pub enum Kept {
    File(Vec<u8>),
    Directory,
    Link(Vec<u8>),
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(bytes) => write!(f, "a file of {} bytes", bytes.len()),
            Self::Directory => f.write_str("a directory"),
            Self::Link(target) => write!(f, "a link to {}", String::from_utf8_lossy(target)),
        }
    }
}

impl Kept {
    /// Everything below a folder of the host.
    pub fn of(folder: &HostPath) -> BTreeMap<String, Self> {
        let mut all = BTreeMap::new();
        let mut open = vec![PathBuf::new()];
        while let Some(below) = open.pop() {
            for entry in fs::read_dir(folder.join(&below)).unwrap().flatten() {
                let (path, kind) = (below.join(entry.file_name()), entry.file_type().unwrap());
                let name = path.to_str().unwrap().to_owned();
                let kept = if kind.is_dir() {
                    open.push(path);
                    Self::Directory
                } else if kind.is_symlink() {
                    let target = fs::read_link(entry.path()).unwrap();
                    Self::Link(target.into_os_string().into_encoded_bytes())
                } else {
                    Self::File(fs::read(entry.path()).unwrap())
                };
                all.insert(name, kept);
            }
        }
        all
    }
}

/// Some bytes, the same each time.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// A tree with one of each kind.
pub fn tree() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("empty"), []).unwrap();
    fs::write(at("plain"), noise(1, 5000)).unwrap();
    fs::write(at("large"), noise(2, 3_000_001)).unwrap();
    fs::write(at(&"long name ".repeat(25)), "x").unwrap();
    fs::write(at("Käse, 乾酪"), "unicode").unwrap();
    let deep = at("a/b/c/d/e");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("leaf"), noise(3, 100_000)).unwrap();
    fs::create_dir(at("many")).unwrap();
    for number in 0..300 {
        fs::write(at(&format!("many/{number}")), format!("{number}")).unwrap();
    }
    // So long that the hash tree has two levels, where blocks are small.
    fs::create_dir(at("long")).unwrap();
    for number in 0..600 {
        let name = format!("long/{number} {}", "of many ".repeat(28));
        fs::write(at(name.trim_end()), []).unwrap();
    }
    holes(&at("holes"));
    let link = |target: &str, name| std::os::unix::fs::symlink(target, at(name)).unwrap();
    link("plain", "short link");
    link("many", "link to directory");
    link(&"long/".repeat(30), "long link");
    folder
}

/// A file of many pieces: an extent tree with more than its root.
fn holes(path: &HostPath) {
    let mut file = fs::File::create(path).unwrap();
    for piece in 0..700 {
        file.seek(SeekFrom::Start(piece * 8192)).unwrap();
        file.write_all(&noise(piece, 4096)).unwrap();
    }
    file.set_len(700 * 8192 + 100_000).unwrap();
}

/// An image with a tree in it.
pub struct Image(tempfile::NamedTempFile);

impl Image {
    pub fn new(tree: &HostPath, options: &[&str]) -> Self {
        Self::sized(SIZE, tree, options)
    }

    pub fn sized(size: u64, tree: &HostPath, options: &[&str]) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(size).unwrap();
        let mut command = Command::new("/sbin/mke2fs");
        command.args(["-q", "-F", "-N", "1024", "-d"]).arg(tree).args(options).arg(file.path());
        run(&mut command);
        // Large directories get their hash trees here: `mke2fs` makes none.
        run(Command::new("/sbin/e2fsck").args(["-f", "-y", "-D"]).arg(file.path()));
        Self(file)
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(self.0.path()).unwrap()
    }

    /// Does something to it; says what debugfs says.
    pub fn debugfs(&self, request: &str) -> String {
        run(Command::new("/sbin/debugfs").args(["-w", "-R", request]).arg(self.0.path()))
    }
}

impl Image {
    /// Does many things to it; says what debugfs says.
    pub fn script(&self, requests: &str) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), requests).unwrap();
        run(Command::new("/sbin/debugfs").arg("-w").arg("-f").arg(file.path()).arg(self.0.path()))
    }

    /// Lets e2fsck mend what debugfs leaves, such as sizes that do not count all blocks.
    pub fn repair(&self, what: &str) {
        let output = Command::new("/sbin/e2fsck").args(["-f", "-y"]).arg(self.0.path()).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        // 1: it mended something.
        assert!(matches!(output.status.code(), Some(0 | 1)), "{what}: {said}");
    }
}

fn run(command: &mut Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cannot run {program} ({error}): install e2fsprogs"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What is on a disk, not yet mounted.
pub fn unmounted(disk: Medium) -> Ext<'static, Medium> {
    Ext::new(disk, Box::leak(Box::new(Known::new())))
}

pub fn mounted(image: &Image) -> Ext<'static, Medium> {
    let mut fs = unmounted(Medium::new(&image.bytes(), 512));
    fs.mount().unwrap();
    fs
}

/// A disk in memory that counts what is read, and bears no reading beyond its end.
#[derive(Debug)]
pub struct Medium {
    bytes: Vec<u8>,
    sector: usize,
    /// Sectors read so far.
    pub read: Rc<Cell<u64>>,
}

impl Medium {
    pub fn new(bytes: &[u8], sector: usize) -> Self {
        Self { bytes: bytes.to_vec(), sector, read: Rc::default() }
    }
}

impl Block for Medium {
    fn geometry(&mut self) -> Result<Geometry, drv_block::Error> {
        let sectors = (self.bytes.len() / self.sector) as u64;
        let sector_size = self.sector as u32;
        Ok(Geometry { sectors, sector_size, read_only: true, discard: false })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), drv_block::Error> {
        let sectors = self.geometry()?.sectors_of(first, into.len())?;
        self.read.set(self.read.get() + sectors);
        let begin = first as usize * self.sector;
        into.copy_from_slice(&self.bytes[begin..begin + into.len()]);
        Ok(())
    }

    fn write(&mut self, _: u64, _: &[u8]) -> Result<(), drv_block::Error> {
        panic!("a reader writes")
    }

    fn flush(&mut self) -> Result<(), drv_block::Error> {
        Ok(())
    }
}

/// Everything in a file system, by path.
pub fn read_all<B: Block>(fs: &mut Ext<'_, B>) -> BTreeMap<String, Kept> {
    let mut all = BTreeMap::new();
    let mut open = vec![String::new()];
    while let Some(below) = open.pop() {
        for (path, kind) in names(fs, &below) {
            let kept = match kind {
                Kind::Directory => {
                    open.push(path.clone());
                    Kept::Directory
                }
                Kind::Link => Kept::Link(target(fs, &path)),
                Kind::File => Kept::File(content(fs, &path)),
                Kind::Other => panic!("{path} is nothing of ours"),
            };
            all.insert(path, kept);
        }
    }
    all
}

fn names<B: Block>(fs: &mut Ext<'_, B>, below: &str) -> Vec<(String, Kind)> {
    let mut names = Vec::new();
    fs.list(Path::new(below).unwrap(), 0, |entry| {
        let slash = if below.is_empty() { "" } else { "/" };
        names.push((format!("{below}{slash}{}", entry.name), entry.info.kind));
        ControlFlow::Continue(())
    })
    .unwrap();
    names
}

fn target<B: Block>(fs: &mut Ext<'_, B>, path: &str) -> Vec<u8> {
    let mut target = [0; 4096];
    let length = fs.read_link(Path::new(path).unwrap(), &mut target).unwrap();
    target[..length].to_vec()
}

fn content<B: Block>(fs: &mut Ext<'_, B>, path: &str) -> Vec<u8> {
    let (file, info) = fs.open(Path::new(path).unwrap(), Open::default()).unwrap();
    let mut content = Vec::new();
    // Of an odd size, so that pieces begin anywhere.
    let mut piece = vec![0; 50_001];
    loop {
        let count = fs.read(file, content.len() as u64, &mut piece).unwrap();
        content.extend_from_slice(&piece[..count]);
        if count < piece.len() {
            break;
        }
    }
    assert_eq!(content.len() as u64, info.size);
    fs.close(file).unwrap();
    content
}
