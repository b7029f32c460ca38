//! Open files: their bytes, before and after they are on the disk.
//!
//! A small file lies in its directory, and in its buffer while it is open. A larger one is a chain.
//! Writing into it begins a new chain, which shares what lies before with the old one; what lies
//! behind is copied when writing goes on elsewhere. The directory is told when the file is synced.

use crate::chain::{Shape, pointers};
use crate::leaf::{Body, Leaf};
use crate::log::Place;
use crate::note::Note;
use crate::spot::Spot;
use crate::stretch::Stretch;
use crate::tag::{Pair, kind};
use crate::tree::Found;
use crate::{Littlefs, Result};
use drv_block::Block;
use drv_fs_core::Error;

/// Bytes copied at once.
pub(crate) const SOME: usize = 512;

/// An open file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File {
    /// Where its name is.
    pub spot: Spot,
    /// Its contents are in its buffer.
    pub inline: bool,
    /// Its last block and its size, of what is no longer being written.
    pub head: u32,
    pub size: u32,
    /// The directory has yet to be told.
    pub changed: bool,
    /// A chain is being written, up to this byte.
    pub writing: bool,
    pub at: u32,
    /// Which buffer is its own.
    pub buffer: usize,
    /// When it was last written.
    pub modified: u64,
}

impl File {
    pub fn length(&self) -> u32 {
        if self.writing { self.size.max(self.at) } else { self.size }
    }
}

