//! Where in the memory of clients the data of one request to the device is.

use drv_virtio_blk::{PIECES, Piece};

/// Some pieces of memory, in the order of the disk.
#[derive(Clone, Copy, Debug)]
pub struct Pieces {
    pieces: [Piece; PIECES],
    count: usize,
}

impl Default for Pieces {
    fn default() -> Self {
        Self { pieces: [Piece::EMPTY; PIECES], count: 0 }
    }
}

impl Pieces {
    /// Adds one. What follows the last in memory, too, goes along with it. One too many is left out;
    /// the disk then sees that they are too few for the sectors.
    pub fn push(&mut self, piece: Piece) {
        let last = self.count.checked_sub(1).and_then(|last| self.pieces.get_mut(last));
        if let Some((last, joined)) = last.and_then(|last| Some((last.joined(&piece)?, last))) {
            *joined = last;
        } else if let Some(place) = self.pieces.get_mut(self.count) {
            *place = piece;
            self.count += 1;
        }
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Piece] {
        self.pieces.get(..self.count).unwrap_or_default()
    }
}
