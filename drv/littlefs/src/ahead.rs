//! Files that are read from one end to the other: many blocks of a chain are looked up at once, and
//! read at once where they lie behind each other.

use crate::chain::Shape;
use crate::file::File;
use crate::stretch::{SPAN, Stretch};
use crate::{Littlefs, Result};
use drv_block::Block;
use drv_fs_core::Error;

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
        self.stretch(file).begin(index, to - index + 1);
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
        self.stretch(file).believe(file.head);
        Ok(block)
    }
}
