//! What files hold: records, each of which says what it is.
//!
//! A record's words follow from its first, which names the worker, the record's place in the file, and
//! which of the worker's writes it is of. `kills.rs` of the system tests knows them too.

/// Bytes in a record: a sector, so that none is half written.
pub const RECORD: usize = 512;
/// Records of the largest file.
pub const RECORDS: usize = 24;
/// Bytes of the largest file.
pub const LARGEST: usize = RECORD * RECORDS;

/// What a file holds, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// How many records; `None` of no file.
    pub length: Option<usize>,
    /// Of each, which write it is of. Zeros behind the end.
    pub writes: [u32; RECORDS],
}

impl Content {
    pub const NONE: Self = Self { length: None, writes: [0; RECORDS] };

    /// An empty file.
    pub const EMPTY: Self = Self { length: Some(0), writes: [0; RECORDS] };

    /// The records there are.
    pub fn records(&self) -> &[u32] {
        &self.writes[..self.length.unwrap_or(0).min(RECORDS)]
    }

    /// The same with another write's records from `first` on.
    pub fn written(mut self, first: usize, count: usize, write: u32) -> Self {
        let end = (first + count).min(RECORDS);
        self.writes[first..end].fill(write);
        self.length = Some(self.length.unwrap_or(0).max(end));
        self
    }

    /// The same with so many records.
    pub fn cut(mut self, length: usize) -> Self {
        self.writes[length..].fill(0);
        self.length = Some(length);
        self
    }

    /// Whether it can be what is left of `old` when it was to become `new`, each record by itself.
    pub fn lies_between(&self, old: &Self, new: &Self) -> bool {
        let Some(length) = self.length else { return old.length.is_none() || new.length.is_none() };
        let lengths = [old, new].map(|content| content.length.unwrap_or(0));
        let within = lengths[0].min(lengths[1])..=lengths[0].max(lengths[1]);
        let known = |(place, write): (usize, &u32)| {
            old.records().get(place) == Some(write) || new.records().get(place) == Some(write)
        };
        within.contains(&length) && self.records().iter().enumerate().all(known)
    }
}

fn word(first: u64, index: usize) -> u64 {
    (first.rotate_left(index as u32) ^ index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn words(first: u64) -> impl Iterator<Item = u64> {
    core::iter::once(first).chain((1..RECORD / 8).map(move |index| word(first, index)))
}

/// Makes a record.
pub fn make(record: &mut [u8], worker: u8, place: usize, write: u32) {
    let first = u64::from(write) | (place as u64) << 32 | u64::from(worker) << 48;
    for (bytes, word) in record.as_chunks_mut::<8>().0.iter_mut().zip(words(first)) {
        *bytes = word.to_le_bytes();
    }
}

/// Which write a record is of, if it is one of this worker and place, and whole.
pub fn read(record: &[u8], worker: u8, place: usize) -> Option<u32> {
    let (all, _) = record.as_chunks::<8>();
    let first = u64::from_le_bytes(*all.first()?);
    let is_here = first >> 32 == place as u64 | u64::from(worker) << 16;
    let whole = all.iter().zip(words(first)).all(|(bytes, word)| *bytes == word.to_le_bytes());
    (is_here && whole).then_some(first as u32)
}
