//! Metadata logs: reading what a directory's pair of blocks says, forwards to check it, backwards
//! to find what was said last.

use crate::checksum::Checksum;
use crate::known::Said;
use crate::note::{Data, Note};
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

/// A walk through a log from its end.
#[derive(Clone, Copy, Debug)]
struct Back {
    block: u32,
    at: u32,
    tag: Tag,
}

impl Back {
    fn new(piece: &Piece) -> Self {
        Self { block: piece.block(), at: piece.end, tag: piece.last }
    }
}

/// A walk through what is true of one id, latest first: in what is about to be said, then in the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live {
    back: Back,
    /// Notes not walked yet.
    notes: usize,
    id: u16,
    ended: bool,
    name: bool,
    body: bool,
    attributes: [u32; 8],
    /// What is left to be told of what is known, once the notes are walked.
    row: Option<[Said; 3]>,
    /// It was looked whether it is known.
    in_log: bool,
}

impl Live {
    pub fn new(piece: &Piece, notes: &[Note<'_>], id: u16) -> Self {
        let (back, notes) = (Back::new(piece), notes.len());
        let (ended, name, body, attributes) = (false, false, false, [0; 8]);
        Self { back, notes, id, ended, name, body, attributes, row: None, in_log: false }
    }

    /// Whether nothing later was said of this.
    fn is_first(&mut self, tag: Tag) -> bool {
        let seen = match tag.class() {
            class::NAME => core::mem::replace(&mut self.name, true),
            class::STRUCT => core::mem::replace(&mut self.body, true),
            _ => {
                let (word, bit) = (usize::from(tag.kind() & 0xff) / 32, tag.kind() % 32);
                let before = self.attributes[word];
                self.attributes[word] |= 1 << bit;
                before >> bit & 1 == 1
            }
        };
        !seen
    }
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

    /// The tag before in a log, and where it is.
    fn back(&mut self, walk: &mut Back) -> Result<Option<(Tag, u32)>> {
        let tag = walk.tag;
        let Some(at) = walk.at.checked_sub(tag.span()).filter(|&at| at >= 4) else {
            return Ok(None);
        };
        let word = u32::from_be_bytes(self.device.word(walk.block, at)?);
        (walk.at, walk.tag) = (at, Tag((word ^ tag.0) & (u32::MAX >> 1)));
        Ok(Some((tag, at)))
    }

    /// The next thing that is known of an id, where the walk goes into a log of which that is.
    fn next_known(&mut self, live: &mut Live) -> Result<Option<Said>> {
        if !core::mem::replace(&mut live.in_log, true) {
            let row = self.row(live.back.block, live.back.at, live.id)?;
            live.row = row.filter(|row| !row.more).map(|row| row.all());
        }
        let Some(row) = &mut live.row else { return Ok(None) };
        let next = row.iter_mut().find(|said| said.at > 0);
        Ok(next.map(|said| core::mem::replace(said, Said::NOTHING)))
    }

    /// The next thing that is true of an id.
    pub(crate) fn next_live<'a>(
        &mut self,
        live: &mut Live,
        notes: &[Note<'a>],
    ) -> Result<Option<(Tag, Place<'a>)>> {
        while !live.ended {
            let (tag, place) = if let Some(at) = live.notes.checked_sub(1) {
                live.notes = at;
                let Some(note) = notes.get(at) else { continue };
                match note.data {
                    Data::Bytes(bytes) => (note.tag, Place::Memory(bytes)),
                    Data::Pair(bytes) => (note.tag, Place::Pair(bytes)),
                    Data::Moved(piece, id) => {
                        if note.tag.id() == live.id {
                            // From here on, as it was said there.
                            live.name = true;
                            (live.back, live.notes, live.id) = (Back::new(&piece), 0, id);
                        }
                        continue;
                    }
                }
            } else if let Some(said) = self.next_known(live)? {
                match said.on(live.back.block) {
                    Some((tag, place)) if live.is_first(tag) => return Ok(Some((tag, place))),
                    _ => continue,
                }
            } else {
                if live.row.is_some() {
                    break;
                }
                let Some((tag, at)) = self.back(&mut live.back)? else { break };
                (tag, Place::Disk(live.back.block, at + 4))
            };
            match tag.class() {
                class::SPLICE if tag.id() <= live.id => {
                    if tag.kind() != kind::CREATE {
                        live.id += 1;
                    } else if tag.id() == live.id {
                        live.ended = true;
                    } else {
                        live.id -= 1;
                    }
                }
                class::NAME | class::STRUCT | class::ATTRIBUTE
                    if tag.id() == live.id && live.is_first(tag) && !tag.is_gone() =>
                {
                    return Ok(Some((tag, place)));
                }
                _ => {}
            }
        }
        live.ended = true;
        Ok(None)
    }

    /// What was last said of an id in this class.
    pub(crate) fn last<'a>(
        &mut self,
        piece: &Piece,
        notes: &[Note<'a>],
        id: u16,
        class: u16,
    ) -> Result<Option<(Tag, Place<'a>)>> {
        let mut live = Live::new(piece, notes, id);
        while let Some((tag, place)) = self.next_live(&mut live, notes)? {
            if tag.class() == class {
                return Ok(Some((tag, place)));
            }
        }
        Ok(None)
    }

    /// What an id is in a directory: its name's tag and where that is.
    pub(crate) fn name(&mut self, piece: &Piece, id: u16) -> Result<(Tag, Place<'static>)> {
        let said = match self.row(piece.block(), piece.end, id)? {
            Some(row) => row.name.on(piece.block()),
            None => self.last(piece, &[], id, class::NAME)?,
        };
        said.ok_or(Error::Corrupt)
    }

    /// What is said of an id's contents.
    pub(crate) fn body(&mut self, piece: &Piece, id: u16) -> Result<(Tag, Place<'static>)> {
        let said = match self.row(piece.block(), piece.end, id)? {
            Some(row) => row.body.on(piece.block()),
            None => self.last(piece, &[], id, class::STRUCT)?,
        };
        said.ok_or(Error::Corrupt)
    }

    /// The pair that a directory begins with.
    pub(crate) fn child(&mut self, piece: &Piece, id: u16) -> Result<Option<Pair>> {
        match self.body(piece, id)? {
            (tag, place) if tag.kind() == kind::PAIR => {
                let mut bytes = [0; 8];
                let found = self.copy(tag, place, &mut bytes)?;
                if found != 8 { Err(Error::Corrupt) } else { Ok(Some(Pair::from_bytes(bytes))) }
            }
            _ => Ok(None),
        }
    }

    /// What a piece says of the state of the whole file system, as bytes.
    pub(crate) fn global_of(&mut self, piece: &Piece) -> Result<[u8; 12]> {
        let mut walk = Back::new(piece);
        let mut bytes = [0; 12];
        while let Some((tag, at)) = self.back(&mut walk)? {
            if tag.kind() == kind::GLOBAL {
                let length = (tag.length() as usize).min(12);
                self.device.read(piece.block(), at + 4, &mut bytes[..length])?;
                break;
            }
        }
        Ok(bytes)
    }

    /// Copies what is behind a tag, as much as there is room for; says how much.
    pub(crate) fn copy(&mut self, tag: Tag, place: Place<'_>, into: &mut [u8]) -> Result<usize> {
        let length = (tag.length() as usize).min(into.len());
        let into = &mut into[..length];
        match place {
            Place::Disk(block, at) => self.device.read(block, at, into)?,
            Place::Memory(bytes) => {
                into.copy_from_slice(bytes.get(..length).ok_or(Error::Corrupt)?)
            }
            Place::Pair(bytes) => into.copy_from_slice(bytes.get(..length).ok_or(Error::Corrupt)?),
        }
        Ok(length)
    }
}
