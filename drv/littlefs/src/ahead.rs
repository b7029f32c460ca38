//! Files that are read from one end to the other: many blocks of a chain are looked up at once, and
//! read at once where they lie behind each other.

use crate::chain::Shape;
use crate::file::File;
use crate::{Littlefs, Result};
use drv_block::Block;
use drv_fs_core::Error;

/// Blocks of a chain looked up at once.
const SPAN: u32 = 128;

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
    end: u32,
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

    fn get(&self, head: u32, index: u32) -> Option<u32> {
        let place = index.checked_sub(self.first).filter(|&place| place < self.count)?;
        (self.head == head).then(|| self.blocks.get(place as usize).copied())?
    }

    fn set(&mut self, index: u32, block: u32) {
        let place = index.wrapping_sub(self.first) as usize;
        if let Some(one) = self.blocks.get_mut(place) {
            *one = block;
        }
    }

    /// How many blocks from this one on are known to lie behind each other.
    fn run(&self, head: u32, index: u32) -> u32 {
        let mut count = 1;
        let Some(first) = self.get(head, index) else { return count };
        while self.get(head, index + count) == first.checked_add(count) {
            count += 1;
        }
        count
    }
}

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    fn stretch(&mut self, file: &File) -> &mut Stretch {
        &mut self.memory.stretches[file.buffer % N]
    }

    /// Reads from a chain. All of it is there.
    pub(crate) fn read_chain(&mut self, file: &File, at: u32, into: &mut [u8]) -> Result<()> {
        if file.size <= self.device.block_size {
            // One block, without pointers.
            return self.device.read_run(file.head, at, into.len() as u32, into);
        }
        let shape = Shape(self.device.block_size);
        let end = at + into.len() as u32;
        let goes_on = self.stretch(file).end == at;
        let many = goes_on || shape.place(at).0 != shape.place(end - 1).0;
        let (mut at, mut rest) = (at, into);
        while !rest.is_empty() {
            let (index, offset) = shape.place(at);
            let block = if many { self.block_of(file, index)? } else { self.one_block(file, at)? };
            let here = (shape.0 - offset).min(rest.len() as u32);
            let (now, later) = rest.split_at_mut(here as usize);
            if !self.device.copy_ahead(block, offset, now) {
                let reach = if many { self.reach(file, index, offset, end, goes_on) } else { here };
                self.device.read_run(block, offset, reach, now)?;
            }
            rest = later;
            at += here;
        }
        self.stretch(file).end = end;
        Ok(())
    }

    fn one_block(&mut self, file: &File, at: u32) -> Result<u32> {
        let index = Shape(self.device.block_size).place(at).0;
        match self.stretch(file).get(file.head, index) {
            Some(block) => Ok(block),
            None => Ok(self.find_byte(file.head, file.size, at)?.0),
        }
    }

    /// How many bytes from here on lie behind each other on the device and will be wanted.
    fn reach(&mut self, file: &File, index: u32, offset: u32, end: u32, goes_on: bool) -> u32 {
        let shape = Shape(self.device.block_size);
        let run = self.stretch(file).run(file.head, index);
        let last = shape.place(if goes_on { file.size } else { end } - 1);
        let blocks = run.min(last.0 - index + 1);
        let all = u64::from(blocks) * u64::from(shape.0) - u64::from(offset);
        let behind = if blocks > last.0 - index { shape.0 - 1 - last.1 } else { 0 };
        (all - u64::from(behind)).min(self.device.reach() as u64) as u32
    }

    /// A block of a chain. Looks up those behind it, too.
    fn block_of(&mut self, file: &File, index: u32) -> Result<u32> {
        if let Some(block) = self.stretch(file).get(file.head, index) {
            return Ok(block);
        }
        let last = Shape(self.device.block_size).place(file.size - 1).0;
        match self.look_ahead(file, index, last) {
            // What cannot be read may be behind it, and not on the shortest way.
            Err(_) => self.find_index(file.head, last, index),
            found => found,
        }
    }

    fn look_ahead(&mut self, file: &File, index: u32, last: u32) -> Result<u32> {
        let shape = Shape(self.device.block_size);
        // What is read at once ends with a block that many others lead to.
        let span = (self.device.reach() as u32 / shape.0).clamp(1, SPAN / 2).next_power_of_two();
        let to = (index.div_ceil(span).max(1) * span).min(last).min(index + SPAN - 1);
        let mut block = self.find_index(file.head, last, to)?;
        // Most chains lie in one piece: then all blocks on the way are read together.
        if let Some(guess) = block.checked_sub(to - index)
            && to > index
        {
            self.device.read_ahead(guess, (to - index + 1).min(span));
        }
        let stretch = self.stretch(file);
        (stretch.head, stretch.first, stretch.count) = (u32::MAX, index, to - index + 1);
        let mut at = to;
        loop {
            self.stretch(file).set(at, block);
            if at == index {
                break;
            }
            let [near, far] = self.device.two_words(block)?;
            if block >= self.device.blocks {
                return Err(Error::Corrupt);
            }
            (at, block) = if at.is_multiple_of(2) && at >= index + 2 {
                self.stretch(file).set(at - 1, near);
                (at - 2, far)
            } else {
                (at - 1, near)
            };
        }
        if block >= self.device.blocks {
            return Err(Error::Corrupt);
        }
        self.stretch(file).head = file.head;
        Ok(block)
    }
}
