//! The kernel's trace: a ring of its latest decisions, read by the names DWARF gives.

mod event;

pub use event::{Event, TaskNumber, Then, decode};

use crate::descriptors::Descriptors;
use crate::dwarf::{Kind, TypeId, Types};
use crate::memory::Memory;
use crate::space::{Owner, Space};
use crate::target::Target;
use anyhow::{Context, Result, ensure};

const RING: &str = "abi::trace::TraceRing";
/// "aidostrc".
const MAGIC: u64 = u64::from_le_bytes(*b"aidostrc");
/// A ring of more entries is damage, and so is a larger entry.
const MOST_ENTRIES: u64 = 1 << 20;
const LARGEST_ENTRY: u64 = 256;
/// No processor does as much in one step of the counter.
const MOST_PER_TICK: u64 = 1024;

/// An entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How many were written before it.
    pub number: u64,
    /// Counter value.
    pub time: u64,
    /// For [`decode`].
    pub what: u64,
}

/// The trace, the oldest entry first. What is wrong with it is among the target's problems.
///
/// # Errors
/// If the image keeps no trace, or there is nothing to be read of it.
pub fn read(target: &Target) -> Result<Vec<Entry>> {
    let address = Descriptors::new(target)?.trace()?;
    let address = address
        .context("this image keeps no trace: set `trace = true` under [kernel] in app.toml")?;
    let kernel = target.program(Owner::Kernel).context("the archive has no usable kernel ELF")?;
    let space = target.space(Owner::Kernel);
    let types = kernel.types();
    let ring = Ring::find(types, &space, address)
        .context("the kernel's debug information does not describe its trace")?;
    ensure!(
        (1..=MOST_ENTRIES).contains(&ring.count) && (1..=LARGEST_ENTRY).contains(&ring.size),
        "the trace would have {} entries of {} bytes",
        ring.count,
        ring.size
    );
    match ring.number("magic") {
        Ok(MAGIC) => (),
        Ok(magic) => target.problem(format!("the trace begins with {magic:#x}, not as it should")),
        Err(why) => target.problem(format!("the trace's beginning: {why}")),
    }
    let entries = ordered(target, &ring, ring.entries(target));
    check_times(target, &entries);
    Ok(entries)
}

/// Where everything is.
struct Ring<'r> {
    types: &'r Types,
    space: &'r Space<'r>,
    address: u64,
    of: TypeId,
    first: u64,
    entry: TypeId,
    count: u64,
    size: u64,
}

impl<'r> Ring<'r> {
    fn find(types: &'r Types, space: &'r Space<'r>, address: u64) -> Option<Self> {
        let of = types.structure(RING)?;
        let (offset, entries) = types.field(of, "entries")?;
        let Kind::Array(Some(entry), count) = types.get(entries)?.kind else { return None };
        let (first, size) = (address.wrapping_add(offset), types.size(entry));
        Some(Self { types, space, address, of, first, entry, count, size })
    }

    fn number(&self, name: &str) -> Result<u64, String> {
        let (offset, of) = self.types.field(self.of, name).ok_or("its type has none")?;
        let address = self.address.wrapping_add(offset);
        let bytes = self.space.bytes(address, self.types.size(of));
        let bytes = bytes.map_err(|error| error.to_string())?;
        self.types.number(of, &bytes).ok_or_else(|| "it is no number".to_owned())
    }

    /// Time and content by place. What cannot be read is `None`.
    fn entries(&self, target: &Target) -> Vec<Option<(u64, u64)>> {
        let whole = self.space.bytes(self.first, self.count.saturating_mul(self.size)).ok();
        let mut missing = 0_u64;
        let entries = (0..self.count).map(|place| {
            let skip = place * self.size;
            let bytes = match &whole {
                Some(bytes) => bytes.get(skip as usize..)?.get(..self.size as usize)?.to_vec(),
                None => self.space.bytes(self.first.wrapping_add(skip), self.size).ok()?,
            };
            let number = |name| {
                let (offset, of) = self.types.field(self.entry, name)?;
                self.types.number(of, bytes.get(usize::try_from(offset).ok()?..)?)
            };
            Some((number("time")?, number("what")?))
        });
        let entries = entries.inspect(|entry| missing += u64::from(entry.is_none())).collect();
        if missing > 0 {
            let count = self.count;
            target.problem(format!("{missing} of the trace's {count} places cannot be read"));
        }
        entries
    }
}

/// In the order they were written.
fn ordered(target: &Target, ring: &Ring<'_>, entries: Vec<Option<(u64, u64)>>) -> Vec<Entry> {
    let next = ring.number("next").and_then(|next| plausible(next, &entries));
    match next {
        Ok(next) => {
            let numbers = next.saturating_sub(ring.count)..next;
            let entry = |number| {
                let (time, what) = entries[(number % ring.count) as usize]?;
                Some(Entry { number, time, what })
            };
            numbers.filter_map(entry).collect()
        }
        Err(why) => {
            target.problem(format!(
                "how many entries were written to the trace: {why}; they are ordered by their \
                 times and numbered from 0"
            ));
            by_time(&entries)
        }
    }
}

/// Whether so many can have been written.
fn plausible(next: u64, entries: &[Option<(u64, u64)>]) -> Result<u64, String> {
    let latest = entries.iter().flatten().map(|(time, _)| *time).max().unwrap_or(0);
    if next / MOST_PER_TICK > latest {
        return Err(format!("{next} are more than there was time for"));
    }
    let unused = usize::try_from(next).ok().and_then(|next| entries.get(next..)).unwrap_or(&[]);
    match unused.iter().flatten().filter(|&&entry| entry != (0, 0)).count() {
        0 => Ok(next),
        more => Err(format!("{next}, but {more} more are there")),
    }
}

/// The one after the latest is the oldest.
fn by_time(entries: &[Option<(u64, u64)>]) -> Vec<Entry> {
    let latest = (0..entries.len()).max_by_key(|&place| entries[place].map(|(time, _)| time));
    let (later, earlier) = entries.split_at(latest.map_or(0, |place| place + 1));
    let used = earlier.iter().chain(later).flatten().filter(|&&entry| entry != (0, 0));
    (0..).zip(used).map(|(number, &(time, what))| Entry { number, time, what }).collect()
}

fn check_times(target: &Target, entries: &[Entry]) {
    let backwards = entries.windows(2).filter(|pair| pair[1].time < pair[0].time);
    let mut backwards = backwards.map(|pair| pair[1].number);
    if let Some(first) = backwards.next() {
        let more = match backwards.count() {
            0 => String::new(),
            more => format!(", and at {more} later ones"),
        };
        target.problem(format!("time runs backwards in the trace at entry {first}{more}"));
    }
}
