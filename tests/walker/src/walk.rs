//! Does what a script says.

use crate::script::Script;
use core::fmt;
use crc::{CRC_32_ISO_HDLC, Crc};
use fs_api::client::Fs;
use fs_api::{Directory, FsError, flags};
use test_walker::Operation;
use userlib::ipc::ClientError;
use userlib::{Slot, kipc};

/// Bytes of the longest read or write.
pub const LARGEST: usize = 64 << 10;
/// Files open at once.
const OPEN: usize = 8;
/// The longest path.
const PATH: usize = 1024;

static CRC_32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

type Failure = ClientError<FsError>;

/// What was wrong.
pub struct Wrong {
    pub operation: Operation,
    pub why: Why,
}

/// How an answer was not as it should be.
pub enum Why {
    /// It was refused, and what may be refused has these bits.
    Refused(Failure, u32),
    /// It was done, and should have been refused so.
    Done(u32),
    /// Other numbers: first those that it should be.
    Numbers([u32; 2], [u32; 2]),
    /// A handle of the server's earlier life serves.
    OldHandle,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error, reasons) => write!(f, "{error:?}, not one of {reasons:#b}"),
            Self::Done(reasons) => write!(f, "done in spite of {reasons:#b}"),
            Self::Numbers(expected, found) => write!(f, "{found:?} instead of {expected:?}"),
            Self::OldHandle => write!(f, "a handle outlived the server"),
        }
    }
}

pub struct Walk<'b> {
    server: Slot,
    fs: Fs,
    script: Script,
    buffer: &'b mut [u8; LARGEST],
    handles: [u32; OPEN],
    pub steps: u32,
}

/// A reason, as the bit of its number.
fn bit(error: &Failure) -> u32 {
    match error {
        ClientError::Server(error) => 1u32.checked_shl(*error as u32).unwrap_or(0),
        _ => 0,
    }
}

/// Whether it was refused for one of these reasons, or done if there are none.
fn judge<T>(reasons: u32, answer: Result<T, Failure>) -> Result<Option<T>, Why> {
    match answer {
        Ok(value) if reasons == 0 => Ok(Some(value)),
        Ok(_) => Err(Why::Done(reasons)),
        Err(error) if reasons & bit(&error) != 0 => Ok(None),
        Err(error) => Err(Why::Refused(error, reasons)),
    }
}

fn same(expected: [u32; 2], found: [u32; 2]) -> Result<(), Why> {
    if expected == found { Ok(()) } else { Err(Why::Numbers(expected, found)) }
}

impl<'b> Walk<'b> {
    pub fn new(server: Slot, script: Script, buffer: &'b mut [u8; LARGEST]) -> Self {
        Self { server, fs: Fs::new(server), script, buffer, handles: [0; OPEN], steps: 0 }
    }

    /// With what the script begins.
    pub fn seed(&mut self) -> u32 {
        self.script.number()
    }

    pub fn run(&mut self) -> Result<(), Wrong> {
        loop {
            let operation = self.script.operation();
            if operation == Operation::End {
                return Ok(());
            }
            self.steps += 1;
            self.step(operation).map_err(|why| Wrong { operation, why })?;
        }
    }

    fn step(&mut self, operation: Operation) -> Result<(), Why> {
        match operation {
            Operation::End => Ok(()),
            Operation::Open => self.open(),
            Operation::Close => self.with_handle(|fs, handle, _, _| fs.close(handle)),
            Operation::Write => self.with_handle(|fs, handle, script, buffer| {
                let offset = script.number();
                fs.write(handle, offset.into(), script.bytes(buffer))
            }),
            Operation::Truncate => self.with_handle(|fs, handle, script, _| {
                let size = script.number();
                fs.truncate(handle, size.into())
            }),
            Operation::SyncFile => self.with_handle(|fs, handle, _, _| fs.sync(handle)),
            Operation::Read => self.read(),
            Operation::Info => self.info(),
            Operation::MakeDirectory => self.with_path(Fs::make_directory),
            Operation::RemoveDirectory => self.with_path(Fs::remove_directory),
            Operation::Remove => self.with_path(Fs::remove),
            Operation::Rename => self.rename(),
            Operation::Stat => self.stat(),
            Operation::List => self.list(),
            Operation::Sync => judge(0, self.fs.sync_all()).map(drop),
            Operation::Space => judge(0, self.fs.space()).map(drop),
            Operation::Restart => self.restart(),
        }
    }

