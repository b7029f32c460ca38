//! Random operations on files, each of which must come out as in memory.
//!
//! What is on the disk in the end is told in `walk/sums.txt`, so that others can check it.

use core::fmt::Write;
use crc::{CRC_32_ISO_HDLC, Crc};
use fs_api::client::Fs;
use fs_api::{Directory, File, FsError, flags};
use userlib::Text;
use userlib::ipc::ClientError;

const SEED: u64 = 20_261_121;
const STEPS: u32 = 800;
/// Files, and bytes in the largest.
const FILES: usize = 8;
const LARGEST: usize = 12_000;

static CRC_32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// What should be there: of each file its bytes, and how many of them if it is there.
pub struct Model {
    bytes: [[u8; LARGEST]; FILES],
    length: [Option<usize>; FILES],
    /// What is read, or about to be written.
    piece: [u8; LARGEST],
}

impl Model {
    pub const fn new() -> Self {
        Self { bytes: [[0; LARGEST]; FILES], length: [None; FILES], piece: [0; LARGEST] }
    }
}

/// What went wrong, and at which step.
pub struct Wrong {
    pub step: u32,
    pub what: &'static str,
}

/// The name of a file, some of them long.
fn name_of(number: usize) -> Text<64> {
    let form = if number.is_multiple_of(2) { "" } else { " with a rather long name" };
    Text::of(format_args!("walk/file {number}{form}.bin"))
}

type Failure = ClientError<FsError>;
type Done = Result<(), &'static str>;

struct Walk<'m> {
    fs: &'m Fs,
    model: &'m mut Model,
    random: u64,
}

/// Does it all; says how many operations changed something.
pub fn walk(fs: &Fs, model: &mut Model) -> Result<u32, Wrong> {
    let mut walk = Walk { fs, model, random: SEED };
    let failed = |step| move |what| Wrong { step, what };
    walk.begin().map_err(failed(0))?;
    let mut changes = 0;
    for step in 1..=STEPS {
        changes += walk.step().map_err(failed(step))?;
    }
    walk.check_all().map_err(failed(STEPS))?;
    walk.tell().map_err(failed(STEPS))?;
    again(|| fs.sync_all()).map_err(|_| "no sync").map_err(failed(STEPS))?;
    Ok(changes)
}

/// A disk whose driver was just killed may be busy: that is no mistake, it is asked again.
fn again<T>(mut ask: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    for _ in 0..100 {
        match ask() {
            Err(ClientError::Server(FsError::DeviceError)) => {}
            answer => return answer,
        }
    }
    ask()
}

/// The same, of what was there, and is not any more when it was done although the answer was an
/// error.
fn until_gone(there: bool, mut ask: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
    let mut failed = false;
    let answer = again(|| {
        let answer = ask();
        failed |= answer == Err(ClientError::Server(FsError::DeviceError));
        answer
    });
    let gone = answer == Err(ClientError::Server(FsError::NotFound));
    if there && failed && gone { Ok(()) } else { answer }
}

