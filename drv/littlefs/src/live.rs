//! Metadata logs read backwards, to find what was said last.

use crate::known::Said;
use crate::log::{Piece, Place};
use crate::note::{Data, Note};
use crate::tag::{Pair, Tag, class, kind};
use crate::{Littlefs, Result};
use drv_block::Block;
use drv_fs_core::Error;

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

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
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
