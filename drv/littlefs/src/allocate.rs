//! Which blocks are free: those that nothing leads to. Nothing of it is on the disk, so nothing of
//! it can be wrong after a cut; a window over the disk is filled in by following everything.

use crate::chain::Shape;
use crate::file::File;
use crate::log::Piece;
use crate::tag::{Pair, kind};
use crate::tree::Tails;
use crate::{Littlefs, Result, Writer};
use drv_block::Block;
use drv_fs_core::Error;

/// Bytes of the window, with a bit for each block.
pub(crate) const WINDOW: usize = 512;

/// A window over the blocks of a disk, which goes round.
#[derive(Debug)]
pub(crate) struct Window {
    first: u32,
    /// Blocks in it.
    size: u32,
    /// The next to be given away.
    next: u32,
    /// How many may be looked at until all that was given away is known to be in use.
    left: u32,
}

impl Window {
    pub const fn new() -> Self {
        Self { first: 0, size: 0, next: 0, left: 0 }
    }

    /// Begins somewhere, so that not always the same blocks are written.
    pub fn begin(&mut self, first: u32, blocks: u32) {
        (self.first, self.size, self.next, self.left) = (first, 0, 0, blocks);
    }

    fn mark(&self, bits: &mut [u8; WINDOW], block: u32, blocks: u32) {
        if block >= blocks {
            return;
        }
        let at = if block >= self.first { block - self.first } else { blocks - self.first + block };
        if at < self.size {
            bits[at as usize / 8] |= 1 << (at % 8);
        }
    }
}

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// Says that everything given away so far is in use now, or will never be.
    pub(crate) fn checkpoint(&mut self) {
        self.window.left = self.device.blocks;
    }

    /// Adds to what the order of blocks is begun with.
    pub(crate) fn stir(&mut self, sum: u32) {
        self.seed = self.seed.rotate_left(5) ^ sum;
    }

    /// A block that is free.
    pub(crate) fn allocate(&mut self) -> Result<u32> {
        let blocks = self.device.blocks;
        if blocks == 0 {
            return Err(Error::NoSpace);
        }
        loop {
            while self.window.next < self.window.size && self.window.left > 0 {
                let at = self.window.next;
                self.window.next += 1;
                self.window.left -= 1;
                if self.memory.free[at as usize / 8] >> (at % 8) & 1 == 0 {
                    let block = u64::from(self.window.first) + u64::from(at);
                    return Ok((block % u64::from(blocks)) as u32);
                }
            }
            if self.window.left == 0 {
                return Err(Error::NoSpace);
            }
            self.look_further()?;
        }
    }

    fn look_further(&mut self) -> Result<()> {
        let blocks = u64::from(self.device.blocks);
        let window = &mut self.window;
        window.first = ((u64::from(window.first) + u64::from(window.next)) % blocks) as u32;
        window.next = 0;
        window.size = window.left.min(WINDOW as u32 * 8);
        self.memory.free.fill(0);
        let marked = self.mark_all();
        if marked.is_err() {
            // What was not marked is not free.
            self.window.size = 0;
        }
        marked
    }

    fn mark(&mut self, block: u32) {
        self.window.mark(&mut self.memory.free, block, self.device.blocks);
    }

    fn mark_pair(&mut self, pair: Pair) {
        for block in pair.0 {
            self.mark(block);
        }
    }

    fn mark_all(&mut self) -> Result<()> {
        let mut tails = Tails::from(Pair::FIRST);
        while let Some(pair) = tails.next()? {
            self.mark_pair(pair);
            let piece = self.fetch(pair)?;
            self.mark_contents(&piece)?;
            if self.global.has_lost() {
                self.mark_children(&piece)?;
            }
            tails.after(&piece);
        }
        self.mark_open()
    }

    fn mark_contents(&mut self, piece: &Piece) -> Result<()> {
        for id in 0..piece.count {
            let (tag, place) = self.body(piece, id)?;
            let mut bytes = [0; 8];
            self.copy(tag, place, &mut bytes)?;
            let Pair([head, size]) = Pair::from_bytes(bytes);
            match tag.kind() {
                kind::PAIR => self.mark_pair(Pair([head, size])),
                kind::CHAIN => self.mark_chain(head, size)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// After a cut a directory may be elsewhere than the list of pieces says.
    fn mark_children(&mut self, piece: &Piece) -> Result<()> {
        for id in 0..piece.count {
            let Some(child) = self.child(piece, id)? else { continue };
            let mut tails = Tails::from(child);
            while let Some(pair) = tails.next()? {
                self.mark_pair(pair);
                let piece = self.fetch(pair)?;
                self.mark_contents(&piece)?;
                tails.after_within(&piece);
            }
        }
        Ok(())
    }

    /// Blocks of files that no directory knows of yet.
    fn mark_open(&mut self) -> Result<()> {
        let mut open = [None; N];
        for (place, (_, file)) in open.iter_mut().zip(self.open.all()) {
            *place = Some(*file);
        }
        for file in open.into_iter().flatten() {
            if !file.inline {
                self.mark_chain(file.head, file.size)?;
            }
            if file.writing && file.at > 0 {
                self.mark_written(&file)?;
            }
        }
        Ok(())
    }

    fn mark_chain(&mut self, head: u32, size: u32) -> Result<()> {
        let Some(last) = size.checked_sub(1) else { return Ok(()) };
        let index = Shape(self.device.block_size).place(last).0;
        self.mark_from(head, index)
    }

    fn mark_from(&mut self, mut block: u32, mut index: u32) -> Result<()> {
        if index >= self.device.blocks {
            return Err(Error::Corrupt);
        }
        loop {
            self.mark(block);
            if index == 0 {
                return Ok(());
            }
            let mut bytes = [0; 8];
            self.device.read(block, 0, &mut bytes)?;
            (block, index) = self.mark_pointers(bytes, index);
        }
    }

    /// Takes one or two steps along a chain, whichever the block offers.
    fn mark_pointers(&mut self, bytes: [u8; 8], index: u32) -> (u32, u32) {
        let Pair([near, far]) = Pair::from_bytes(bytes);
        if index % 2 == 1 {
            return (near, index - 1);
        }
        self.mark(near);
        (far, index - 2)
    }

    /// The chain that a file is being written to. Its last block may still be in memory.
    fn mark_written(&mut self, file: &File) -> Result<()> {
        let index = Shape(self.device.block_size).place(file.at - 1).0;
        let writer = self.writer(file);
        let (block, mut bytes) = (writer.block, [0; 8]);
        let in_memory = writer.begin == 0;
        bytes.copy_from_slice(&writer.buffer[..8]);
        if index == 0 || !in_memory {
            return self.mark_from(block, index);
        }
        self.mark(block);
        let (block, index) = self.mark_pointers(bytes, index);
        self.mark_from(block, index)
    }

    pub(crate) fn writer(&mut self, file: &File) -> &mut Writer {
        &mut self.memory.files[file.buffer % N]
    }

    /// Blocks in use, as far as the disk says.
    pub(crate) fn used_blocks(&mut self) -> Result<u64> {
        let mut used = 0;
        let mut tails = Tails::from(Pair::FIRST);
        while let Some(pair) = tails.next()? {
            used += 2;
            let piece = self.fetch(pair)?;
            for id in 0..piece.count {
                let (tag, place) = self.body(&piece, id)?;
                let mut bytes = [0; 8];
                self.copy(tag, place, &mut bytes)?;
                let Pair([_, size]) = Pair::from_bytes(bytes);
                if tag.kind() == kind::CHAIN && size > 0 {
                    used += u64::from(Shape(self.device.block_size).place(size - 1).0) + 1;
                }
            }
            tails.after(&piece);
        }
        Ok(used)
    }
}
