//! A file that somebody reads from one end to the other: more of it is read than was asked for.

use drv_fs_core::FileSystem;

/// Files' bytes are read ahead up to a multiple of this.
const UNIT: u64 = 4096;

/// What was read of a file.
#[derive(Clone, Copy, Debug)]
struct Held<F> {
    file: F,
    from: u64,
    length: usize,
    /// The file ends there.
    ends: bool,
}

/// Memory for what is read ahead, of one file at a time.
#[derive(Debug)]
pub struct Ahead<'m, F> {
    bytes: &'m mut [u8],
    held: Option<Held<F>>,
    /// What was read last, and where that ended.
    last: Option<(F, u64)>,
}

impl<'m, F: Copy + Eq> Ahead<'m, F> {
    /// In this memory, which may be none.
    pub const fn new(bytes: &'m mut [u8]) -> Self {
        Self { bytes, held: None, last: None }
    }

    /// What is there of a file from a byte on, at most so much, and whether the file ends behind it.
    pub fn get(&self, file: F, from: u64, wanted: usize) -> Option<(&[u8], bool)> {
        let held = self.held.filter(|held| held.file == file)?;
        let begin = usize::try_from(from.checked_sub(held.from)?).ok()?;
        let there = self.bytes.get(begin..held.length).filter(|there| !there.is_empty())?;
        let bytes = &there[..wanted.min(there.len())];
        Some((bytes, held.ends && bytes.len() == there.len()))
    }

    /// Reads ahead if that goes on where the last read ended: each time twice as much. If it cannot
    /// be read, whoever asks for it will hear of that.
    pub fn fill<S: FileSystem<File = F>>(&mut self, fs: &mut S, file: F, from: u64, wanted: usize) {
        let goes_on = self.last == Some((file, from));
        let length = if goes_on { self.length(file, from, wanted) } else { 0 };
        if length < 2 * wanted {
            return;
        }
        self.held = None;
        if let Ok(count @ 1..) = fs.read(file, from, &mut self.bytes[..length]) {
            let (length, ends) = (count.min(length), count < length);
            self.held = Some(Held { file, from, length, ends });
        }
    }

    /// How much is read from here on.
    fn length(&self, file: F, from: u64, wanted: usize) -> usize {
        let used_up = |held: &Held<F>| held.file == file && held.from + held.length as u64 == from;
        let before = self.held.as_ref().filter(|held| used_up(held)).map_or(0, |held| held.length);
        let window = before.max(wanted).saturating_mul(2).min(self.bytes.len());
        let whole = |end: u64| usize::try_from(end.saturating_sub(from)).unwrap_or(0);
        let end = from.saturating_add(window as u64);
        let length = whole(end.next_multiple_of(UNIT));
        if length <= self.bytes.len() { length } else { whole(end / UNIT * UNIT) }
    }

    /// Notes where a read ended.
    pub fn ended(&mut self, file: F, end: u64) {
        self.last = Some((file, end));
    }

    /// Forgets what there is of a file: it is changed, or closed.
    pub fn forget(&mut self, file: F) {
        if self.held.is_some_and(|held| held.file == file) {
            self.held = None;
        }
    }
}
