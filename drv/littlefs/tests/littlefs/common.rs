//! Disks in memory, and a file system on them.

use drv_block::{Block, Error, Geometry};
use drv_fs_core::FileSystem;
use drv_littlefs::{Littlefs, Memory, Settings};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Files open at once.
pub const FILES: usize = 8;
/// A file system as the tests have it.
pub type TestFs<'m> = Littlefs<'m, Disk, FILES>;

/// What was done to a disk.
#[derive(Clone, Debug)]
pub enum Done {
    Write { first: u64, data: Vec<u8> },
    Discard { first: u64, sectors: u64 },
    Flush,
}

/// A disk in memory, whose owner keeps a hand on it.
#[derive(Clone)]
pub struct Disk {
    pub bytes: Rc<RefCell<Vec<u8>>>,
    /// What was done, if that is to be known.
    pub log: Option<Rc<RefCell<Vec<Done>>>>,
    pub sector: usize,
    pub read_only: bool,
    /// Requests until somebody must be going in circles.
    pub left: Rc<Cell<u64>>,
}

impl Disk {
    pub fn new(bytes: Vec<u8>, sector: usize) -> Self {
        let left = Rc::new(Cell::new(u64::MAX));
        Self { bytes: Rc::new(RefCell::new(bytes)), log: None, sector, read_only: false, left }
    }

    fn note(&self, done: impl FnOnce() -> Done) {
        if let Some(log) = &self.log {
            log.borrow_mut().push(done());
        }
    }
}

impl Block for Disk {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        let sectors = (self.bytes.borrow().len() / self.sector) as u64;
        let (sector_size, read_only) = (self.sector as u32, self.read_only);
        Ok(Geometry { sectors, sector_size, read_only, discard: true })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        self.geometry()?.sectors_of(first, into.len()).expect("reads stay inside");
        self.left.set(self.left.get().checked_sub(1).expect("it comes to an end"));
        let from = first as usize * self.sector;
        into.copy_from_slice(&self.bytes.borrow()[from..from + into.len()]);
        Ok(())
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        self.geometry()?.sectors_of(first, data.len()).expect("writes stay inside");
        assert!(!self.read_only, "nothing is written to what takes no writes");
        let to = first as usize * self.sector;
        self.bytes.borrow_mut()[to..to + data.len()].copy_from_slice(data);
        self.note(|| Done::Write { first, data: data.to_vec() });
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.note(|| Done::Flush);
        Ok(())
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        assert!(self.geometry()?.has(first, sectors), "discards stay inside");
        let (from, to) = (first as usize * self.sector, (first + sectors) as usize * self.sector);
        self.bytes.borrow_mut()[from..to].fill(0xff);
        self.note(|| Done::Discard { first, sectors });
        Ok(())
    }
}

/// Does something with the file system on a disk.
pub fn mounted<T>(disk: &Disk, settings: Settings, with: impl FnOnce(&mut TestFs<'_>) -> T) -> T {
    let (mut memory, mut room) = (Box::new(Memory::new()), vec![0; 64 << 10]);
    let mut fs = Littlefs::new(disk.clone(), &mut memory, settings);
    fs.take_room(&mut room);
    fs.mount().expect("it can be mounted");
    with(&mut fs)
}

/// A disk of so many blocks with an empty file system, which held something else before.
pub fn formatted(blocks: usize, sector: usize, settings: Settings) -> Disk {
    let size = blocks * settings.block_size.unwrap_or(4096) as usize;
    let disk = Disk::new(noise(size, 7), sector);
    let mut memory = Box::new(Memory::<FILES>::new());
    Littlefs::new(disk.clone(), &mut memory, settings).format().expect("it can be formatted");
    disk
}

/// Bytes without order.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect()
}

/// A number from the environment: for a long run, or for another seed.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
