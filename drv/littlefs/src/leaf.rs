//! What paths lead to, kept until that may have changed.

use crate::directory::info_of_file;
use crate::note::Note;
use crate::tag::{Pair, class, kind};
use crate::tree::{Found, Lookup};
use crate::{Littlefs, Result};
use drv_block::Block;
use drv_fs_core::{Error, Info, Path};

/// Paths that are kept.
pub(crate) const NAMES: usize = 128;

/// What a path leads to, and what its directory says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    /// Where its name is.
    pub pair: Pair,
    pub id: u16,
    pub body: Body,
    /// When it was last written.
    pub modified: u64,
}

/// What something holds, as its directory has it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// The first pair; none if the directory says nothing of it.
    Directory(Pair),
    /// Where it is in the log, and how long.
    Inline(u32, u32),
    /// Last block and size.
    Chain(u32, u32),
}

impl Leaf {
    /// The pair that a directory begins with.
    pub fn directory(&self) -> Result<Pair> {
        match self.body {
            Body::Directory(pair) if pair.is_none() => Err(Error::Corrupt),
            Body::Directory(pair) => Ok(pair),
            _ => Err(Error::NotADirectory),
        }
    }

    fn is_of(&self, pair: Pair, id: u16) -> bool {
        self.id == id && self.pair.meets(pair)
    }
}

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// What a path leads to that is not the root; `None` if nothing is there.
    pub(crate) fn leaf(&mut self, path: Path<'_>) -> Result<Option<Leaf>> {
        if let Some(leaf) = self.memory.names.get(path) {
            return Ok(Some(*leaf));
        }
        let Lookup::Found(found) = self.lookup(path)? else { return Ok(None) };
        Ok(Some(self.keep_leaf(path, &found)?))
    }

    /// Notes what a path leads to.
    pub(crate) fn keep_leaf(&mut self, path: Path<'_>, found: &Found) -> Result<Leaf> {
        let leaf = self.leaf_of(found)?;
        self.memory.names.put(path, leaf);
        Ok(leaf)
    }

    /// What a directory says of something in it.
    pub(crate) fn leaf_of(&mut self, found: &Found) -> Result<Leaf> {
        let Found { piece, id, kind } = found;
        let modified = self.modified(piece, *id)?;
        let body = if *kind == kind::DIRECTORY {
            let child = match self.child(piece, *id) {
                // It can be listed, if not entered.
                Err(Error::Corrupt) => None,
                child => child?,
            };
            Body::Directory(child.unwrap_or(Pair::NONE))
        } else {
            self.contents(found)?
        };
        Ok(Leaf { pair: piece.pair, id: *id, body, modified })
    }

    /// What is known of it, open or not.
    pub(crate) fn info_of(&self, leaf: &Leaf) -> Info {
        let modified = leaf.modified;
        let size = match leaf.body {
            Body::Directory(_) => return Info { modified, ..Info::DIRECTORY },
            Body::Inline(_, size) | Body::Chain(_, size) => size,
        };
        // What is open may have grown since its directory was told.
        let open = self.open.all().find(|(_, file)| leaf.is_of(file.spot.pair, file.spot.id));
        let (size, modified) =
            open.map_or((size, modified), |(_, file)| (file.length(), file.modified));
        info_of_file(size, modified)
    }

    /// Goes before a commit: forgets the paths that may lead elsewhere after it, or to something else.
    pub(crate) fn forget_leaves(&mut self, pair: Pair, notes: &[Note<'_>]) {
        let is_body = |note: &Note<'_>| {
            matches!(note.tag.kind(), kind::INLINE | kind::CHAIN)
                || note.tag.class() == class::ATTRIBUTE
        };
        if self.global == self.global_on_disk && notes.iter().all(is_body) {
            for note in notes {
                self.memory.names.forget(|leaf| leaf.is_of(pair, note.tag.id()));
            }
        } else {
            self.memory.names.clear();
        }
    }
}
