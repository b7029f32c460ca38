//! Reading a log.

use crate::format::{
    DISCARD, FLUSH, FUA, HEADER, KNOWN, MAGIC, MARK, SUPERBLOCK, VERSION, numbers,
};
use anyhow::{Context, Result, bail, ensure};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// What an entry does to the disk, besides flushing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Writes what the log has at this byte.
    Write {
        /// Where.
        data: u64,
    },
    /// Says that nobody needs what the sectors hold.
    Discard,
    /// Nothing; whoever wrote the log named this moment.
    Mark(String),
}

/// One entry of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The first sector, in sectors of the log.
    pub first: u64,
    /// How many.
    pub sectors: u64,
    /// All before it is on the medium before this happens.
    pub flush: bool,
    /// It is on the medium when it is answered.
    pub fua: bool,
    /// What happens.
    pub action: Action,
}

impl Entry {
    /// Whether it changes the disk.
    #[must_use]
    pub const fn changes(&self) -> bool {
        matches!(self.action, Action::Write { .. } | Action::Discard)
    }
}

/// A log: its entries in memory, what they wrote in the file.
#[derive(Debug)]
pub struct Log {
    file: File,
    sector_size: u32,
    entries: Vec<Entry>,
}

impl Log {
    /// Opens a log and reads its entries, but not what they wrote.
    ///
    /// # Errors
    /// If it cannot be read or is no whole log; the message says which entry is bad, and how.
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(path).with_context(|| format!("cannot use the log {}", path.display()))
    }

    fn read(path: &Path) -> Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let (count, sector_size) = superblock(&file, size)?;
        let mut log = Self { file, sector_size, entries: Vec::new() };
        let mut place = u64::from(sector_size);
        for number in 0..count {
            let (entry, next) = log
                .entry(place, size)
                .with_context(|| format!("entry {number} of {count}, at byte {place}"))?;
            log.entries.push(entry);
            place = next;
        }
        Ok(log)
    }

    /// The entry at a byte, and where the next one is.
    fn entry(&self, place: u64, size: u64) -> Result<(Entry, u64)> {
        let sector_size = u64::from(self.sector_size);
        let inside = |end: Option<u64>| end.filter(|&end| end <= size);
        let after = inside(place.checked_add(sector_size)).context("the file ends before it")?;
        let mut header = [0; HEADER];
        self.file.read_exact_at(&mut header, place)?;
        let [first, sectors, flags, name] = numbers(&header);
        ensure!(flags & !KNOWN == 0, "flags {flags:#x} are unknown: is this an entry?");
        let bytes = sectors.checked_mul(sector_size);
        let fits = bytes.is_some() && first.checked_add(sectors).is_some();
        ensure!(fits, "it says {sectors} sectors from {first} on: no disk has them");
        let (action, next) = if flags & MARK != 0 {
            (Action::Mark(self.name(place, name)?), after)
        } else if flags & DISCARD != 0 {
            (Action::Discard, after)
        } else if sectors == 0 {
            (Action::Nothing, after)
        } else {
            let end = inside(bytes.and_then(|bytes| after.checked_add(bytes)));
            (Action::Write { data: after }, end.context("the file ends before what it wrote")?)
        };
        let (flush, fua) = (flags & FLUSH != 0, flags & FUA != 0);
        Ok((Entry { first, sectors, flush, fua, action }, next))
    }

    /// The name of a mark, behind its header.
    fn name(&self, place: u64, length: u64) -> Result<String> {
        let room = u64::from(self.sector_size) - HEADER as u64;
        ensure!(length <= room, "a name of {length} bytes, {room} have room");
        let mut name = vec![0; length as usize];
        self.file.read_exact_at(&mut name, place + HEADER as u64)?;
        Ok(String::from_utf8_lossy(&name).trim_end_matches('\0').to_owned())
    }

    /// What it says of some of the disk's sectors, counted from the first of them. What happens to others
    /// is nothing, but flushes what it flushed.
    #[must_use]
    pub fn within(mut self, first: u64, sectors: u64) -> Self {
        let sector_size = u64::from(self.sector_size);
        for entry in self.entries.iter_mut().filter(|entry| entry.changes()) {
            let begin = entry.first.max(first);
            let end = (entry.first + entry.sectors).min(first.saturating_add(sectors));
            if let Action::Write { data } = &mut entry.action {
                *data += (begin - entry.first) * sector_size;
            }
            if begin >= end {
                entry.action = Action::Nothing;
            }
            entry.first = begin - first;
            entry.sectors = end.saturating_sub(begin);
        }
        self
    }

    /// Bytes in its sectors.
    #[must_use]
    pub const fn sector_size(&self) -> u32 {
        self.sector_size
    }

    /// Its entries, the earliest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What an entry leaves in its sectors; a discard leaves zeros. Nothing if it changes nothing.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn data(&self, entry: &Entry) -> Result<Vec<u8>> {
        let Action::Write { data } = entry.action else {
            let sectors = if entry.changes() { entry.sectors } else { 0 };
            return Ok(vec![0; self.bytes(sectors)?]);
        };
        let mut bytes = vec![0; self.bytes(entry.sectors)?];
        self.file.read_exact_at(&mut bytes, data).context("the log cannot be read")?;
        Ok(bytes)
    }

    fn bytes(&self, sectors: u64) -> Result<usize> {
        let bytes = sectors.checked_mul(u64::from(self.sector_size)).map(usize::try_from);
        bytes.and_then(Result::ok).context("more sectors than memory")
    }
}

/// How many entries, and the size of a sector.
fn superblock(file: &File, size: u64) -> Result<(u64, u32)> {
    ensure!(size != 0, "it is empty: whatever was to write it wrote nothing");
    ensure!(size >= SUPERBLOCK as u64, "{size} bytes are no log");
    let mut bytes = [0; SUPERBLOCK];
    file.read_exact_at(&mut bytes, 0)?;
    let [magic, version, count] = numbers(&bytes);
    if magic != MAGIC {
        bail!("it is no log of dm-log-writes: it begins with {magic:#018x}, not {MAGIC:#018x}");
    }
    ensure!(version == VERSION, "its version is {version}, not {VERSION}");
    let [.., a, b, c, d] = bytes;
    let sector_size = u32::from_le_bytes([a, b, c, d]);
    let usual = sector_size.is_power_of_two() && (512..=65536).contains(&sector_size);
    ensure!(usual, "{sector_size} bytes in a sector: not a power of two from 512 to 65536");
    Ok((count, sector_size))
}