impl Walk<'_> {
    /// Marsaglia's xorshift.
    fn below(&mut self, end: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) as usize % end
    }

    /// Begins with nothing there: the disk may be that of an earlier run.
    fn begin(&self) -> Done {
        let done = |answer: Result<(), Failure>, or| match answer {
            Err(ClientError::Server(error)) if error == or => Ok(()),
            answer => answer.map_err(|_| "no beginning"),
        };
        done(again(|| self.fs.make_directory(b"walk")), FsError::AlreadyExists)?;
        done(again(|| self.fs.remove(b"walk/sums.txt")), FsError::NotFound)?;
        (0..FILES).try_for_each(|file| {
            let name = name_of(file);
            done(again(|| self.fs.remove(name.as_str().as_bytes())), FsError::NotFound)
        })
    }

    fn step(&mut self) -> Result<u32, &'static str> {
        let file = self.below(FILES);
        match self.below(10) {
            0..=3 => self.write(file).map(|()| 1),
            4 | 5 => self.check(file).map(|()| 0),
            6 => self.truncate(file),
            7 => self.remove(file),
            8 => self.rename(file),
            _ => self.list().map(|()| 0),
        }
    }

    fn open(&self, file: usize, how: u32) -> Result<File<'_>, Failure> {
        again(|| File::open_with(self.fs, name_of(file).as_str(), how))
    }

    fn write(&mut self, file: usize) -> Done {
        let length = 1 + self.below(3000);
        let offset = self.below(LARGEST - length);
        let seed = self.below(1 << 20) as u32;
        for (byte, at) in self.model.piece[..length].iter_mut().zip(seed..) {
            *byte = (at.wrapping_mul(2_654_435_761) >> 23) as u8;
        }
        let how = flags::READ | flags::WRITE | flags::CREATE;
        let mut open = self.open(file, how).map_err(|_| "not opened to write")?;
        let data = &self.model.piece[..length];
        again(|| open.write_at(offset as u64, data)).map_err(|_| "not written")?;
        drop(open);
        let old = self.model.length[file].unwrap_or(0);
        let bytes = &mut self.model.bytes[file];
        if old < offset {
            bytes[old..offset].fill(0);
        }
        bytes[offset..offset + length].copy_from_slice(&self.model.piece[..length]);
        self.model.length[file] = Some(old.max(offset + length));
        Ok(())
    }

    fn check(&mut self, file: usize) -> Done {
        let open = self.open(file, flags::READ);
        let (mut open, length) = match (open, self.model.length[file]) {
            (Err(ClientError::Server(FsError::NotFound)), None) => return Ok(()),
            (Ok(open), Some(length)) => (open, length),
            _ => return Err("there, or not there"),
        };
        let mut room = [0; LARGEST];
        let count = again(|| open.read_at(0, &mut room)).map_err(|_| "not read")?;
        let right = room.get(..count) == self.model.bytes[file].get(..length);
        if right { Ok(()) } else { Err("other bytes") }
    }

    fn truncate(&mut self, file: usize) -> Result<u32, &'static str> {
        let Some(old) = self.model.length[file] else { return Ok(0) };
        let size = self.below(LARGEST);
        let how = flags::READ | flags::WRITE;
        let mut open = self.open(file, how).map_err(|_| "not opened to cut")?;
        again(|| open.truncate(size as u64)).map_err(|_| "not cut")?;
        drop(open);
        if old < size {
            self.model.bytes[file][old..size].fill(0);
        }
        self.model.length[file] = Some(size);
        Ok(1)
    }

    fn remove(&mut self, file: usize) -> Result<u32, &'static str> {
        let there = self.model.length[file].is_some();
        let answer = until_gone(there, || self.fs.remove(name_of(file).as_str().as_bytes()));
        match (answer, self.model.length[file].take()) {
            (Ok(()), Some(_)) => Ok(1),
            (Err(ClientError::Server(FsError::NotFound)), None) => Ok(0),
            _ => Err("not removed"),
        }
    }

    fn rename(&mut self, from: usize) -> Result<u32, &'static str> {
        let to = self.below(FILES);
        let (old, new) = (name_of(from), name_of(to));
        let there = self.model.length[from].is_some();
        let answer =
            until_gone(there, || self.fs.rename(old.as_str().as_bytes(), new.as_str().as_bytes()));
        match (answer, self.model.length[from]) {
            (Ok(()), Some(length)) => {
                if from != to {
                    self.model.bytes.copy_within(from..from + 1, to);
                    (self.model.length[from], self.model.length[to]) = (None, Some(length));
                }
                Ok(1)
            }
            (Err(ClientError::Server(FsError::NotFound)), None) => Ok(0),
            _ => Err("not moved"),
        }
    }

    fn list(&mut self) -> Done {
        let mut buffer = [0; 1024];
        let mut directory =
            Directory::new(self.fs, "walk", &mut buffer).map_err(|_| "not listed")?;
        let mut seen = 0;
        while let Some(entry) = directory.next_name().map_err(|_| "not listed")? {
            let is =
                |file: &usize| name_of(*file).as_str().strip_prefix("walk/") == Some(entry.name);
            let file = (0..FILES).find(is).ok_or("a name of nothing")?;
            if self.model.length[file] != Some(entry.info.size as usize) {
                return Err("another size in the list");
            }
            seen += 1;
        }
        let there = self.model.length.iter().flatten().count();
        if seen == there { Ok(()) } else { Err("too many names, or too few") }
    }

    fn check_all(&mut self) -> Done {
        self.list()?;
        (0..FILES).try_for_each(|file| self.check(file))
    }

    /// Writes down what is there.
    fn tell(&self) -> Done {
        let mut sums = again(|| File::create(self.fs, "walk/sums.txt")).map_err(|_| "no sums")?;
        for file in 0..FILES {
            let Some(length) = self.model.length[file] else { continue };
            let mut line = Text::<64>::new();
            let crc = CRC_32.checksum(&self.model.bytes[file][..length]);
            let _ = write!(line, "{crc:08x} {length} ");
            let name = name_of(file);
            for part in [line.as_str(), name.as_str(), "\n"] {
                sums.write(part.as_bytes()).map_err(|_| "no sums")?;
            }
        }
        Ok(())
    }
}
