//! Physical memory, cut wherever a mapping begins or ends: who reaches each piece.

use crate::walk::{Extent, Who};

/// Contiguous physical memory that the same mappings cover from end to end.
#[derive(Clone, Debug)]
pub struct Piece {
    /// First byte.
    pub physical: u64,
    /// Bytes.
    pub size: u64,
    /// Everything that maps it.
    pub by: Vec<Extent>,
}

impl Piece {
    /// Physical address behind it.
    pub const fn end(&self) -> u64 {
        self.physical.saturating_add(self.size)
    }

    /// Whether it has bytes here.
    pub const fn overlaps(&self, physical: u64, size: u64) -> bool {
        self.physical < physical.saturating_add(size) && physical < self.end()
    }

    /// The tasks that reach it, each once.
    pub fn tasks(&self) -> Vec<usize> {
        let users = self.by.iter().filter(|extent| extent.leaf.rights.user.any());
        let mut tasks: Vec<usize> = users
            .filter_map(|extent| match extent.who {
                Who::Task(index) => Some(index),
                Who::Boot | Who::Kernel => None,
            })
            .collect();
        tasks.sort_unstable();
        tasks.dedup();
        tasks
    }
}

/// Cuts physical memory, also at addresses that matter for other reasons.
pub fn pieces<'e>(extents: impl Iterator<Item = &'e Extent>, edges: &[u64]) -> Vec<Piece> {
    let mut starts: Vec<Extent> = extents.copied().collect();
    starts.sort_by_key(|extent| extent.leaf.physical);
    let mut cuts: Vec<u64> =
        starts.iter().flat_map(|extent| [extent.leaf.physical, extent.physical_end()]).collect();
    cuts.extend(edges);
    cuts.sort_unstable();
    cuts.dedup();
    let mut pieces = Vec::new();
    let mut waiting = starts.into_iter().peekable();
    let mut active: Vec<Extent> = Vec::new();
    for pair in cuts.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        active.retain(|extent| extent.physical_end() > from);
        while let Some(next) = waiting.next_if(|extent| extent.leaf.physical <= from) {
            active.push(next);
        }
        if !active.is_empty() {
            pieces.push(Piece { physical: from, size: to - from, by: active.clone() });
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::{Entry, Leaf, decode};

    fn extent(task: usize, physical: u64, size: u64) -> Extent {
        let Entry::Leaf(leaf) = decode(3, 0x0060_0000_0000_0f43).entry else { panic!("a page") };
        let address = 0x1000_0000 * (task as u64 + 1);
        Extent { who: Who::Task(task), address, size, leaf: Leaf { physical, ..leaf } }
    }

    #[test]
    fn each_piece_has_everyone_who_maps_it() {
        let extents =
            [extent(0, 0x1000, 0x4000), extent(1, 0x2000, 0x1000), extent(2, 0x9000, 0x1000)];
        let pieces = pieces(extents.iter(), &[0x4000, 0x7000]);
        let said: Vec<_> =
            pieces.iter().map(|piece| (piece.physical, piece.size, piece.tasks())).collect();
        let expected = [
            (0x1000, 0x1000, vec![0]),
            (0x2000, 0x1000, vec![0, 1]),
            (0x3000, 0x1000, vec![0]),
            (0x4000, 0x1000, vec![0]),
            (0x9000, 0x1000, vec![2]),
        ];
        assert_eq!(said, expected);
    }
}
