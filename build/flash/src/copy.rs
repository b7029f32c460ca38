//! Writing pieces, and reading them back.

use crate::Piece;
use anyhow::{Context, Result, bail};
use rustix::fs::{Advice, fadvise};
use std::fs::File;
use std::io::{Read, Result as IoResult, Seek, SeekFrom, Write};

/// Bytes moved at a time.
const PORTION: usize = 1 << 20;
/// Zeros are left out in units of this.
const BLOCK: usize = 4096;

/// What is written to.
pub trait Disk: Read + Write + Seek {
    /// Waits until everything is on the medium, and forgets it, so that what is read next comes
    /// from there.
    ///
    /// # Errors
    /// If the medium refuses.
    fn settle(&mut self) -> IoResult<()>;
}

impl Disk for File {
    fn settle(&mut self) -> IoResult<()> {
        self.sync_all()?;
        // Only advice: some file systems keep everything in memory.
        let _ = fadvise(&*self, 0, None, Advice::DontNeed);
        Ok(())
    }
}

/// What is done about blocks of zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zeros {
    /// They are written.
    Write,
    /// They are there already.
    Skip,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Writing.
    Write,
    /// Reading back.
    Check,
}

/// Writes a piece. `moved` hears how many bytes are done with, time and again.
///
/// # Errors
/// If the disk refuses. Otherwise, how many bytes were written.
pub fn copy(
    disk: &mut impl Disk,
    piece: &Piece,
    zeros: Zeros,
    moved: &mut dyn FnMut(u64),
) -> Result<u64> {
    let mut written = 0;
    for (offset, portion) in portions(piece) {
        for (run, bytes) in runs(portion, zeros) {
            let at = offset + run as u64;
            let put = disk.seek(SeekFrom::Start(at)).and_then(|_| disk.write_all(bytes));
            put.with_context(|| format!("cannot write {} bytes at {at:#x}", bytes.len()))?;
            written += bytes.len() as u64;
        }
        moved(portion.len() as u64);
    }
    Ok(written)
}

/// Reads a piece back and compares, zeros too.
///
/// # Errors
/// At the first byte that differs.
pub fn check(disk: &mut impl Disk, piece: &Piece, moved: &mut dyn FnMut(u64)) -> Result<()> {
    let mut buffer = vec![0; PORTION];
    for (offset, portion) in portions(piece) {
        let read = &mut buffer[..portion.len()];
        let get = disk.seek(SeekFrom::Start(offset)).and_then(|_| disk.read_exact(read));
        get.with_context(|| format!("cannot read {} bytes at {offset:#x} back", portion.len()))?;
        // The whole first, which is fast even in a tool that is not optimized.
        if read != portion
            && let Some(at) = read.iter().zip(portion).position(|(read, meant)| read != meant)
        {
            bail!(
                "the byte at {:#x} was written as {:#04x} and reads as {:#04x}: \
                 the medium does not keep what it is given",
                offset + at as u64,
                portion[at],
                read[at]
            );
        }
        moved(portion.len() as u64);
    }
    Ok(())
}

fn portions(piece: &Piece) -> impl Iterator<Item = (u64, &[u8])> {
    (piece.offset..).step_by(PORTION).zip(piece.bytes.chunks(PORTION))
}

/// What of a portion is to be written: where it begins in it, and its bytes.
fn runs(portion: &[u8], zeros: Zeros) -> Vec<(usize, &[u8])> {
    if zeros == Zeros::Write {
        return vec![(0, portion)];
    }
    let mut runs = Vec::new();
    let mut at = 0;
    let same = |a: &[u8], b: &[u8]| is_zero(a) == is_zero(b);
    let blocks: Vec<&[u8]> = portion.chunks(BLOCK).collect();
    for blocks in blocks.chunk_by(|a, b| same(a, b)) {
        let length = blocks.iter().map(|block| block.len()).sum::<usize>();
        if !is_zero(blocks[0]) {
            runs.push((at, &portion[at..at + length]));
        }
        at += length;
    }
    runs
}

/// Whether there is nothing but zeros.
pub fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(BLOCK).all(|block| *block == [0; BLOCK][..block.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_left_out_by_blocks() {
        let mut portion = vec![0; 5 * BLOCK + 10];
        portion[BLOCK] = 1;
        portion[3 * BLOCK - 1] = 1;
        portion[5 * BLOCK + 9] = 1;
        let found: Vec<(usize, usize)> =
            runs(&portion, Zeros::Skip).iter().map(|(at, bytes)| (*at, bytes.len())).collect();
        assert_eq!(found, [(BLOCK, 2 * BLOCK), (5 * BLOCK, 10)]);
        assert_eq!(runs(&portion, Zeros::Write), [(0, &portion[..])]);
    }
}
