//! What is known of the pairs used last: their logs are not read again while nobody writes them.
//!
//! Of each, where what was last said of every id is. The device notices writes.

use crate::log::{Forth, Piece, Place};
use crate::tag::{Pair, Tag, class, kind};
use crate::tree::is_name;
use crate::{Littlefs, Result};
use core::cmp::Ordering;
use drv_block::Block;

/// Pairs of which something is known.
pub(crate) const PAIRS: usize = 8;
/// Ids in one of them. Nobody puts more into a pair; of one with more, only the log is used.
const IDS: usize = 256;

/// A tag that is true, and where its data is in the log; 0 if there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub tag: Tag,
    pub at: u32,
}

impl Said {
    pub const NOTHING: Self = Self { tag: Tag(0), at: 0 };

    /// A later tag takes its place.
    fn new(tag: Tag, at: u32) -> Self {
        if tag.is_gone() { Self::NOTHING } else { Self { tag, at: at + 4 } }
    }

    /// What it says, in this block.
    pub fn on(self, block: u32) -> Option<(Tag, Place<'static>)> {
        (self.at > 0).then_some((self.tag, Place::Disk(block, self.at)))
    }
}

/// What is true of an id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub name: Said,
    pub body: Said,
    pub time: Said,
    /// Of the name.
    hash: u32,
    /// There are other attributes, or were.
    pub more: bool,
}

impl Row {
    const NOTHING: Self = Self {
        name: Said::NOTHING,
        body: Said::NOTHING,
        time: Said::NOTHING,
        hash: 0,
        more: false,
    };

    /// All of it.
    pub const fn all(&self) -> [Said; 3] {
        [self.name, self.body, self.time]
    }
}

/// What is known of a pair.
#[derive(Debug)]
pub(crate) struct Known {
    piece: Piece,
    /// How far the log was read for the rows.
    walk: Forth,
    /// Behind the last row that says anything.
    rows: usize,
    /// There are more ids than rows.
    too_many: bool,
    /// When it was last used.
    used: u32,
    row: [Row; IDS],
}

impl Known {
    pub const NOTHING: Self = Self {
        piece: Piece::new(Pair::NONE, 0),
        walk: Forth::START,
        rows: 0,
        too_many: false,
        used: 0,
        row: [Row::NOTHING; IDS],
    };

    fn begin(&mut self, piece: &Piece) {
        (self.piece, self.walk, self.too_many) = (*piece, Forth::START, false);
        self.row[..self.rows].fill(Row::NOTHING);
        self.rows = 0;
    }

    /// Takes in the next tag of the log.
    fn hear(&mut self, tag: Tag, at: u32, hash: u32) {
        let id = usize::from(tag.id());
        match tag.class() {
            class::SPLICE if tag.kind() == kind::CREATE => self.insert(id),
            class::SPLICE => self.remove(id),
            class::NAME | class::STRUCT | class::ATTRIBUTE => {
                let Some(row) = self.row.get_mut(id) else {
                    self.too_many = true;
                    return;
                };
                self.rows = self.rows.max(id + 1);
                let said = Said::new(tag, at);
                match tag.class() {
                    class::NAME => (row.name, row.hash) = (said, hash),
                    class::STRUCT => row.body = said,
                    _ if tag.kind() == kind::TIME => row.time = said,
                    _ => row.more = true,
                }
            }
            _ => {}
        }
    }

    fn insert(&mut self, id: usize) {
        if self.rows == IDS || id >= IDS {
            self.too_many = true;
            return;
        }
        if id < self.rows {
            self.row.copy_within(id..self.rows, id + 1);
            self.rows += 1;
        }
        self.row[id] = Row::NOTHING;
    }

    fn remove(&mut self, id: usize) {
        if id < self.rows {
            self.row.copy_within(id + 1..self.rows, id);
            self.rows -= 1;
            self.row[self.rows] = Row::NOTHING;
        }
    }
}

