//! What a cut leaves half done is finished before anything else is changed.

use crate::log::Piece;
use crate::note::Note;
use crate::tag::Pair;
use crate::tree::Tails;
use crate::{Littlefs, Result};
use drv_block::Block;
use drv_fs_core::Error;

/// Turns of the search for what was lost. Each that finds something may begin another, by moving
/// blocks; a disk that makes it go on and on is wrong.
const TURNS: u32 = 64;

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// Goes before every change.
    pub(crate) fn begin_change(&mut self) -> Result<()> {
        if self.device.read_only {
            return Err(Error::ReadOnly);
        }
        self.checkpoint();
        self.finish_move()?;
        self.find_lost(true)
    }

    /// Deletes what was moved elsewhere.
    pub(crate) fn finish_move(&mut self) -> Result<()> {
        let Some((pair, id)) = self.global.moved() else { return Ok(()) };
        let mut piece = self.fetch(pair)?;
        if id >= piece.count {
            return Err(Error::Corrupt);
        }
        self.global.set_moved(None);
        self.commit(&mut piece, &[Note::delete(id)])
    }

    /// Looks for directories that have no name, or another place than their name says.
    pub(crate) fn find_lost(&mut self, after_cut: bool) -> Result<()> {
        if !self.global.has_lost() {
            return Ok(());
        }
        let may_move = core::mem::replace(&mut self.may_move, false);
        let found = self.find_all_lost(after_cut);
        self.may_move = may_move;
        found
    }

    fn find_all_lost(&mut self, after_cut: bool) -> Result<()> {
        for _ in 0..TURNS {
            // First those that are elsewhere: they hide what has no name.
            if self.find_misplaced()? {
                continue;
            }
            if !after_cut || !self.find_nameless()? {
                self.global.none_lost();
                return Ok(());
            }
        }
        Err(Error::Corrupt)
    }

    /// Corrects the list where a directory's name knows another pair. True if that moved others.
    fn find_misplaced(&mut self) -> Result<bool> {
        let (mut moved, mut fixes) = (false, 0);
        let mut before: Option<Piece> = None;
        let mut tails = Tails::from(Pair::FIRST);
        while let Some(pair) = tails.next()? {
            let piece = self.fetch(pair)?;
            if let Some(mut last) = before.filter(|last| !last.more) {
                let right = match self.parent(pair)? {
                    Some((parent, id)) => self.child(&parent, id)?,
                    None => None,
                };
                if let Some(right) = right.filter(|right| !right.is(pair)) {
                    moved |= self.retail(&mut last, right)?;
                    fixes = self.one_more(fixes)?;
                    // From here on, as it is now.
                    tails = Tails::from(last.pair);
                    before = None;
                    continue;
                }
            }
            before = Some(piece);
            tails.after(&piece);
        }
        Ok(moved)
    }

    /// Takes directories out of the list that have no name. True if that moved others.
    fn find_nameless(&mut self) -> Result<bool> {
        let (mut moved, mut fixes) = (false, 0);
        let mut before: Option<Piece> = None;
        let mut tails = Tails::from(Pair::FIRST);
        while let Some(pair) = tails.next()? {
            let piece = self.fetch(pair)?;
            if let Some(mut last) = before.filter(|last| !last.more)
                && self.parent(pair)?.is_none()
            {
                self.take_global(&piece)?;
                moved |= self.commit_and_tell(&mut last, &[Note::tail(false, piece.tail)])?;
                fixes = self.one_more(fixes)?;
                tails = Tails::from(last.pair);
                before = None;
                continue;
            }
            before = Some(piece);
            tails.after(&piece);
        }
        Ok(moved)
    }

    /// No more is mended than there are blocks.
    fn one_more(&self, fixes: u32) -> Result<u32> {
        let fixes = fixes + 1;
        if fixes > self.device.blocks { Err(Error::Corrupt) } else { Ok(fixes) }
    }
}
