//! Finding one's way: the list of all pieces, names in directories, who points to a piece.

use crate::log::{Forth, Piece, Place};
use crate::tag::{Pair, Tag, class, kind};
use crate::{Littlefs, Result};
use core::cmp::Ordering;
use drv_block::Block;
use drv_fs_core::{Error, Path};

/// A walk from piece to piece that notices when it goes in circles (Brent's algorithm).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tails {
    next: Pair,
    tortoise: Pair,
    steps: u32,
    period: u32,
}

impl Tails {
    pub fn from(first: Pair) -> Self {
        Self { next: first, tortoise: Pair::NONE, steps: 0, period: 1 }
    }

    /// The next pair; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Pair>> {
        if self.next.is_none() {
            return Ok(None);
        }
        if self.next.is(self.tortoise) {
            return Err(Error::Corrupt);
        }
        self.steps += 1;
        if self.steps == self.period {
            self.tortoise = self.next;
            self.period = self.period.saturating_mul(2);
            self.steps = 0;
        }
        Ok(Some(self.next))
    }

    /// Says which piece that was.
    pub fn after(&mut self, piece: &Piece) {
        self.next = piece.tail;
    }

    /// The same within one directory.
    pub fn after_within(&mut self, piece: &Piece) {
        self.next = if piece.more { piece.tail } else { Pair::NONE };
    }
}

/// Something that a path leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub piece: Piece,
    pub id: u16,
    /// Its name's kind.
    pub kind: u16,
}

/// Where a path leads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lookup {
    Root,
    Found(Found),
    /// Nothing is there; it would get this id.
    Missing(Piece, u16),
}

