//! Files as chains of blocks: block `n` points back to block `n - 2^k` for each `2^k` that divides
//! `n`, so that a byte is found in few steps, and a chain grows without writing what is there.

use crate::{Littlefs, Result};
use drv_block::Block;
use drv_fs_core::Error;

/// Chains of blocks of this size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape(pub u32);

impl Shape {
    /// Which block of a chain holds a byte of the file, and where in it.
    #[inline]
    pub fn place(self, at: u32) -> (u32, u32) {
        // Two pointers a block on average; 64 bits because the bound is a little beyond the file.
        let room = self.0 - 8;
        let guess = at / room;
        if guess == 0 {
            return (0, at);
        }
        let index = (at - 4 * ((guess - 1).count_ones() + 2)) / room;
        (index, at - room * index - 4 * index.count_ones())
    }
}

/// Pointers at the beginning of a block.
pub(crate) fn pointers(index: u32) -> u32 {
    if index == 0 { 0 } else { index.trailing_zeros() + 1 }
}

/// Blocks of a chain that were passed when a byte was looked for: what is read next is near.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trail {
    head: u32,
    steps: [(u32, u32); STEPS],
    count: usize,
}

/// More steps than the longest chain takes, up to a constant.
const STEPS: usize = 32;

impl Trail {
    pub const NONE: Self = Self { head: u32::MAX, steps: [(0, 0); STEPS], count: 0 };

    /// Forgets it: chains are others now.
    pub const fn forget(&mut self) {
        (self.head, self.count) = (u32::MAX, 0);
    }

    /// The last known block of a chain not before `index`.
    fn begin(&mut self, head: u32, last: u32, index: u32) -> (u32, u32) {
        if self.head != head {
            (self.head, self.count) = (head, 0);
        }
        while self.count > 0 && self.steps[self.count - 1].0 < index {
            self.count -= 1;
        }
        let Some(count) = self.count.checked_sub(1) else { return (last, head) };
        // It is passed again.
        self.count = count;
        self.steps[count]
    }

    fn pass(&mut self, index: u32, block: u32) {
        if self.count < STEPS {
            self.steps[self.count] = (index, block);
            self.count += 1;
        }
    }
}

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// The block that holds a byte of a chain of some size, and where in it.
    pub(crate) fn find_byte(&mut self, head: u32, size: u32, at: u32) -> Result<(u32, u32)> {
        let shape = Shape(self.device.block_size);
        let last = size.checked_sub(1).filter(|&last| at <= last).ok_or(Error::Corrupt)?;
        let (target, offset) = shape.place(at);
        Ok((self.find_index(head, shape.place(last).0, target)?, offset))
    }

    /// The block of a chain with this number, not above that of the last.
    pub(crate) fn find_index(&mut self, head: u32, last: u32, target: u32) -> Result<u32> {
        let (mut index, mut block) = self.trail.begin(head, last, target);
        while index > target {
            // The longest step that does not go too far and that this block offers.
            let far = (index - target).ilog2();
            let step = far.min(index.trailing_zeros());
            self.trail.pass(index, block);
            block = u32::from_le_bytes(self.device.word(block, 4 * step)?);
            index -= 1 << step;
        }
        if block >= self.device.blocks {
            return Err(Error::Corrupt);
        }
        self.trail.pass(index, block);
        Ok(block)
    }
}
