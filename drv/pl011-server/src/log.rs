//! What was printed last, in memory that outlives the server and a reset without loss of power.
//!
//! The memory begins with two headers, of which every change writes the other one: which log this is,
//! how much was printed, and a sum of both. So at every instant one of them is whole, and the one
//! with more printed is the newer. Behind them is a ring of bytes.

use userlib::Bytes;

/// Bytes of a header: three numbers and room.
const HEADER: usize = 32;
const DATA: usize = 2 * HEADER;
const SALT: u64 = 0x6c6f_675f_6f66_5f31;
/// Bytes copied at a time.
const PIECE: usize = 128;

/// A log in memory.
#[derive(Debug)]
pub struct Log<M> {
    memory: M,
    number: u64,
    end: u64,
    /// Which header the next change writes.
    next: usize,
    /// Up to where somebody has read.
    read: u64,
    lost: u64,
}

/// Where bytes were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Place of the first.
    pub from: u64,
    /// How many there are.
    pub count: usize,
}

fn sum(number: u64, end: u64) -> u64 {
    (number.rotate_left(17) ^ end).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ SALT
}

fn word(bytes: &[u8; HEADER], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

impl<M: Bytes> Log<M> {
    /// The log in this memory; if there is none, one with this number. `None` if there is no room for
    /// anything.
    pub fn new(memory: M, fresh: u64) -> Option<Self> {
        if memory.size() < DATA + PIECE {
            return None;
        }
        let header = |which: usize| {
            let mut bytes = [0; HEADER];
            memory.read(which * HEADER, &mut bytes);
            let (number, end) = (word(&bytes, 0), word(&bytes, 8));
            (word(&bytes, 16) == sum(number, end)).then_some((end, number, which))
        };
        let found = header(0).max(header(1));
        let (end, number, which) = found.unwrap_or((0, fresh, 0));
        let mut log = Self { memory, number, end, next: 1 - which, read: 0, lost: 0 };
        log.read = log.begin();
        if found.is_none() {
            // Neither header may be of a log from before.
            log.note();
            log.note();
        }
        Some(log)
    }

    /// Which log it is.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Place behind the last byte.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Bytes that nobody had read when their room was needed.
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Bytes that nobody has read yet.
    pub const fn unread(&self) -> u64 {
        self.end - self.read
    }

    /// How many bytes are kept.
    pub fn room(&self) -> usize {
        self.memory.size() - DATA
    }

    /// Place of the first byte that is kept.
    fn begin(&self) -> u64 {
        self.end.saturating_sub(self.room() as u64)
    }

    fn note(&mut self) {
        let words = [self.number, self.end, sum(self.number, self.end), 0];
        let mut bytes = [0; HEADER];
        for (place, word) in bytes.chunks_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.memory.write(self.next * HEADER, &bytes);
        self.next = 1 - self.next;
    }

    /// Adds what was printed, without carriage returns.
    pub fn add(&mut self, printed: &[u8]) {
        for piece in printed.split(|&byte| byte == b'\r') {
            for piece in piece.chunks(PIECE) {
                self.put(piece);
            }
        }
    }

    fn put(&mut self, piece: &[u8]) {
        if piece.is_empty() {
            return;
        }
        let at = (self.end % self.room() as u64) as usize;
        let (first, rest) = piece.split_at(piece.len().min(self.room() - at));
        self.memory.write(DATA + at, first);
        self.memory.write(DATA, rest);
        self.end += piece.len() as u64;
        self.note();
        let begin = self.begin();
        self.lost += begin.saturating_sub(self.read);
        self.read = self.read.max(begin);
    }

    /// Copies out what was printed from a place on, as much as is kept and fits.
    pub fn read(&mut self, from: u64, into: &mut [u8]) -> Found {
        let from = if from > self.end { self.begin() } else { from.max(self.begin()) };
        let count = into.len().min((self.end - from) as usize);
        let at = (from % self.room() as u64) as usize;
        let (first, rest) = into[..count].split_at_mut(count.min(self.room() - at));
        self.memory.read(DATA + at, first);
        self.memory.read(DATA, rest);
        if !into.is_empty() {
            self.read = self.read.max(from + count as u64);
        }
        Found { from, count }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::string::String;
    use std::vec;
    use std::vec::Vec;

    /// Memory that is cut off after so many writes.
    #[derive(Clone, Debug)]
    struct Kept(Rc<RefCell<(Vec<u8>, usize)>>);

    impl Kept {
        fn new(size: usize) -> Self {
            Self(Rc::new(RefCell::new((vec![0xa5; size], usize::MAX))))
        }
    }

    impl Bytes for Kept {
        fn size(&self) -> usize {
            self.0.borrow().0.len()
        }
        fn read(&self, offset: usize, into: &mut [u8]) {
            into.copy_from_slice(&self.0.borrow().0[offset..offset + into.len()]);
        }
        fn write(&mut self, offset: usize, from: &[u8]) {
            let (bytes, left) = &mut *self.0.borrow_mut();
            let count = from.len().min(*left);
            *left -= count;
            bytes[offset..offset + count].copy_from_slice(&from[..count]);
        }
    }

    fn text<M: Bytes>(log: &mut Log<M>, from: u64) -> (u64, String) {
        let mut room = [0; 1000];
        let Found { from, count } = log.read(from, &mut room);
        (from, String::from_utf8_lossy(&room[..count]).into())
    }

    #[test]
    fn what_is_printed_is_read_without_carriage_returns() {
        let mut log = Log::new(Kept::new(400), 7).unwrap();
        assert_eq!(log.read(5, &mut []), Found { from: 0, count: 0 });
        log.add(b"one\r\ntwo\r");
        assert_eq!((log.number(), log.end(), log.unread()), (7, 7, 7));
        assert_eq!(text(&mut log, 0), (0, "one\ntwo".into()));
        assert_eq!(text(&mut log, 4), (4, "two".into()));
        assert_eq!(text(&mut log, 7), (7, String::new()));
        assert_eq!((log.unread(), log.lost()), (0, 0));
        assert_eq!(text(&mut log, 99), (0, "one\ntwo".into()), "a place of another log");
    }

    #[test]
    fn the_oldest_goes_first_and_what_nobody_read_counts_as_lost() {
        let mut log = Log::new(Kept::new(DATA + 200), 7).unwrap();
        log.add(&[b'a'; 150]);
        assert_eq!(text(&mut log, 0).1.len(), 150);
        log.add(&[b'b'; 150]);
        assert_eq!(log.lost(), 0);
        let (from, kept) = text(&mut log, 0);
        assert_eq!((from, kept.len()), (100, 200));
        assert_eq!(kept, "a".repeat(50) + &"b".repeat(150));
        log.add(&[b'c'; 230]);
        assert_eq!(log.lost(), 30);
        assert_eq!(text(&mut log, 300), (330, "c".repeat(200)));
    }

    #[test]
    fn another_life_finds_it_and_other_bytes_are_no_log() {
        let kept = Kept::new(400);
        Log::new(kept.clone(), 7).unwrap().add(b"before");
        let mut log = Log::new(kept.clone(), 8).unwrap();
        assert_eq!((log.number(), text(&mut log, 0)), (7, (0, "before".into())));
        log.add(b" and after");
        assert_eq!(text(&mut Log::new(kept.clone(), 8).unwrap(), 0).1, "before and after");
        kept.0.borrow_mut().0[..DATA].fill(0x55);
        assert_eq!(Log::new(kept, 8).map(|log| (log.number(), log.end())), Some((8, 0)));
        assert!(Log::new(Kept::new(DATA), 7).is_none());
    }

    #[test]
    fn cut_off_at_any_byte_it_is_as_before_or_after() {
        for cut in 0..120 {
            let kept = Kept::new(DATA + 130);
            let mut log = Log::new(kept.clone(), 7).unwrap();
            log.add(&[b'x'; 120]);
            kept.0.borrow_mut().1 = cut;
            log.add(b"0123456789abcdef");
            kept.0.borrow_mut().1 = usize::MAX;
            let mut log = Log::new(kept, 8).unwrap();
            assert_eq!(log.number(), 7, "cut off after {cut} bytes");
            let (_, all) = text(&mut log, 0);
            match log.end() {
                120 => assert!(all[16..].bytes().all(|byte| byte == b'x'), "{cut}: {all}"),
                136 => assert!(all.ends_with("x0123456789abcdef"), "{cut}: {all}"),
                end => panic!("{cut}: {end}"),
            }
        }
    }
}