/// The best match in a piece so far.
#[derive(Clone, Copy)]
struct Best {
    id: u16,
    equal: bool,
}

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// The piece whose tail is this pair.
    pub(crate) fn before(&mut self, pair: Pair) -> Result<Option<Piece>> {
        let mut tails = Tails::from(Pair::FIRST);
        while let Some(next) = tails.next()? {
            let piece = self.fetch(next)?;
            if piece.tail.meets(pair) && !piece.tail.is_none() {
                return Ok(Some(piece));
            }
            tails.after(&piece);
        }
        Ok(None)
    }

    /// The piece and id of the directory that begins with this pair. What was moved away and is
    /// not deleted yet does not count.
    pub(crate) fn parent(&mut self, pair: Pair) -> Result<Option<(Piece, u16)>> {
        let mut tails = Tails::from(Pair::FIRST);
        while let Some(next) = tails.next()? {
            let piece = self.fetch(next)?;
            if self.may_point_to(&piece, pair)? {
                let gone = self.global_on_disk.moved_from(piece.pair);
                for id in 0..piece.count {
                    if Some(id) == gone {
                        continue;
                    }
                    if self.child(&piece, id)?.is_some_and(|child| child.meets(pair)) {
                        return Ok(Some((piece, id)));
                    }
                }
            }
            tails.after(&piece);
        }
        Ok(None)
    }

    /// Whether a log says anything of this pair, still true or not.
    fn may_point_to(&mut self, piece: &Piece, pair: Pair) -> Result<bool> {
        let mut walk = Forth::START;
        while let Some((tag, at)) = self.forth(piece, &mut walk)? {
            if tag.kind() == kind::PAIR && tag.length() == 8 {
                let mut bytes = [0; 8];
                self.device.read(piece.block(), at + 4, &mut bytes)?;
                if Pair::from_bytes(bytes).meets(pair) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Where a path leads.
    pub(crate) fn lookup(&mut self, path: Path<'_>) -> Result<Lookup> {
        let Some((parent, name)) = path.split_last() else { return Ok(Lookup::Root) };
        let directory = self.directory_at(parent)?;
        self.find(directory, name.as_bytes())
    }

    /// The pair that the directory of this path begins with.
    pub(crate) fn directory_at(&mut self, path: Path<'_>) -> Result<Pair> {
        if let Some(leaf) = self.memory.names.get(path) {
            return leaf.directory();
        }
        let (mut directory, mut last) = (self.root, None);
        for name in path.names() {
            let Lookup::Found(found) = self.find(directory, name.as_bytes())? else {
                return Err(Error::NotFound);
            };
            directory = self.directory(&found)?;
            last = Some(found);
        }
        if let Some(found) = last {
            self.keep_leaf(path, &found)?;
        }
        Ok(directory)
    }

    /// The same for what must be there, and not the root.
    pub(crate) fn must_find(&mut self, path: Path<'_>) -> Result<Found> {
        match self.lookup(path)? {
            Lookup::Found(found) => Ok(found),
            Lookup::Root => Err(Error::Busy),
            Lookup::Missing(..) => Err(Error::NotFound),
        }
    }

    /// The pair that a directory begins with.
    pub(crate) fn directory(&mut self, found: &Found) -> Result<Pair> {
        if found.kind != kind::DIRECTORY {
            return Err(Error::NotADirectory);
        }
        self.child(&found.piece, found.id)?.ok_or(Error::Corrupt)
    }

    /// A name in a directory. Names are sorted, so the first greater one ends the search.
    pub(crate) fn find(&mut self, directory: Pair, name: &[u8]) -> Result<Lookup> {
        let mut tails = Tails::from(directory);
        let mut last = None;
        while let Some(next) = tails.next()? {
            let piece = self.fetch(next)?;
            match self.find_in(&piece, name)? {
                Some(Best { id, equal: true }) => return self.found(piece, id),
                Some(Best { id, .. }) if id < piece.count => return Ok(Lookup::Missing(piece, id)),
                _ => {}
            }
            tails.after_within(&piece);
            last = Some(piece);
        }
        let piece = last.ok_or(Error::Corrupt)?;
        Ok(Lookup::Missing(piece, piece.count))
    }

    fn found(&mut self, piece: Piece, id: u16) -> Result<Lookup> {
        if self.global_on_disk.moved_from(piece.pair) == Some(id) {
            return Ok(Lookup::Missing(piece, id));
        }
        let kind = self.name(&piece, id)?.0.kind();
        Ok(Lookup::Found(Found { piece, id, kind }))
    }

    fn find_in(&mut self, piece: &Piece, name: &[u8]) -> Result<Option<Best>> {
        match self.find_row(piece, name)? {
            Some((id, equal)) => Ok(Some(Best { id, equal }).filter(|best| best.id < piece.count)),
            None => self.find_in_log(piece, name),
        }
    }

    fn find_in_log(&mut self, piece: &Piece, name: &[u8]) -> Result<Option<Best>> {
        let mut best: Option<Best> = None;
        let mut walk = Forth::START;
        while let Some((tag, at)) = self.forth(piece, &mut walk)? {
            if is_name(tag) {
                let order = self.compare(tag, Place::Disk(piece.block(), at + 4), name)?;
                let id = tag.id();
                if order == Ordering::Equal {
                    best = Some(Best { id, equal: true });
                } else if best.is_some_and(|best| best.equal && best.id == id) {
                    // It has another name now.
                    best = None;
                } else if order == Ordering::Greater && best.is_none_or(|best| id <= best.id) {
                    best = Some(Best { id, equal: false });
                }
            } else if tag.class() == class::SPLICE {
                let Some(best) = &mut best else { continue };
                match (tag.kind() == kind::CREATE, tag.id().cmp(&best.id)) {
                    (true, Ordering::Less | Ordering::Equal) => best.id += 1,
                    (false, Ordering::Less) => best.id -= 1,
                    (false, Ordering::Equal) => best.equal = false,
                    _ => {}
                }
            }
        }
        Ok(best.filter(|best| best.id < piece.count))
    }

    /// How a name on the disk is ordered against this one. Of two, one of which begins with the
    /// other, the longer comes first: so the format has it.
    pub(crate) fn compare(&mut self, tag: Tag, place: Place<'_>, name: &[u8]) -> Result<Ordering> {
        let length = tag.length() as usize;
        let Place::Disk(block, at) = place else { return Err(Error::Corrupt) };
        let mut some = [0; 32];
        let common = length.min(name.len());
        let mut done = 0;
        while done < common {
            let some = &mut some[..(common - done).min(32)];
            self.device.read(block, at + done as u32, some)?;
            let order = some[..].cmp(&name[done..done + some.len()]);
            if order != Ordering::Equal {
                return Ok(order);
            }
            done += some.len();
        }
        Ok(name.len().cmp(&length))
    }
}

/// Whether it names a file or a directory, not a superblock.
pub(crate) fn is_name(tag: Tag) -> bool {
    tag.kind() & 0x780 == class::NAME
}
