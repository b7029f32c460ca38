//! Metadata logs: what a directory's pair of blocks says, read forwards to check it.

use crate::checksum::Checksum;
use crate::tag::{NO_ID, Pair, Tag, class, kind};
use crate::{Littlefs, Result};
use drv_block::Block;
use drv_fs_core::Error;

/// A piece of a directory: the state of one metadata pair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// The block with the log, and the other.
    pub pair: Pair,
    pub revision: u32,
    /// Where the log ends.
    pub end: u32,
    /// Its last tag.
    pub last: Tag,
    /// Ids in use.
    pub count: u16,
    /// The log can be continued where it ends.
    pub open_end: bool,
    /// The directory goes on in the next piece.
    pub more: bool,
    /// The next piece of all.
    pub tail: Pair,
}

impl Piece {
    pub const fn new(pair: Pair, revision: u32) -> Self {
        let (end, last, count) = (0, Tag::FIRST, 0);
        let (open_end, more, tail) = (false, false, Pair::NONE);
        Self { pair, revision, end, last, count, open_end, more, tail }
    }

    pub fn block(&self) -> u32 {
        self.pair.0[0]
    }
}

/// Where the bytes behind a tag are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    Disk(u32, u32),
    Memory(&'a [u8]),
    Pair([u8; 8]),
}

/// A walk through a log from its beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Forth {
    at: u32,
    previous: Tag,
}

impl Forth {
    pub const START: Self = Self { at: 0, previous: Tag::FIRST };

    /// Whether all was walked of a log that ends here.
    pub const fn is_at(&self, end: u32) -> bool {
        self.at + self.previous.span() >= end
    }
}

