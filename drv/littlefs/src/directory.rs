//! Directories: making, removing and listing them, and what is known about names.

use crate::checksum::Checksum;
use crate::log::Piece;
use crate::note::Note;
use crate::spot::Spot;
use crate::tag::{Pair, kind};
use crate::tree::{Found, Lookup, Tails, is_name};
use crate::{Littlefs, Result};
use core::ops::ControlFlow;
use drv_block::Block;
use drv_fs_core::{Attributes, Entry, Error, Info, Kind, MAX_NAME, Path};

/// Listings that can go on exactly where they were, whatever happens to the directory meanwhile.
pub(crate) const CURSORS: usize = 16;

/// Where a listing may go on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    /// What the caller knows it by.
    cookie: u64,
    /// The directory's first pair.
    pub head: Pair,
    pub spot: Spot,
    /// Names before it.
    index: u32,
}

impl Cursor {
    pub const NONE: Self = Self { cookie: 0, head: Pair::NONE, spot: Spot::NONE, index: 0 };
}

/// A listing under way.
struct Listing {
    head: Pair,
    spot: Spot,
    index: u32,
    /// By what the caller knows where it is.
    cookie: u64,
}

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// Whether a name can be given.
    pub(crate) fn check_name(&self, name: &str) -> Result<()> {
        let fits = name.len() as u32 <= self.max_name;
        fits.then_some(()).ok_or(Error::NameTooLong)
    }

    /// Where something new goes, and by what name.
    pub(crate) fn new_name<'p>(&mut self, path: Path<'p>) -> Result<(Piece, u16, &'p str)> {
        match self.lookup(path)? {
            Lookup::Missing(piece, id) => {
                let name = path.split_last().ok_or(Error::BadPath)?.1;
                self.check_name(name)?;
                Ok((piece, id, name))
            }
            _ => Err(Error::AlreadyExists),
        }
    }

    pub(crate) fn add_directory(&mut self, path: Path<'_>) -> Result<()> {
        self.begin_change()?;
        let (mut piece, mut id, name) = self.new_name(path)?;
        let mut new = self.new_piece()?;
        let mut last = piece;
        let mut tails = Tails::from(piece.pair);
        while last.more {
            tails.next()?;
            tails.after(&last);
            last = self.fetch(last.tail)?;
        }
        new.tail = last.tail;
        let empty = new;
        self.rewrite(&mut new, &[], &empty, 0..0)?;
        let apart = piece.more;
        if apart {
            // Until it has a name it is in the list only.
            self.global.begin_losing();
            self.commit(&mut last, &[Note::tail(false, new.pair)])?;
            self.global.end_losing();
            (piece, id, _) = self.new_name(path)?;
        }
        let notes = [
            Note::create(id),
            Note::new(kind::DIRECTORY, id, name.as_bytes()),
            Note::pair(kind::PAIR, id, new.pair),
            Note::tail(false, new.pair),
        ];
        let count = if apart { 3 } else { 4 };
        self.commit(&mut piece, &notes[..count])
    }

    /// The first pair of a directory that must be empty.
    pub(crate) fn empty_directory(&mut self, found: &Found) -> Result<Pair> {
        let pair = self.directory(found)?;
        let piece = self.fetch(pair)?;
        let empty = piece.count == 0 && !piece.more;
        empty.then_some(pair).ok_or(Error::NotEmpty)
    }

    pub(crate) fn delete_directory(&mut self, path: Path<'_>) -> Result<()> {
        self.begin_change()?;
        let mut found = self.must_find(path)?;
        let pair = self.empty_directory(&found)?;
        self.global.begin_losing();
        self.commit(&mut found.piece, &[Note::delete(found.id)])?;
        self.leave_out(pair)
    }

    /// Takes a directory that has no name any more out of the list. If it cannot be found there,
    /// because it was moved, it stays to be looked for.
    pub(crate) fn leave_out(&mut self, pair: Pair) -> Result<()> {
        let Some(mut before) = self.before(pair)? else { return Ok(()) };
        self.global.end_losing();
        let piece = self.fetch(before.tail)?;
        self.take_global(&piece)?;
        // The list goes on behind it; whether the one before does is its own matter.
        self.commit(&mut before, &[Note::tail(piece.more, piece.tail)])
    }

    pub(crate) fn delete_file(&mut self, path: Path<'_>) -> Result<()> {
        self.begin_change()?;
        let mut found = self.must_find(path)?;
        if found.kind == kind::DIRECTORY {
            return Err(Error::IsADirectory);
        }
        if self.is_open(&found) {
            return Err(Error::Busy);
        }
        self.commit(&mut found.piece, &[Note::delete(found.id)])
    }

    pub(crate) fn is_open(&self, found: &Found) -> bool {
        let (pair, id) = (found.piece.pair, found.id);
        self.open.find(|file| file.spot.pair.meets(pair) && file.spot.id == id).is_some()
    }

    pub(crate) fn list_names(
        &mut self,
        path: Path<'_>,
        cookie: u64,
        mut each: impl FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let head = self.directory_at(path)?;
        let mut listing = self.begin_listing(head, cookie)?;
        let mut buffer = [0; MAX_NAME];
        let mut tails = Tails::from(listing.spot.pair);
        while let Some(pair) = tails.next()? {
            let piece = self.fetch(pair)?;
            while listing.spot.id < piece.count {
                if self.show(&mut listing, &piece, &mut buffer, &mut each)?.is_break() {
                    return Ok(());
                }
            }
            listing.spot.id = 0;
            tails.after_within(&piece);
        }
        Ok(())
    }

    /// Shows one id, if it has a name, and goes on.
    fn show(
        &mut self,
        listing: &mut Listing,
        piece: &Piece,
        buffer: &mut [u8; MAX_NAME],
        each: &mut impl FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let id = listing.spot.id;
        let Some((kind, name)) = self.name_of(piece, id, buffer)? else {
            listing.spot.id += 1;
            return Ok(ControlFlow::Continue(()));
        };
        let leaf = self.leaf_of(&Found { piece: *piece, id, kind })?;
        let info = self.info_of(&leaf);
        let next = cookie(name, listing.index + 1);
        let went_on = each(&Entry { name, next, info }).is_continue();
        let now = Listing { spot: Spot { pair: piece.pair, id, file: false }, ..*listing };
        *listing = Listing {
            head: listing.head,
            spot: Spot { id: id + 1, ..now.spot },
            index: listing.index + 1,
            cookie: next,
        };
        if went_on {
            return Ok(ControlFlow::Continue(()));
        }
        // It was the last that had room, or the first that had none.
        self.remember(&now);
        self.remember(listing);
        Ok(ControlFlow::Break(()))
    }

    /// The name of an id, if it is one to be shown.
    fn name_of<'n>(
        &mut self,
        piece: &Piece,
        id: u16,
        buffer: &'n mut [u8; MAX_NAME],
    ) -> Result<Option<(u16, &'n str)>> {
        let (tag, place) = self.name(piece, id)?;
        let gone = self.global_on_disk.moved_from(piece.pair) == Some(id);
        if !is_name(tag) || gone || tag.length() as usize > MAX_NAME {
            return Ok(None);
        }
        let length = self.copy(tag, place, buffer)?;
        // What is no name in a path cannot be asked for.
        let name = core::str::from_utf8(&buffer[..length]).ok();
        let plain = |name: &&str| {
            !matches!(*name, "" | "." | "..") && !name.bytes().any(|byte| matches!(byte, 0 | b'/'))
        };
        let name = name.filter(plain);
        Ok(name.map(|name| (tag.kind(), name)))
    }

    fn remember(&mut self, listing: &Listing) {
        if listing.cookie == 0 {
            return;
        }
        let Listing { head, spot, index, cookie } = *listing;
        let same = |cursor: &Cursor| cursor.cookie == cookie && cursor.head.meets(head);
        let known = self.cursors.iter().position(same).unwrap_or(CURSORS - 1);
        // The latest is first.
        self.cursors[..=known].rotate_right(1);
        self.cursors[0] = Cursor { cookie, head, spot, index };
    }

    fn begin_listing(&mut self, head: Pair, cookie: u64) -> Result<Listing> {
        let spot = Spot { pair: head, id: 0, file: false };
        let begin = Listing { head, spot, index: 0, cookie };
        if cookie == 0 {
            return Ok(begin);
        }
        let is = |cursor: &&Cursor| cursor.cookie == cookie && cursor.head.meets(head);
        if let Some(Cursor { spot, index, .. }) = self.cursors.iter().find(is) {
            return Ok(Listing { spot: *spot, index: *index, ..begin });
        }
        self.search(begin)
    }

    /// Where a listing goes on that nobody remembers: behind the name that the cookie was made of,
    /// or else, where it would be if nothing had changed.
    fn search(&mut self, begin: Listing) -> Result<Listing> {
        let wanted = begin.cookie;
        let (mut by_number, mut index) = (None, 0);
        let mut tails = Tails::from(begin.head);
        let mut end = begin.spot;
        while let Some(pair) = tails.next()? {
            let piece = self.fetch(pair)?;
            for id in 0..piece.count {
                let spot = Spot { pair: piece.pair, id, file: false };
                if u64::from(index) + 1 == wanted & u64::from(u32::MAX) {
                    by_number = Some(Listing { spot, index, ..begin });
                }
                let mut buffer = [0; MAX_NAME];
                let Some((_, name)) = self.name_of(&piece, id, &mut buffer)? else { continue };
                index += 1;
                if cookie(name, index) >> 32 == wanted >> 32 {
                    return Ok(Listing { spot: Spot { id: id + 1, ..spot }, index, ..begin });
                }
            }
            end = Spot { pair: piece.pair, id: piece.count, file: false };
            tails.after_within(&piece);
        }
        Ok(by_number.unwrap_or(Listing { spot: end, index, ..begin }))
    }
}

/// What a listing goes on by behind a name: its checksum, and how many there were.
fn cookie(name: &str, index: u32) -> u64 {
    u64::from(Checksum::of(name.as_bytes())) << 32 | u64::from(index)
}

pub(crate) fn info_of_file(size: u32, modified: u64) -> Info {
    let (kind, size, attributes) = (Kind::File, u64::from(size), Attributes(0));
    Info { kind, size, modified, attributes, owner: None }
}
