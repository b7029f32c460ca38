//! Attributes: the format has 256 for each file and directory, known by numbers, of up to 1022 bytes.
//!
//! Here they are the extended attributes `user.lfs.00` to `user.lfs.ff`. Number 0x74, `t`, holds the
//! time of the last write, as others have it, too.

use crate::live::Live;
use crate::log::{Piece, Place};
use crate::note::Note;
use crate::tag::{Tag, class, kind};
use crate::tree::Lookup;
use crate::{Littlefs, Result};
use core::ops::ControlFlow;
use drv_block::Block;
use drv_fs_core::{Change, Error, Path, Replace};

/// What all names begin with.
const PREFIX: &str = "user.lfs.";
/// Bytes of the time of the last write, with its tag.
const TIME_SPAN: u32 = 12;

/// The kind of tag that a name stands for.
fn kind_of(name: &str) -> Option<u16> {
    let digits = name.strip_prefix(PREFIX)?.as_bytes();
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    match *digits {
        [high, low] => Some(kind::ATTRIBUTE + u16::from(digit(high)? << 4 | digit(low)?)),
        _ => None,
    }
}

/// The name of a kind of tag.
fn name_of(kind: u16, room: &mut [u8; PREFIX.len() + 2]) -> &str {
    let digit = |value: u16| b"0123456789abcdef"[usize::from(value & 15)];
    room[..PREFIX.len()].copy_from_slice(PREFIX.as_bytes());
    room[PREFIX.len()..].copy_from_slice(&[digit(kind >> 4), digit(kind)]);
    core::str::from_utf8(room).unwrap_or(PREFIX)
}

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// Where it is said what is known of a file or directory. Of the root, beside the superblock.
    fn entry(&mut self, path: Path<'_>) -> Result<(Piece, u16)> {
        match self.lookup(path)? {
            Lookup::Root => Ok((self.fetch(self.root)?, 0)),
            Lookup::Found(found) => Ok((found.piece, found.id)),
            Lookup::Missing(..) => Err(Error::NotFound),
        }
    }

    fn find_attribute(
        &mut self,
        piece: &Piece,
        id: u16,
        kind: u16,
    ) -> Result<Option<(Tag, Place<'static>)>> {
        let mut live = Live::new(piece, &[], id);
        while let Some((tag, place)) = self.next_live(&mut live, &[])? {
            if tag.kind() == kind {
                return Ok(Some((tag, place)));
            }
        }
        Ok(None)
    }

    /// When it was last written; 0 if nobody said.
    pub(crate) fn modified(&mut self, piece: &Piece, id: u16) -> Result<u64> {
        let said = match self.row(piece.block(), piece.end, id)? {
            Some(row) => row.time.on(piece.block()),
            None => self.find_attribute(piece, id, kind::TIME)?,
        };
        let Some((tag, place)) = said else { return Ok(0) };
        let mut bytes = [0; 8];
        self.copy(tag, place, &mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn root_modified(&mut self) -> Result<u64> {
        let piece = self.fetch(self.root)?;
        self.modified(&piece, 0)
    }

    pub(crate) fn read_attribute(
        &mut self,
        path: Path<'_>,
        name: &str,
        into: &mut [u8],
    ) -> Result<usize> {
        let (piece, id) = self.entry(path)?;
        let kind = kind_of(name).ok_or(Error::NoAttribute)?;
        let (tag, place) = self.find_attribute(&piece, id, kind)?.ok_or(Error::NoAttribute)?;
        let into = into.get_mut(..tag.length() as usize).ok_or(Error::TooLarge)?;
        self.copy(tag, place, into)
    }

    pub(crate) fn write_attribute(
        &mut self,
        path: Path<'_>,
        name: &str,
        value: &[u8],
        replace: Replace,
    ) -> Result<()> {
        let kind = kind_of(name).ok_or(Error::Unsupported)?;
        if value.len() as u32 > self.max_attribute {
            return Err(Error::TooLarge);
        }
        self.begin_change()?;
        let (mut piece, id) = self.entry(path)?;
        match (replace, self.find_attribute(&piece, id, kind)?) {
            (Replace::Never, Some(_)) => return Err(Error::AlreadyExists),
            (Replace::Only, None) => return Err(Error::NoAttribute),
            _ => {}
        }
        let note = Note::new(kind, id, value);
        self.leave_room(&piece, note)?;
        self.say_attribute(&mut piece, note)
    }

    pub(crate) fn delete_attribute(&mut self, path: Path<'_>, name: &str) -> Result<()> {
        self.begin_change()?;
        let (mut piece, id) = self.entry(path)?;
        let kind = kind_of(name).ok_or(Error::NoAttribute)?;
        self.find_attribute(&piece, id, kind)?.ok_or(Error::NoAttribute)?;
        self.say_attribute(&mut piece, Note::gone(kind, id))
    }

    pub(crate) fn change_info(&mut self, path: Path<'_>, change: &Change) -> Result<()> {
        if change.attributes.is_some() || change.owner.is_some() {
            return Err(Error::Unsupported);
        }
        self.begin_change()?;
        let (mut piece, id) = self.entry(path)?;
        let Some(seconds) = change.modified else { return Ok(()) };
        let bytes = seconds.to_le_bytes();
        if seconds != 0 {
            let note = Note::new(kind::TIME, id, &bytes);
            self.leave_room(&piece, note)?;
            return self.say_attribute(&mut piece, note);
        }
        match self.find_attribute(&piece, id, kind::TIME)? {
            Some(_) => self.say_attribute(&mut piece, Note::gone(kind::TIME, id)),
            None => Ok(()),
        }
    }

    /// Commits what is said of an attribute. If it is the time of a file that is open, it is that of
    /// the open file, too: nothing that was written before tells another.
    fn say_attribute(&mut self, piece: &mut Piece, note: Note<'_>) -> Result<()> {
        let (pair, id) = (piece.pair, note.tag.id());
        let open = self.open.find(|file| file.spot.pair.meets(pair) && file.spot.id == id);
        self.commit(piece, &[note])?;
        if let Some(file) = open.filter(|_| note.tag.kind() == kind::TIME)
            && let Some(file) = self.open.get_mut(file)
        {
            file.modified = note.number();
        }
        Ok(())
    }

    /// Refuses an attribute if a file with it could later not be renamed, stamped, or lie in its
    /// directory: all that is known of it must fit one log.
    fn leave_room(&mut self, piece: &Piece, note: Note<'_>) -> Result<()> {
        let mut size = 4 + self.max_name + 4 + self.inline + TIME_SPAN;
        let notes = [note];
        let mut live = Live::new(piece, &notes, note.tag.id());
        while let Some((tag, _)) = self.next_live(&mut live, &notes)? {
            if tag.class() == class::ATTRIBUTE {
                let counted = if tag.kind() == kind::TIME { TIME_SPAN } else { 0 };
                size += tag.span().saturating_sub(counted);
            }
        }
        if size > self.room - crate::compact::BESIDES { Err(Error::NoSpace) } else { Ok(()) }
    }

    pub(crate) fn list_attributes(
        &mut self,
        path: Path<'_>,
        mut each: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<()> {
        let (piece, id) = self.entry(path)?;
        let mut there = [false; 256];
        let mut live = Live::new(&piece, &[], id);
        while let Some((tag, _)) = self.next_live(&mut live, &[])? {
            if tag.class() == class::ATTRIBUTE {
                there[usize::from(tag.kind() & 0xff)] = true;
            }
        }
        for number in (0..256).filter(|&number| there[usize::from(number)]) {
            if each(name_of(number, &mut [0; PREFIX.len() + 2])).is_break() {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_one_name() {
        let mut room = [0; PREFIX.len() + 2];
        assert_eq!(name_of(0xe9, &mut room), "user.lfs.e9");
        for number in 0..256 {
            assert_eq!(kind_of(name_of(number, &mut room)), Some(kind::ATTRIBUTE + number));
        }
        for name in ["user.lfs.", "user.lfs.1", "user.lfs.111", "user.lfs.0A", "user.x", "", "74"] {
            assert_eq!(kind_of(name), None, "{name}");
        }
    }
}
