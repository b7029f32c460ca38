//! The requests, and the files they are about.

use fs_api::{File, FsError, Mounts, flags};
use test_bench::protocol::REPEATS;
use test_bench::timed::Request;
use userlib::ipc::ClientError;

type Failure = ClientError<FsError>;

/// The directory that is listed, and how many files are in it, of a page each.
const DIRECTORY: &str = "/bench";
const FILES: usize = 100;
const PAGE: usize = 4096;
/// The one of them that is opened.
const ONE: &str = "/bench/file-050";
const NEW: &str = "/bench/new";
/// What is read and written in large pieces, and how many bytes that is: more than any server keeps.
const LARGE: &str = "/large";
const WRITTEN: &str = "/written";
const LARGE_SIZE: u64 = 4 << 20;
/// How much of them is one measurement.
const MIB: usize = 1 << 20;

/// How often slow requests are measured.
const FEW: usize = 100;

/// A volume with files in it.
#[derive(Clone, Copy)]
pub struct Tree<'m>(pub &'m Mounts);

impl<'m> Tree<'m> {
    /// Makes the files.
    pub fn fill(self, buffer: &mut [u8]) -> Result<(), Failure> {
        for (number, byte) in buffer.iter_mut().enumerate() {
            *byte = number as u8;
        }
        match self.0.make_directory(DIRECTORY) {
            Err(ClientError::Server(FsError::AlreadyExists)) => {}
            other => other?,
        }
        for leftover in [NEW, WRITTEN] {
            let _ = self.0.remove(leftover);
        }
        for number in 0..FILES {
            named(number, |name| self.create(name))?.write(&buffer[..PAGE])?;
        }
        let mut large = self.create(LARGE)?;
        while large.position() < LARGE_SIZE {
            large.write(buffer)?;
        }
        large.sync()
    }

    fn create(self, path: &str) -> Result<File<'m>, Failure> {
        self.0.open(path, flags::READ | flags::WRITE | flags::CREATE | flags::TRUNCATE)
    }

    /// Makes the server forget what it knows of [`ONE`]: all others are read, but for its neighbours on the
    /// disk, which are in a line of the cache with it.
    fn forget(self, buffer: &mut [u8]) -> Result<(), Failure> {
        for number in (0..FILES).filter(|number| number.abs_diff(FILES / 2) > 4) {
            named(number, |name| self.read_page(name, &mut buffer[..PAGE]))?;
        }
        Ok(())
    }

    fn read_page(self, name: &str, buffer: &mut [u8]) -> Result<bool, Failure> {
        let mut file = self.0.open(name, flags::READ)?;
        Ok(file.read(buffer)? == PAGE)
    }

    fn count(self, buffer: &mut [u8]) -> Result<usize, Failure> {
        let mut directory = self.0.directory(DIRECTORY, buffer)?;
        let mut count = 0;
        while directory.next_name()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    fn create_synced(self, data: &[u8]) -> Result<(), Failure> {
        let mut file = self.create(NEW)?;
        file.write(data)?;
        file.sync()
    }
}

/// Calls it with the path of a file of [`DIRECTORY`].
fn named<T>(number: usize, act: impl FnOnce(&str) -> T) -> T {
    let mut name = *b"/bench/file-000";
    for (place, power) in name.iter_mut().rev().zip([1, 10, 100]) {
        *place = b'0' + (number / power % 10) as u8;
    }
    act(core::str::from_utf8(&name).unwrap_or(DIRECTORY))
}

/// Open, read a page, close; after the server forgot it, if `cold`.
pub struct Open<'m, 'b> {
    pub tree: Tree<'m>,
    pub buffer: &'b mut [u8],
    pub cold: bool,
}

impl Request for Open<'_, '_> {
    fn repeats(&self) -> usize {
        if self.cold { FEW } else { REPEATS }
    }

    fn prepare(&mut self) {
        if self.cold {
            let _ = self.tree.forget(self.buffer);
        }
    }

    fn run(&mut self) -> bool {
        self.tree.read_page(ONE, &mut self.buffer[..PAGE]) == Ok(true)
    }
}

/// What is known of a file.
pub struct Stat<'m>(pub Tree<'m>);

impl Request for Stat<'_> {
    fn run(&mut self) -> bool {
        self.0.0.stat(ONE).is_ok_and(|info| info.size == PAGE as u64)
    }
}

/// All names in a directory, with what is known of each.
pub struct List<'m, 'b> {
    pub tree: Tree<'m>,
    pub buffer: &'b mut [u8],
}

impl Request for List<'_, '_> {
    fn repeats(&self) -> usize {
        FEW
    }

    fn run(&mut self) -> bool {
        self.tree.count(&mut self.buffer[..4 * PAGE]) == Ok(FILES)
    }
}

/// Make a file, write a page, sync, close.
pub struct Create<'m, 'b> {
    pub tree: Tree<'m>,
    pub buffer: &'b mut [u8],
}

impl Request for Create<'_, '_> {
    fn repeats(&self) -> usize {
        FEW
    }

    fn prepare(&mut self) {
        // Not there the first time.
        let _ = self.tree.0.remove(NEW);
        let _ = self.tree.0.sync();
    }

    fn run(&mut self) -> bool {
        self.tree.create_synced(&self.buffer[..PAGE]).is_ok()
    }
}

/// The next large pieces of an open file: as many as are a MiB.
pub struct Large<'m, 'b> {
    file: Option<File<'m>>,
    buffer: &'b mut [u8],
    write: bool,
}

impl<'m, 'b> Large<'m, 'b> {
    pub fn read(tree: Tree<'m>, buffer: &'b mut [u8]) -> Self {
        Self { file: tree.0.open(LARGE, flags::READ).ok(), buffer, write: false }
    }

    pub fn write(tree: Tree<'m>, buffer: &'b mut [u8]) -> Self {
        Self { file: tree.create(WRITTEN).ok(), buffer, write: true }
    }
}

impl Request for Large<'_, '_> {
    fn repeats(&self) -> usize {
        FEW
    }

    fn calls(&self) -> u32 {
        (MIB / self.buffer.len()) as u32
    }

    /// At its end, begins anew: a file that is written is cut first.
    fn prepare(&mut self) {
        let Some(file) = self.file.as_mut().filter(|file| file.position() >= LARGE_SIZE) else {
            return;
        };
        let _ = file.seek(fs_api::SeekFrom::Start(0));
        if self.write {
            let _ = file.truncate(0);
        }
    }

    fn run(&mut self) -> bool {
        let calls = self.calls();
        let Some(file) = &mut self.file else { return false };
        (0..calls).all(|_| match self.write {
            true => file.write(self.buffer).is_ok(),
            false => file.read(self.buffer) == Ok(self.buffer.len()),
        })
    }
}