/// What a log said up to its last good commit, and since.
struct Reading {
    piece: Piece,
    sum: Checksum,
    at: u32,
    previous: Tag,
    /// What was said of the memory behind the commit: its size and checksum.
    forward: Option<(u32, u32)>,
    sound: bool,
}

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// A pair: the newer of its logs that is whole.
    pub(crate) fn fetch(&mut self, pair: Pair) -> Result<Piece> {
        if let Some(piece) = self.known(pair) {
            return Ok(piece);
        }
        let piece = self.read_pair(pair)?;
        self.know(&piece);
        Ok(piece)
    }

    fn read_pair(&mut self, pair: Pair) -> Result<Piece> {
        let [a, b] = pair.0;
        let first = u32::from_le_bytes(self.device.word(a, 0)?);
        let second = u32::from_le_bytes(self.device.word(b, 0)?);
        if a == b {
            return Err(Error::Corrupt);
        }
        // Revisions wrap.
        let newer_is_second = (second.wrapping_sub(first) as i32) > 0;
        let mut order = [(Pair([a, b]), first), (Pair([b, a]), second)];
        if newer_is_second {
            order.reverse();
        }
        for (pair, revision) in order {
            if let Some(piece) = self.read_log(pair, revision)? {
                return Ok(piece);
            }
        }
        Err(Error::Corrupt)
    }

    fn read_log(&mut self, pair: Pair, revision: u32) -> Result<Option<Piece>> {
        let mut sum = Checksum::new();
        sum.add(&revision.to_le_bytes());
        let piece = Piece::new(pair, revision);
        let (at, previous, forward) = (4, Tag::FIRST, None);
        let mut now = Reading { piece, sum, at, previous, forward, sound: true };
        let (mut good, mut forward) = (None, None);
        let mut ended = false;
        while self.device.block_size.saturating_sub(now.at) >= 4 {
            let word = self.device.word(pair.0[0], now.at)?;
            let tag = Tag(u32::from_be_bytes(word) ^ now.previous.0);
            ended = !tag.is_valid() && now.previous.is_commit();
            if !tag.is_valid() || tag.span() > self.device.block_size - now.at {
                break;
            }
            now.sum.add(&word);
            if !tag.is_commit() {
                self.read_tag(&mut now, tag)?;
                continue;
            }
            if !self.read_commit(&mut now, tag)? {
                break;
            }
            (good, forward) = (Some(now.piece), now.forward.take());
        }
        let Some(mut piece) = good else { return Ok(None) };
        piece.open_end = ended && self.is_untouched(&piece, forward)?;
        Ok(Some(piece))
    }

    fn read_tag(&mut self, now: &mut Reading, tag: Tag) -> Result<()> {
        let (block, at) = (now.piece.block(), now.at + 4);
        self.device.sum(block, at, tag.length(), &mut now.sum)?;
        (now.previous, now.at) = (tag, at + tag.length());
        let piece = &mut now.piece;
        let mut sound = true;
        match tag.class() {
            class::NAME => {
                sound = tag.id() != NO_ID && !tag.is_gone();
                piece.count = piece.count.max(tag.id() + 1);
            }
            class::SPLICE if tag.kind() == kind::CREATE => {
                sound = tag.id() <= piece.count && piece.count < NO_ID;
                piece.count += 1;
            }
            class::SPLICE => {
                sound = tag.kind() == kind::DELETE && tag.id() < piece.count;
                piece.count = piece.count.saturating_sub(1);
            }
            class::TAIL if tag.length() == 8 => {
                let mut bytes = [0; 8];
                self.device.read(block, at, &mut bytes)?;
                (piece.more, piece.tail) = (tag.flag(), Pair::from_bytes(bytes));
                // A directory that goes on goes on somewhere.
                sound = !(piece.more && piece.tail.is_none());
            }
            class::TAIL | class::MOVED => sound = false,
            _ if tag.kind() == kind::FORWARD && tag.length() == 8 => {
                let (size, sum) = (self.device.word(block, at)?, self.device.word(block, at + 4)?);
                now.forward = Some((u32::from_le_bytes(size), u32::from_le_bytes(sum)));
            }
            _ => {}
        }
        now.sound &= sound;
        Ok(())
    }

    /// The end of a commit: whether its checksum is right.
    fn read_commit(&mut self, now: &mut Reading, tag: Tag) -> Result<bool> {
        let block = now.piece.block();
        if tag.length() < 4 {
            return Ok(false);
        }
        let sum = u32::from_le_bytes(self.device.word(block, now.at + 4)?);
        if sum != now.sum.value() {
            return Ok(false);
        }
        if !now.sound {
            return Err(Error::Corrupt);
        }
        self.stir(sum);
        now.at += tag.span();
        now.previous = Tag(tag.0 ^ u32::from(tag.flag()) << 31);
        (now.piece.end, now.piece.last) = (now.at, now.previous);
        now.sum = Checksum::new();
        Ok(true)
    }

    /// Whether nothing was written behind a log, not even by a write that was cut off.
    fn is_untouched(&mut self, piece: &Piece, forward: Option<(u32, u32)>) -> Result<bool> {
        let Some((size, sum)) = forward else { return Ok(false) };
        let fits = size <= self.device.block_size - piece.end;
        if !fits || !piece.end.is_multiple_of(self.device.sector) {
            return Ok(false);
        }
        let mut found = Checksum::new();
        self.device.sum(piece.block(), piece.end, size, &mut found)?;
        Ok(found.value() == sum)
    }

    /// The next tag of a log from the beginning, and where it is.
    pub(crate) fn forth(&mut self, piece: &Piece, walk: &mut Forth) -> Result<Option<(Tag, u32)>> {
        let at = walk.at + walk.previous.span();
        if at + 4 > piece.end {
            return Ok(None);
        }
        let word = u32::from_be_bytes(self.device.word(piece.block(), at)?);
        let tag = Tag(word ^ walk.previous.0);
        let flips = tag.is_commit() && tag.flag();
        *walk = Forth { at, previous: Tag(tag.0 ^ u32::from(flips) << 31) };
        Ok(Some((tag, at)))
    }
}
