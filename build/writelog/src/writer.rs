//! Writing a log.

use crate::format::{DISCARD, FLUSH, FUA, HEADER, MAGIC, MARK, VERSION};
use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Writes a log, complete after every call.
#[derive(Debug)]
pub struct Writer {
    file: File,
    sector_size: u32,
    entries: u64,
    end: u64,
}

impl Writer {
    /// Makes an empty log.
    ///
    /// # Errors
    /// If the sector size is not a power of two from 512 to 65536, or the file cannot be written.
    pub fn create(path: &Path, sector_size: u32) -> Result<Self> {
        let usual = sector_size.is_power_of_two() && (512..=65536).contains(&sector_size);
        ensure!(usual, "{sector_size} bytes in a sector: not a power of two from 512 to 65536");
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let writer = Self { file, sector_size, entries: 0, end: u64::from(sector_size) };
        writer.file.set_len(writer.end)?;
        writer.superblock()?;
        Ok(writer)
    }

    /// Everything before is on the medium.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn flush(&mut self) -> Result<()> {
        self.entry(0, 0, FLUSH, &[], &[])
    }

    /// Some sectors are written.
    ///
    /// # Errors
    /// If that is no whole number of sectors; if the file cannot be written.
    pub fn write(&mut self, first: u64, data: &[u8]) -> Result<()> {
        self.entry(first, self.sectors(data)?, 0, &[], data)
    }

    /// Some sectors are written, and on the medium at once.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn write_through(&mut self, first: u64, data: &[u8]) -> Result<()> {
        self.entry(first, self.sectors(data)?, FUA, &[], data)
    }

    /// Some sectors are discarded.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn discard(&mut self, first: u64, sectors: u64) -> Result<()> {
        self.entry(first, sectors, DISCARD, &[], &[])
    }

    /// Names this moment.
    ///
    /// # Errors
    /// If the name does not fit a sector; if the file cannot be written.
    pub fn mark(&mut self, name: &str) -> Result<()> {
        let room = self.sector_size as usize - HEADER;
        ensure!(name.len() <= room, "a name of {} bytes, {room} have room", name.len());
        self.entry(0, 0, MARK, name.as_bytes(), &[])
    }

    fn sectors(&self, data: &[u8]) -> Result<u64> {
        let size = self.sector_size as usize;
        ensure!(data.len().is_multiple_of(size), "{} bytes are no whole sectors", data.len());
        Ok((data.len() / size) as u64)
    }

    fn entry(
        &mut self,
        first: u64,
        sectors: u64,
        flags: u64,
        name: &[u8],
        data: &[u8],
    ) -> Result<()> {
        let numbers = [first, sectors, flags, name.len() as u64];
        let mut sector = numbers.map(u64::to_le_bytes).concat();
        sector.extend(name);
        sector.resize(self.sector_size as usize, 0);
        self.file.write_all_at(&sector, self.end)?;
        self.file.write_all_at(data, self.end + sector.len() as u64)?;
        self.end += (sector.len() + data.len()) as u64;
        self.entries += 1;
        self.superblock()
    }

    /// Last, so that a program that dies leaves a whole log.
    fn superblock(&self) -> Result<()> {
        let mut bytes = [MAGIC, VERSION, self.entries].map(u64::to_le_bytes).concat();
        bytes.extend(self.sector_size.to_le_bytes());
        self.file.write_all_at(&bytes, 0).context("the log cannot be written")
    }
}
