//! What is known of the blocks of an open file.

/// Blocks of a chain looked up at once.
pub(crate) const SPAN: u32 = 256;

/// Blocks of an open file's chain.
#[derive(Debug)]
pub(crate) struct Stretch {
    /// The chain's last block; all bits set if nothing is known.
    head: u32,
    /// The first that is known, and how many are.
    first: u32,
    count: u32,
    blocks: [u32; SPAN as usize],
    /// Where the last read ended.
    pub end: u32,
    pub tops: Tops,
}

/// The last block of a chain that is being written, and for each power of two the last one whose
/// number it divides: the block after it points to some of these.
#[derive(Debug)]
pub(crate) struct Tops {
    index: u32,
    block: u32,
    /// How many powers are known.
    count: u32,
    blocks: [u32; 32],
}

impl Tops {
    const NONE: Self = Self { index: 0, block: u32::MAX, count: 0, blocks: [0; 32] };

    /// A block to which the one after this, the last, points.
    pub fn get(&self, index: u32, block: u32, level: u32) -> Option<u32> {
        let known = self.index == index && self.block == block && level < self.count;
        known.then(|| self.blocks.get(level as usize).copied())?
    }

    /// Says that the chain ends with this block now. It comes after one, or in the place of it,
    /// that was the last until now.
    pub fn push(&mut self, before: Option<(u32, u32)>, index: u32, block: u32) {
        // All powers of two divide 0.
        let levels = if index == 0 { 32 } else { index.trailing_zeros() + 1 };
        if before != Some((self.index, self.block)) {
            self.count = 0;
        }
        self.count = self.count.max(levels);
        self.blocks[..levels as usize].fill(block);
        (self.index, self.block) = (index, block);
    }
}

impl Stretch {
    pub const NONE: Self = Self {
        head: u32::MAX,
        first: 0,
        count: 0,
        blocks: [0; SPAN as usize],
        end: u32::MAX,
        tops: Tops::NONE,
    };

    /// Forgets it: the chain is another now.
    pub fn forget(&mut self) {
        (self.head, self.count) = (u32::MAX, 0);
    }

    /// A block of the chain with this last one.
    pub fn get(&self, head: u32, index: u32) -> Option<u32> {
        let place = index.checked_sub(self.first).filter(|&place| place < self.count)?;
        (self.head == head).then(|| self.blocks.get(place as usize).copied())?
    }

    /// Begins anew, with so many blocks from this one on, to be noted.
    pub fn begin(&mut self, first: u32, count: u32) {
        (self.head, self.first, self.count) = (u32::MAX, first, count);
    }

    /// They are those of the chain with this last one.
    pub fn believe(&mut self, head: u32) {
        self.head = head;
    }

    /// Notes one of them.
    pub fn set(&mut self, index: u32, block: u32) {
        let place = index.wrapping_sub(self.first) as usize;
        if let Some(one) = self.blocks.get_mut(place) {
            *one = block;
        }
    }

    /// How many blocks from this one on are known to lie behind each other.
    pub fn run(&self, head: u32, index: u32) -> u32 {
        let mut count = 1;
        let Some(first) = self.get(head, index) else { return count };
        while self.get(head, index + count) == first.checked_add(count) {
            count += 1;
        }
        count
    }
}
