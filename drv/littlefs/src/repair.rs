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
        self.mend_list(|fs, last, piece| {
            let right = match fs.parent(piece.pair)? {
                Some((parent, id)) => fs.child(&parent, id)?,
                None => None,
            };
            let right = right.filter(|right| !right.is(piece.pair));
            right.map(|right| fs.retail(last, right)).transpose()
        })
    }

    /// Takes directories out of the list that have no name. True if that moved others.
    fn find_nameless(&mut self) -> Result<bool> {
        self.mend_list(|fs, last, piece| {
            if fs.parent(piece.pair)?.is_some() {
                return Ok(None);
            }
            fs.take_global(piece)?;
            fs.commit_and_tell(last, &[Note::tail(false, piece.tail)]).map(Some)
        })
    }

    /// Shows `mend` each directory's first piece and the one before it in the list, which it may
    /// correct; it says then whether that moved others. True if any did.
    fn mend_list(
        &mut self,
        mut mend: impl FnMut(&mut Self, &mut Piece, &Piece) -> Result<Option<bool>>,
    ) -> Result<bool> {
        let (mut moved, mut fixes) = (false, 0);
        let mut before: Option<Piece> = None;
        let mut tails = Tails::from(Pair::FIRST);
        while let Some(pair) = tails.next()? {
            let piece = self.fetch(pair)?;
            if let Some(mut last) = before.filter(|last| !last.more)
                && let Some(others) = mend(self, &mut last, &piece)?
            {
                moved |= others;
                fixes = self.one_more(fixes)?;
                // From here on, as it is now.
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
