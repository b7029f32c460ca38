//! The block that a file is being written to: it may turn out bad, and another takes its place.

use crate::compact::ATTEMPTS;
use crate::file::{File, SOME};
use crate::{Littlefs, Result, UNIT};
use drv_block::Block;
use drv_fs_core::Error;

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// A block that is free and erased.
    pub(crate) fn new_block(&mut self, file: &mut File) -> Result<u32> {
        // The table must know the file as it is now: its blocks are in use.
        self.put_back(file);
        self.checkpoint();
        self.trail.forget();
        self.memory.stretches[file.buffer % N].forget();
        for _ in 0..ATTEMPTS {
            let block = self.allocate()?;
            match self.device.erase(block) {
                Err(Error::Corrupt) => {}
                erased => return erased.map(|()| block),
            }
        }
        Err(self.device.no_good_block())
    }

    /// Writes a part of a file's last block: bytes of the file that are `new` to it, or what is
    /// between them or was there before.
    pub(crate) fn put_file(&mut self, file: &mut File, mut data: &[u8], new: bool) -> Result<()> {
        while !data.is_empty() {
            let writer = self.writer(file);
            let (now, later) = data.split_at(data.len().min(UNIT - writer.length as usize));
            writer.add(now);
            let full = writer.length as usize == UNIT;
            if new {
                // At once: which block of the file this is, follows from it.
                (file.at, file.changed) = (file.at + now.len() as u32, true);
            }
            if full {
                self.drain_file(file)?;
            }
            data = later;
        }
        Ok(())
    }

    /// Brings what is in a file's buffer to its block, or to another if that turns out bad.
    pub(crate) fn drain_file(&mut self, file: &mut File) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let writer = &mut self.memory.files[file.buffer % N];
            match writer.drain(&mut self.device) {
                Err(Error::Corrupt) if self.device.worn => self.leave_block(file)?,
                drained => return drained,
            }
        }
        Err(self.device.no_good_block())
    }

    /// Copies what a file's last block already has to another block, which takes its place.
    fn leave_block(&mut self, file: &mut File) -> Result<()> {
        let (old, length) = (self.writer(file).block, self.writer(file).begin);
        for _ in 0..ATTEMPTS {
            let block = self.new_block(file)?;
            match self.copy_to(old, block, length) {
                Err(Error::Corrupt) => {}
                copied => {
                    self.writer(file).block = block;
                    return copied;
                }
            }
        }
        Err(self.device.no_good_block())
    }

    /// Copies whole sectors by way of the log's buffer: no commit is under way.
    fn copy_to(&mut self, from: u32, to: u32, length: u32) -> Result<()> {
        let mut some = [0; SOME];
        let mut done = 0;
        self.memory.log.begin(to, 0);
        while done < length {
            let some = &mut some[..(length - done).min(SOME as u32) as usize];
            self.device.read(from, done, some)?;
            self.memory.log.put(&mut self.device, some)?;
            done += some.len() as u32;
        }
        self.memory.log.drain(&mut self.device)
    }

    pub(crate) fn copy_block(&mut self, file: &mut File, from: u32, length: u32) -> Result<()> {
        let mut some = [0; SOME];
        let mut done = 0;
        while done < length {
            let some = &mut some[..(length - done).min(SOME as u32) as usize];
            self.device.read(from, done, some)?;
            self.put_file(file, some, false)?;
            done += some.len() as u32;
        }
        Ok(())
    }
}