/// A file while something is done with it; it goes back to the table afterwards.
impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// A file as its directory has it.
    pub(crate) fn load(&mut self, leaf: &Leaf, buffer: usize) -> Result<File> {
        let (inline, head, size) = match leaf.body {
            Body::Directory(_) => return Err(Error::IsADirectory),
            Body::Inline(_, size) => (true, u32::MAX, size),
            Body::Chain(head, size) => (false, head, size),
        };
        self.memory.stretches[buffer % N] = Stretch::NONE;
        let file = File {
            spot: Spot { pair: leaf.pair, id: leaf.id, file: true },
            inline,
            head,
            size,
            changed: false,
            writing: false,
            at: 0,
            buffer,
            modified: leaf.modified,
        };
        if let Body::Inline(at, size) = leaf.body {
            let into = self.memory.files[buffer % N].buffer.get_mut(..size as usize);
            self.device.read(leaf.pair.0[0], at, into.ok_or(Error::Corrupt)?)?;
        }
        Ok(file)
    }

    /// What a directory says that a file holds.
    pub(crate) fn contents(&mut self, found: &Found) -> Result<Body> {
        let (tag, place) = self.body(&found.piece, found.id)?;
        if let (kind::INLINE, Place::Disk(_, at)) = (tag.kind(), place) {
            return Ok(Body::Inline(at, tag.length()));
        }
        let mut bytes = [0; 8];
        if tag.kind() != kind::CHAIN || self.copy(tag, place, &mut bytes)? != 8 {
            return Err(Error::Corrupt);
        }
        let Pair([head, size]) = Pair::from_bytes(bytes);
        let blocks = size.checked_sub(1).map_or(0, |last| self.shape().place(last).0);
        let sound = size <= self.max_file && blocks < self.device.blocks;
        sound.then_some(Body::Chain(head, size)).ok_or(Error::Corrupt)
    }

    fn shape(&self) -> Shape {
        Shape(self.device.block_size)
    }

    pub(crate) fn read_file(&mut self, file: &File, at: u64, into: &mut [u8]) -> Result<usize> {
        let Some(left) = u64::from(file.size).checked_sub(at) else { return Ok(0) };
        let length = (into.len() as u64).min(left) as usize;
        let (at, into) = (at as u32, &mut into[..length]);
        if file.inline {
            let from = at as usize;
            into.copy_from_slice(&self.writer(file).buffer[from..from + length]);
            return Ok(length);
        }
        if length > 0 {
            self.read_chain(file, at, into)?;
        }
        Ok(length)
    }

    pub(crate) fn write_file(&mut self, file: &mut File, at: u64, data: &[u8]) -> Result<()> {
        let end = at.checked_add(data.len() as u64).filter(|&end| end <= self.max_file.into());
        let end = end.ok_or(Error::TooLarge)? as u32;
        if data.is_empty() {
            return Ok(());
        }
        file.modified = self.clock;
        while u64::from(file.length()) < at {
            let gap = (at - u64::from(file.length())).min(SOME as u64);
            self.write_at(file, file.length(), &[0; SOME][..gap as usize])?;
        }
        self.write_at(file, end - data.len() as u32, data)
    }

    /// Writes from a byte on that is not behind the end.
    fn write_at(&mut self, file: &mut File, at: u32, data: &[u8]) -> Result<()> {
        let end = at + data.len() as u32;
        if file.inline && end <= self.inline {
            let buffer = &mut self.writer(file).buffer;
            buffer[at as usize..end as usize].copy_from_slice(data);
            (file.size, file.changed) = (file.size.max(end), true);
            return Ok(());
        }
        if file.inline {
            self.move_out(file)?;
        }
        if file.writing && file.at != at {
            self.finish(file)?;
        }
        if !file.writing {
            file.at = at;
        }
        // What lies behind is copied at once: later there might be no room for it.
        let inside = !file.writing && at < file.size;
        let mut done = self.extend_with(file, data);
        if inside && done.is_ok() && file.at < file.size {
            done = self.finish_chain(file);
            file.writing &= done.is_err();
        }
        match done {
            Ok(()) => {}
            // Of what could not be written nothing remains, but what was there before.
            Err(Error::NoSpace) if file.at >= file.size => {}
            Err(_) => file.writing = false,
        }
        done
    }

    /// Makes an inline file the beginning of a chain: its buffer is what goes to the first block.
    fn move_out(&mut self, file: &mut File) -> Result<()> {
        if file.size > 0 {
            let block = self.new_block(file)?;
            let size = file.size;
            let writer = self.writer(file);
            (writer.block, writer.begin, writer.length) = (block, 0, size);
            (file.writing, file.at) = (true, size);
            self.memory.stretches[file.buffer % N].tops.push(None, 0, block);
        }
        (file.inline, file.size, file.head, file.changed) = (false, 0, u32::MAX, true);
        Ok(())
    }

    fn extend_with(&mut self, file: &mut File, mut data: &[u8]) -> Result<()> {
        while !data.is_empty() {
            if !file.writing || self.writer(file).at() == self.device.block_size {
                self.extend(file)?;
            }
            let room = self.device.block_size - self.writer(file).at();
            let (now, later) = data.split_at(data.len().min(room as usize));
            self.put_file(file, now, true)?;
            if self.writer(file).at() == self.device.block_size {
                self.drain_file(file)?;
            }
            data = later;
        }
        Ok(())
    }

    /// Gives the chain being written a block: a copy of the last if that is not full, or else one
    /// more.
    fn extend(&mut self, file: &mut File) -> Result<()> {
        let last = match file.at.checked_sub(1) {
            None => None,
            Some(_) if file.writing => Some(self.writer(file).block),
            Some(at) => Some(self.find_byte(file.head, file.size, at)?.0),
        };
        let block = self.new_block(file)?;
        file.writing = true;
        self.writer(file).begin(block, 0);
        let Some(last) = last else {
            self.memory.stretches[file.buffer % N].tops.push(None, 0, block);
            return Ok(());
        };
        let (index, offset) = self.shape().place(file.at - 1);
        let length = offset + 1;
        let partial = length < self.device.block_size;
        if partial {
            self.copy_block(file, last, length)?;
        } else {
            self.put_pointers(file, index, last)?;
        }
        // It may be another by now.
        let block = self.writer(file).block;
        let tops = &mut self.memory.stretches[file.buffer % N].tops;
        tops.push(Some((index, last)), if partial { index } else { index + 1 }, block);
        Ok(())
    }

    /// Begins a block with pointers to those before, the last of which has this number.
    fn put_pointers(&mut self, file: &mut File, index: u32, last: u32) -> Result<()> {
        let mut pointer = last;
        for level in 0..pointers(index + 1) {
            let known = self.memory.stretches[file.buffer % N].tops.get(index, last, level);
            pointer = match known {
                Some(known) => known,
                None if level == 0 => last,
                None => u32::from_le_bytes(self.device.word(pointer, 4 * (level - 1))?),
            };
            self.put_file(file, &pointer.to_le_bytes(), false)?;
        }
        Ok(())
    }

    /// Ends the chain being written: it becomes the file's.
    pub(crate) fn finish(&mut self, file: &mut File) -> Result<()> {
        if !file.writing {
            return Ok(());
        }
        let done = self.finish_chain(file);
        file.writing = false;
        self.put_back(file);
        done
    }

    fn finish_chain(&mut self, file: &mut File) -> Result<()> {
        let mut some = [0; SOME];
        while file.at < file.size {
            let count = (file.size - file.at).min(SOME as u32) as usize;
            self.read_file(file, file.at.into(), &mut some[..count])?;
            self.extend_with(file, &some[..count])?;
        }
        self.drain_file(file)?;
        (file.head, file.size) = (self.writer(file).block, file.at);
        self.trail.forget();
        self.memory.stretches[file.buffer % N].forget();
        Ok(())
    }

    pub(crate) fn resize(&mut self, file: &mut File, size: u64) -> Result<()> {
        if size > self.max_file.into() {
            return Err(Error::TooLarge);
        }
        file.modified = self.clock;
        let size = size as u32;
        while file.length() < size {
            let gap = (size - file.length()).min(SOME as u32);
            self.write_at(file, file.length(), &[0; SOME][..gap as usize])?;
        }
        self.finish(file)?;
        if size == file.size {
            return Ok(());
        }
        if size <= self.inline {
            self.move_in(file, size)?;
        } else {
            file.head = self.find_byte(file.head, file.size, size - 1)?.0;
        }
        (file.size, file.changed) = (size, true);
        Ok(())
    }

    /// Makes what is left of a file inline.
    fn move_in(&mut self, file: &mut File, size: u32) -> Result<()> {
        if file.inline {
            return Ok(());
        }
        let mut some = [0; SOME * 2];
        let some = some.get_mut(..size as usize).ok_or(Error::Corrupt)?;
        self.read_file(file, 0, some)?;
        self.writer(file).buffer[..some.len()].copy_from_slice(some);
        (file.inline, file.head) = (true, u32::MAX);
        Ok(())
    }

    /// Tells the directory what the file holds.
    pub(crate) fn tell(&mut self, file: &mut File) -> Result<()> {
        self.finish(file)?;
        if !file.changed {
            return Ok(());
        }
        self.put_back(file);
        if !file.inline {
            // The directory must not know of what is not yet on the medium.
            self.device.flush()?;
        }
        self.begin_change()?;
        self.put_back(file);
        let mut piece = self.fetch(file.spot.pair)?;
        let id = file.spot.id;
        let mut bytes = [0; SOME * 2];
        let (bytes, kind) = if file.inline {
            let bytes = &mut bytes[..file.size as usize];
            bytes.copy_from_slice(&self.writer(file).buffer[..file.size as usize]);
            (bytes, kind::INLINE)
        } else {
            let bytes = &mut bytes[..8];
            bytes.copy_from_slice(&Pair([file.head, file.size]).to_bytes());
            (bytes, kind::CHAIN)
        };
        let time = file.modified.to_le_bytes();
        let notes = [Note::new(kind, id, bytes), Note::new(kind::TIME, id, &time)];
        let count = if file.modified == 0 { 1 } else { 2 };
        self.commit(&mut piece, &notes[..count])?;
        file.changed = false;
        self.put_back(file);
        Ok(())
    }

    /// Says how a file is now to those who look for what is open, and hears from them where it is.
    pub(crate) fn put_back(&mut self, file: &mut File) {
        let buffer = file.buffer;
        let Some(shared) = self.open.find(|one| one.buffer == buffer) else { return };
        if let Some(one) = self.open.get_mut(shared) {
            file.spot = one.spot;
            *one = *file;
        }
    }
}
