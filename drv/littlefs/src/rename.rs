//! Renaming, in one step as others see it. Between two directories that is two commits; from the
//! first on, the state of the whole file system says what the second is.

use crate::note::Note;
use crate::tag::kind;
use crate::tree::{Found, Lookup};
use crate::{Littlefs, Result};
use drv_block::Block;
use drv_fs_core::{Error, Path};

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    pub(crate) fn rename_path(&mut self, from: Path<'_>, to: Path<'_>) -> Result<()> {
        self.begin_change()?;
        let old = self.must_find(from)?;
        if from == to {
            return Ok(());
        }
        if to.is_root() || to.below(from).is_some() {
            return Err(Error::Busy);
        }
        let name = to.split_last().ok_or(Error::Busy)?.1;
        match self.lookup(to)? {
            Lookup::Root => Err(Error::Busy),
            Lookup::Found(there) => self.replace(&old, there, name),
            Lookup::Missing(piece, id) => {
                self.check_name(name)?;
                let new = Found { piece, id, kind: old.kind };
                let same = old.piece.pair.meets(piece.pair);
                let shifted = same && id <= old.id;
                let old_id = old.id + u16::from(shifted);
                let notes = [
                    Note::create(id),
                    Note::moved(old.piece, old.id, id),
                    Note::new(old.kind, id, name.as_bytes()),
                    Note::delete(old_id),
                ];
                self.move_name(&old, new, &notes, same)
            }
        }
    }

    /// Moves something to a name that is taken.
    fn replace(&mut self, old: &Found, there: Found, name: &str) -> Result<()> {
        let directory = match (old.kind, there.kind) {
            (kind::DIRECTORY, kind::DIRECTORY) => Some(self.empty_directory(&there)?),
            (kind::DIRECTORY, _) => return Err(Error::NotADirectory),
            (_, kind::DIRECTORY) => return Err(Error::IsADirectory),
            _ => None,
        };
        if self.is_open(&there) {
            return Err(Error::Busy);
        }
        if directory.is_some() {
            self.global.begin_losing();
        }
        let id = there.id;
        let same = old.piece.pair.meets(there.piece.pair);
        let notes = [
            Note::delete(id),
            Note::create(id),
            Note::moved(old.piece, old.id, id),
            Note::new(old.kind, id, name.as_bytes()),
            Note::delete(old.id),
        ];
        self.move_name(old, there, &notes, same)?;
        if let Some(pair) = directory {
            self.leave_out(pair)?;
        }
        Ok(())
    }

    /// Commits a move; its last note deletes the old name, for a move within one piece.
    fn move_name(
        &mut self,
        old: &Found,
        mut new: Found,
        notes: &[Note<'_>],
        same: bool,
    ) -> Result<()> {
        if same {
            return self.commit(&mut new.piece, notes);
        }
        self.global.set_moved(Some((old.piece.pair, old.id)));
        let last = notes.len().saturating_sub(1);
        let committed = self.commit(&mut new.piece, &notes[..last]);
        if committed.is_err() && self.global_on_disk.moved().is_none() {
            // Nothing was moved.
            self.global.set_moved(None);
        }
        committed?;
        self.finish_move()
    }
}
