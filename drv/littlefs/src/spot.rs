//! Where open files and listings are, whatever is said to their directories meanwhile.

use crate::log::Piece;
use crate::note::{Data, Note};
use crate::tag::{NO_ID, Pair, class, kind};
use crate::tree::Tails;
use crate::{Littlefs, Result};
use drv_block::Block;

/// Somewhere in a directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub pair: Pair,
    pub id: u16,
    /// It is a file and moves with its name; else it is where a listing goes on.
    pub file: bool,
}

impl Spot {
    pub const NONE: Self = Self { pair: Pair::NONE, id: NO_ID, file: false };
}

/// Where a spot is after these notes; `None` if they do not concern it.
fn follow(spot: Spot, old: Pair, piece: &Piece, notes: &[Note<'_>]) -> Option<Spot> {
    let mut here = !spot.pair.is_none() && spot.pair.meets(old);
    let mut id = spot.id;
    for note in notes {
        if let Data::Moved(from, moved) = note.data {
            if spot.file && spot.id == moved && from.pair.meets(spot.pair) {
                (here, id) = (true, note.tag.id());
            }
        } else if here && note.tag.class() == class::SPLICE {
            let created = note.tag.kind() == kind::CREATE;
            if created && note.tag.id() <= id {
                id += 1;
            } else if !created && note.tag.id() < id {
                id -= 1;
            }
        }
    }
    here.then_some(Spot { pair: piece.pair, id, ..spot })
}

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    fn spot(&mut self, place: usize) -> Option<&mut Spot> {
        let Some(cursor) = place.checked_sub(N) else {
            let shared = self.open.all().nth(place)?.0;
            return self.open.get_mut(shared).map(|file| &mut file.spot);
        };
        self.cursors.get_mut(cursor).map(|cursor| &mut cursor.spot)
    }

    /// The places of all spots there are.
    fn places(&self) -> impl Iterator<Item = usize> + use<B, N> {
        (0..self.open.all().count()).chain(N..N + self.cursors.len())
    }

    /// Takes spots in a piece that is left out to the end of the one before.
    pub(crate) fn retreat(&mut self, old: Pair, before: &Piece) {
        for place in self.places() {
            let Some(spot) = self.spot(place).filter(|spot| spot.pair.meets(old)) else { continue };
            (spot.pair, spot.id) = (before.pair, before.count);
        }
    }

    /// Corrects where open files and listings are, after something was said to a piece.
    pub(crate) fn track(&mut self, old: Pair, piece: &Piece, notes: &[Note<'_>]) -> Result<()> {
        let stays = |note: &Note<'_>| matches!(note.tag.class(), class::STRUCT | class::ATTRIBUTE);
        if piece.pair == old && notes.iter().all(stays) {
            return Ok(());
        }
        for cursor in self.cursors.iter_mut().filter(|cursor| cursor.head.meets(old)) {
            cursor.head = piece.pair;
        }
        for place in self.places() {
            let Some(spot) = self.spot(place) else { continue };
            let Some(moved) = follow(*spot, old, piece, notes) else { continue };
            *spot = moved;
            self.catch_up(place, piece)?;
        }
        Ok(())
    }

    /// Goes on to the piece that an id is in now.
    fn catch_up(&mut self, place: usize, piece: &Piece) -> Result<()> {
        let mut piece = *piece;
        let root = self.root;
        let mut tails = Tails::from(piece.pair);
        while let Some(spot) = self.spot(place).filter(|_| piece.more) {
            if spot.id < piece.count {
                break;
            }
            tails.next()?;
            // Behind a superblock that became alone, ids are as they were.
            spot.id -= if piece.tail.is(root) { 0 } else { piece.count };
            spot.pair = piece.tail;
            tails.after(&piece);
            piece = self.fetch(piece.tail)?;
        }
        Ok(())
    }
}