    fn slot(&mut self) -> usize {
        self.script.number() as usize % OPEN
    }

    fn with_handle(
        &mut self,
        act: impl FnOnce(&Fs, u32, &mut Script, &mut [u8]) -> Result<(), Failure>,
    ) -> Result<(), Why> {
        let slot = self.slot();
        let answer = act(&self.fs, self.handles[slot], &mut self.script, self.buffer);
        judge(0, answer).map(drop)
    }

    fn with_path(
        &mut self,
        act: impl FnOnce(&Fs, &[u8]) -> Result<(), Failure>,
    ) -> Result<(), Why> {
        let (reasons, mut room) = (self.script.number(), [0; PATH]);
        let path = self.script.bytes(&mut room);
        judge(reasons, act(&self.fs, path)).map(drop)
    }

    fn open(&mut self) -> Result<(), Why> {
        let (slot, how) = (self.slot(), self.script.number());
        let (size, reasons, mut room) = (self.script.number(), self.script.number(), [0; PATH]);
        let path = self.script.bytes(&mut room);
        let opened = self.fs.open(how | flags::READ | flags::WRITE, path);
        let Some(opened) = judge(reasons, opened)? else { return Ok(()) };
        self.handles[slot] = opened.handle;
        same([size, 0], [opened.info.size as u32, 0])
    }

    fn read(&mut self) -> Result<(), Why> {
        let slot = self.slot();
        let (offset, length) = (self.script.number(), self.script.number() as usize);
        let expected = [self.script.number(), self.script.number()];
        let into = &mut self.buffer[..length.min(LARGEST)];
        let count = self.fs.read(self.handles[slot], offset.into(), into);
        let count = judge(0, count)?.unwrap_or(0);
        let bytes = self.buffer.get(..count as usize).unwrap_or(&[]);
        same(expected, [count, CRC_32.checksum(bytes)])
    }

    fn info(&mut self) -> Result<(), Why> {
        let slot = self.slot();
        let size = self.script.number();
        let info = judge(0, self.fs.info(self.handles[slot]))?;
        same([size, 0], [info.map_or(0, |info| info.size as u32), 0])
    }

    fn rename(&mut self) -> Result<(), Why> {
        let (reasons, mut from, mut to) = (self.script.number(), [0; PATH], [0; PATH]);
        let (from, to) = (self.script.bytes(&mut from), self.script.bytes(&mut to));
        judge(reasons, self.fs.rename(from, to)).map(drop)
    }

    fn stat(&mut self) -> Result<(), Why> {
        let expected = [self.script.number(), self.script.number()];
        let (reasons, mut room) = (self.script.number(), [0; PATH]);
        let path = self.script.bytes(&mut room);
        match judge(reasons, self.fs.stat(1, path))? {
            Some(info) => same(expected, [info.kind as u32, info.size as u32]),
            None => Ok(()),
        }
    }

    /// The entries come in any order: their sum is compared.
    fn list(&mut self) -> Result<(), Why> {
        let expected = [self.script.number(), self.script.number()];
        let (reasons, mut room) = (self.script.number(), [0; PATH]);
        let path = self.script.bytes(&mut room);
        let path = core::str::from_utf8(path).unwrap_or("");
        // Some names at a time.
        let buffer = &mut self.buffer[..840 + 500 * (self.steps as usize % 7)];
        let listed = Directory::new(&self.fs, path, buffer).and_then(sum);
        match judge(reasons, listed)? {
            Some(found) => same(expected, found),
            None => Ok(()),
        }
    }

    /// The server dies, and all that was synced must be there; no handle is.
    fn restart(&mut self) -> Result<(), Why> {
        kipc::fault(self.server.index());
        match self.fs.info(self.handles[0]) {
            Err(ClientError::Server(FsError::BadHandle)) => Ok(()),
            _ => Err(Why::OldHandle),
        }
    }
}

fn sum(mut directory: Directory<'_, '_>) -> Result<[u32; 2], Failure> {
    let (mut count, mut sum) = (0, 0u32);
    while let Some(entry) = directory.next_name()? {
        let about = CRC_32.checksum(entry.name.as_bytes());
        let about = about.wrapping_add(entry.info.kind as u32);
        sum = sum.wrapping_add(about.wrapping_mul(entry.info.size as u32 | 1));
        count += 1;
    }
    Ok([count, sum])
}
