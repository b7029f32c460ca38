//! Logs that are full are written anew, without what no longer holds; directories that are too
//! large for one pair are divided; pairs that were written often are moved.

use crate::commit::{Commit, Stop};
use crate::live::Live;
use crate::log::{Piece, Place};
use crate::note::Note;
use crate::tag::{NO_ID, Pair, Tag, class, kind};
use crate::{Littlefs, Result};
use core::ops::Range;
use drv_block::Block;
use drv_fs_core::Error;

/// What a log needs besides its files: a tail, the global state, a deletion, its end.
pub(crate) const BESIDES: u32 = 40;
/// Ids in one piece.
const MAX_IDS: u16 = 0xff;
/// Blocks that may turn out bad in a row. More are hardly bad: what is copied is.
pub(crate) const ATTEMPTS: u32 = 8;

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// Writes a piece anew, divided if it has to be. `source` is the piece before `notes` were
    /// counted. True if it moved.
    pub(crate) fn compact(
        &mut self,
        piece: &mut Piece,
        notes: &[Note<'_>],
        source: &Piece,
    ) -> Result<bool> {
        let mut end = piece.count;
        loop {
            let split = self.where_to_split(notes, source, end)?;
            if split == 0 {
                break;
            }
            match self.split(piece, notes, source, split..end) {
                Ok(()) => end = split,
                // Full and slow is better than full.
                Err(Error::NoSpace) => break,
                Err(error) => return Err(error),
            }
        }
        if self.is_tired(piece) && piece.pair.is(Pair::FIRST) && self.has_much_room()? {
            // The first pair cannot move. What changes often goes to one that can; only the
            // superblock stays, which is entry 0.
            match self.split(piece, notes, source, 0..end) {
                Ok(()) => end = end.min(1),
                Err(Error::NoSpace) => {}
                Err(error) => return Err(error),
            }
        }
        self.rewrite(piece, notes, source, 0..end)
    }

    fn has_much_room(&mut self) -> Result<bool> {
        let (blocks, used) = (self.device.blocks, self.used_blocks()?);
        Ok(u64::from(blocks).saturating_sub(used) > u64::from(blocks / 8))
    }

    /// The first id of what has to go elsewhere; 0 if nothing has to.
    fn where_to_split(&mut self, notes: &[Note<'_>], source: &Piece, end: u16) -> Result<u16> {
        let half = (self.room / 2).next_multiple_of(self.device.sector);
        let limit = half.min(self.room - BESIDES);
        let mut split = 0;
        while end - split > 1 {
            let fits = self.size_of(notes, source, split..end, limit)?;
            if end - split < MAX_IDS && fits {
                break;
            }
            split += (end - split) / 2;
        }
        Ok(split)
    }

    /// Whether these ids take at most so many bytes.
    fn size_of(
        &mut self,
        notes: &[Note<'_>],
        source: &Piece,
        ids: Range<u16>,
        limit: u32,
    ) -> Result<bool> {
        let mut size = 0;
        for id in ids {
            let mut live = Live::new(source, notes, id);
            while let Some((tag, _)) = self.next_live(&mut live, notes)? {
                size += tag.span();
            }
            // What was moved here from another piece brings no name, and the note did.
            if size > limit {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Puts ids into a new piece behind this one.
    fn split(
        &mut self,
        piece: &mut Piece,
        notes: &[Note<'_>],
        source: &Piece,
        ids: Range<u16>,
    ) -> Result<()> {
        let mut new = self.new_piece()?;
        (new.more, new.tail) = (piece.more, piece.tail);
        let all = ids.start == 0;
        self.rewrite(&mut new, notes, source, ids)?;
        (piece.more, piece.tail) = (true, new.pair);
        if all && piece.pair.meets(self.root) {
            self.root = new.pair;
        }
        Ok(())
    }

    /// A pair of blocks for a piece that is yet to be written.
    pub(crate) fn new_piece(&mut self) -> Result<Piece> {
        let other = self.allocate()?;
        let block = self.allocate()?;
        // The first log goes to the other block; it must be newer than what this one may hold.
        let mut revision = u32::from_le_bytes(self.device.word(block, 0)?);
        if let Some(cycles) = self.cycle() {
            revision = revision.checked_next_multiple_of(cycles).unwrap_or(0);
        }
        Ok(Piece::new(Pair([block, other]), revision))
    }

    /// After so many times of writing a pair is moved.
    fn cycle(&self) -> Option<u32> {
        self.settings.cycles.map(|cycles| cycles.saturating_add(1) | 1)
    }

    fn is_tired(&self, piece: &Piece) -> bool {
        self.may_move
            && self
                .cycle()
                .is_some_and(|cycle| piece.revision.wrapping_add(1).is_multiple_of(cycle))
    }

    /// Writes ids of a piece into its other block, which becomes the first.
    pub(crate) fn rewrite(
        &mut self,
        piece: &mut Piece,
        notes: &[Note<'_>],
        source: &Piece,
        ids: Range<u16>,
    ) -> Result<bool> {
        let fixed = piece.pair.is(Pair::FIRST);
        let tired = self.is_tired(piece);
        piece.revision = piece.revision.wrapping_add(1);
        let mut moved = false;
        if tired && !fixed {
            moved = match self.allocate() {
                Ok(block) => {
                    piece.pair.0[1] = block;
                    true
                }
                Err(Error::NoSpace) => false,
                Err(error) => return Err(error),
            };
        }
        for _ in 0..ATTEMPTS {
            match self.write_anew(piece, notes, source, ids.clone(), moved) {
                Ok(()) => return Ok(moved),
                Err(Stop::Full) => return Err(Error::NoSpace),
                Err(Stop::Error(Error::Corrupt)) if !fixed => {}
                Err(Stop::Error(Error::Corrupt)) => break,
                Err(Stop::Error(error)) => {
                    self.doubt = true;
                    return Err(error);
                }
            }
            piece.pair.0[1] = self.allocate()?;
            moved = true;
        }
        self.doubt = true;
        Err(self.device.no_good_block())
    }

    fn write_anew(
        &mut self,
        piece: &mut Piece,
        notes: &[Note<'_>],
        source: &Piece,
        ids: Range<u16>,
        moved: bool,
    ) -> core::result::Result<(), Stop> {
        let [old, block] = piece.pair.0;
        self.device.erase(block)?;
        let mut commit = self.begin_commit(block, 0, Tag::FIRST);
        self.put_bytes(&mut commit, &piece.revision.to_le_bytes())?;
        for id in ids.clone() {
            self.put_live(&mut commit, notes, source, id, id - ids.start)?;
        }
        if !piece.tail.is_none() {
            let tag = Tag::new(kind::TAIL + u16::from(piece.more), NO_ID, 8);
            self.put(&mut commit, tag, Place::Pair(piece.tail.to_bytes()))?;
        }
        // While nobody points to the block, what it says of the whole does not count.
        let mut change = self.global_change;
        if !moved {
            change = change.xor(self.global_on_disk).xor(self.global);
        }
        self.put_whole_global(&mut commit, piece, change)?;
        self.seal(&mut commit)?;
        piece.pair = Pair([block, old]);
        (piece.end, piece.last) = Self::end_of(&commit);
        piece.count = ids.end - ids.start;
        piece.open_end = piece.end < self.device.block_size;
        self.global_change = Default::default();
        if !moved {
            self.global_on_disk = self.global;
        }
        Ok(())
    }

    fn put_whole_global(
        &mut self,
        commit: &mut Commit,
        piece: &Piece,
        change: crate::global::Global,
    ) -> core::result::Result<(), Stop> {
        let old = crate::global::Global::from_bytes(self.global_of(piece)?);
        let all = change.stored().xor(old);
        if all.is_zero() {
            return Ok(());
        }
        self.put(commit, Tag::new(kind::GLOBAL, NO_ID, 12), Place::Memory(&all.to_bytes()))
    }

    /// Everything that is true of an id, its name first.
    fn put_live(
        &mut self,
        commit: &mut Commit,
        notes: &[Note<'_>],
        source: &Piece,
        id: u16,
        new: u16,
    ) -> core::result::Result<(), Stop> {
        if let Some((tag, place)) = self.last(source, notes, id, class::NAME)? {
            self.put(commit, tag.with_id(new), place)?;
        }
        let mut live = Live::new(source, notes, id);
        while let Some((tag, place)) = self.next_live(&mut live, notes)? {
            if tag.class() != class::NAME {
                self.put(commit, tag.with_id(new), place)?;
            }
        }
        Ok(())
    }
}