/// FNV-1a.
fn hash(begin: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(begin, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

const EMPTY: u32 = 0x811c_9dc5;

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// A pair as it was read before, if nobody wrote it since.
    pub(crate) fn known(&mut self, pair: Pair) -> Option<Piece> {
        let slot = self.device.watched.iter().position(|one| one.whole && one.pair.is(pair))?;
        self.touch(slot);
        Some(self.memory.known[slot].piece)
    }

    fn touch(&mut self, slot: usize) {
        self.uses = self.uses.wrapping_add(1);
        self.recent = slot;
        self.memory.known[slot].used = self.uses;
    }

    /// Keeps what was read.
    pub(crate) fn know(&mut self, piece: &Piece) {
        let unused = self.device.watched.iter().position(|one| !one.log);
        let longest_ago = || {
            let ages = self.memory.known.iter().map(|one| self.uses.wrapping_sub(one.used));
            (0..).zip(ages).max_by_key(|&(_, age)| age).map_or(0, |(slot, _)| slot)
        };
        let slot = unused.unwrap_or_else(longest_ago);
        self.memory.known[slot].begin(piece);
        self.device.watch(slot, piece.pair, true);
        self.touch(slot);
    }

    /// Where it is kept how this log is said up to its end.
    pub(crate) fn known_log(&self, block: u32, end: u32) -> Option<usize> {
        let is = |slot: &usize| {
            let (one, known) = (&self.device.watched[*slot], &self.memory.known[*slot]);
            one.log && one.pair.0[0] == block && known.piece.end == end
        };
        Some(self.recent).filter(is).or_else(|| (0..PAIRS).find(is))
    }

    /// Says that a log which was known up to its end is longer now.
    pub(crate) fn know_more(&mut self, slot: usize, piece: &Piece, whole: bool) {
        self.memory.known[slot].piece = *piece;
        self.device.watch(slot, piece.pair, whole);
    }

    /// Where the rows of a log are, if there are any.
    fn rows(&mut self, block: u32, end: u32) -> Result<Option<usize>> {
        let Some(slot) = self.known_log(block, end) else { return Ok(None) };
        let known = &self.memory.known[slot];
        if known.walk.is_at(end) {
            return Ok((!known.too_many).then_some(slot));
        }
        let (piece, mut walk) = (known.piece, known.walk);
        while let Some((tag, at)) = self.forth(&piece, &mut walk)? {
            let hash = if is_name(tag) { self.hash_of(block, at + 4, tag)? } else { 0 };
            let known = &mut self.memory.known[slot];
            known.hear(tag, at, hash);
            known.walk = walk;
        }
        Ok((!self.memory.known[slot].too_many).then_some(slot))
    }

    fn hash_of(&mut self, block: u32, mut at: u32, tag: Tag) -> Result<u32> {
        let (mut sum, mut some) = (EMPTY, [0; 32]);
        let end = at + tag.length();
        while at < end {
            let some = &mut some[..((end - at) as usize).min(32)];
            self.device.read(block, at, some)?;
            sum = hash(sum, some);
            at += some.len() as u32;
        }
        Ok(sum)
    }

    /// What is true of an id, if that is known of the log up to this end.
    pub(crate) fn row(&mut self, block: u32, end: u32, id: u16) -> Result<Option<Row>> {
        let Some(slot) = self.rows(block, end)? else { return Ok(None) };
        Ok(Some(self.memory.known[slot].row.get(usize::from(id)).copied().unwrap_or(Row::NOTHING)))
    }

    /// A name among those of a piece, if they are known: its id, and whether it is there. Names
    /// are sorted; else it would be the id of the first greater one.
    pub(crate) fn find_row(&mut self, piece: &Piece, name: &[u8]) -> Result<Option<(u16, bool)>> {
        let Some(slot) = self.rows(piece.block(), piece.end)? else { return Ok(None) };
        let (wanted, count) = (hash(EMPTY, name), piece.count.min(IDS as u16));
        for id in 0..count {
            let row = &self.memory.known[slot].row[usize::from(id)];
            if row.hash == wanted && self.compare_row(slot, id, name)? == Ordering::Equal {
                return Ok(Some((id, true)));
            }
        }
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.compare_row(slot, middle, name)? == Ordering::Greater {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(Some((low, false)))
    }

    /// How a row's name is ordered against this one; a superblock comes before all.
    fn compare_row(&mut self, slot: usize, id: u16, name: &[u8]) -> Result<Ordering> {
        let known = &self.memory.known[slot];
        match known.row[usize::from(id)].name.on(known.piece.block()) {
            Some((tag, place)) if is_name(tag) => self.compare(tag, place, name),
            _ => Ok(Ordering::Less),
        }
    }
}
