//! A disk in a temporary file, with a way back.

use anyhow::{Context, Result, ensure};
use drv_block::{Block, Error, Geometry};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// Bytes copied at once. Zeros are left out, so that the copy has holes.
const PIECE: usize = 1 << 16;
/// The largest sector of a [`Block`].
const LARGEST: u32 = 4096;

/// A disk in a temporary file. What is done to it [tentatively](Self::tentatively) can be undone.
#[derive(Debug)]
pub struct Image {
    file: NamedTempFile,
    size: u64,
    sector_size: u32,
    /// What was where before, the latest last.
    undo: Vec<(u64, Vec<u8>)>,
    /// How many undertakings are to be undone.
    depth: usize,
}

impl Image {
    /// A copy of a disk.
    ///
    /// # Errors
    /// If it cannot be read, or is no whole number of sectors.
    pub fn of(disk: &Path, sector_size: u32) -> Result<Self> {
        let cannot = || format!("cannot read the disk {}", disk.display());
        let mut from = File::open(disk).with_context(cannot)?;
        let image = Self::blank(from.metadata().with_context(cannot)?.len(), sector_size)?;
        let mut piece = vec![0; PIECE];
        let mut place = 0;
        loop {
            let length = from.read(&mut piece).with_context(cannot)?;
            if length == 0 {
                return Ok(image);
            }
            if piece[..length].iter().any(|&byte| byte != 0) {
                image.file.as_file().write_all_at(&piece[..length], place)?;
            }
            place += length as u64;
        }
    }

    /// A disk of zeros.
    ///
    /// # Errors
    /// If that is no whole number of sectors, or there is no temporary file.
    pub fn blank(size: u64, sector_size: u32) -> Result<Self> {
        let whole = size.is_multiple_of(u64::from(sector_size));
        ensure!(whole, "{size} bytes are no whole number of sectors of {sector_size} bytes");
        let file = NamedTempFile::new().context("no temporary file")?;
        file.as_file().set_len(size)?;
        Ok(Self { file, size, sector_size, undo: Vec::new(), depth: 0 })
    }

    /// Another disk with the same bytes.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn copy(&self) -> Result<Self> {
        Self::of(self.path(), self.sector_size)
    }

    /// A disk with these of its bytes.
    ///
    /// # Errors
    /// If it has not so many, or there is no temporary file.
    pub fn part(&self, place: u64, bytes: u64) -> Result<Self> {
        let part = Self::blank(bytes, self.sector_size)?;
        let mut piece = vec![0; PIECE];
        let mut done = 0;
        while done < bytes {
            let piece = &mut piece[..(bytes - done).min(PIECE as u64) as usize];
            self.get(place + done, piece)?;
            if piece.iter().any(|&byte| byte != 0) {
                part.file.as_file().write_all_at(piece, done)?;
            }
            done += piece.len() as u64;
        }
        Ok(part)
    }

    /// Where it is: to be read by other programs, not to be written.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Reads bytes.
    ///
    /// # Errors
    /// If it has not so many.
    pub fn get(&self, place: u64, into: &mut [u8]) -> Result<()> {
        self.file.as_file().read_exact_at(into, place).context("the image cannot be read")
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// If it has not so many.
    pub fn put(&mut self, place: u64, bytes: &[u8]) -> Result<()> {
        let end = place.checked_add(bytes.len() as u64).filter(|&end| end <= self.size);
        ensure!(end.is_some(), "bytes {place} and {} more: it has {}", bytes.len(), self.size);
        if self.depth > 0 {
            let mut before = vec![0; bytes.len()];
            self.get(place, &mut before)?;
            self.undo.push((place, before));
        }
        self.file.as_file().write_all_at(bytes, place).context("the image cannot be written")
    }

    /// Does something, and then undoes what it did to the disk.
    ///
    /// # Errors
    /// If it cannot be undone.
    pub fn tentatively<T>(&mut self, what: impl FnOnce(&mut Self) -> T) -> Result<T> {
        let mark = self.undo.len();
        self.depth += 1;
        let result = what(self);
        self.depth -= 1;
        for (place, before) in self.undo.drain(mark..).rev() {
            let written = self.file.as_file().write_all_at(&before, place);
            written.context("the image cannot be put back")?;
        }
        Ok(result)
    }

    /// Copies it to a file.
    ///
    /// # Errors
    /// If that cannot be written.
    pub fn save(&self, to: &Path) -> Result<()> {
        let copied = std::fs::copy(self.path(), to);
        copied.map(|_| ()).with_context(|| format!("cannot write {}", to.display()))
    }
}

impl Block for Image {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        let sector_size = self.sector_size.min(LARGEST);
        let sectors = self.size / u64::from(sector_size);
        Ok(Geometry { sectors, sector_size, read_only: false, discard: true })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        let geometry = self.geometry()?;
        geometry.sectors_of(first, into.len())?;
        self.get(first * u64::from(geometry.sector_size), into).map_err(|_| Error::Failed)
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        let geometry = self.geometry()?;
        geometry.sectors_of(first, data.len())?;
        self.put(first * u64::from(geometry.sector_size), data).map_err(|_| Error::Failed)
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        let geometry = self.geometry()?;
        if !geometry.has(first, sectors) {
            return Err(Error::OutOfRange);
        }
        let zeros = vec![0; PIECE];
        let size = u64::from(geometry.sector_size);
        let (mut place, end) = (first * size, (first + sectors) * size);
        while place < end {
            let length = (end - place).min(PIECE as u64);
            self.put(place, &zeros[..length as usize]).map_err(|_| Error::Failed)?;
            place += length;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn byte(image: &Image, place: u64) -> u8 {
        let mut byte = [0];
        image.get(place, &mut byte).unwrap();
        byte[0]
    }

    #[test]
    fn what_was_tentative_is_undone_the_latest_first() {
        let mut image = Image::blank(2048, 512).unwrap();
        image.put(512, &[1; 512]).unwrap();
        let seen = image.tentatively(|image| {
            image.put(512, &[2; 512]).unwrap();
            image.tentatively(|image| image.put(700, &[3; 8]).unwrap()).unwrap();
            let undone = byte(image, 700);
            image.discard(1, 1).unwrap();
            (undone, byte(image, 700))
        });
        assert_eq!(seen.unwrap(), (2, 0));
        assert_eq!(byte(&image, 700), 1);
        assert!(image.undo.is_empty());
    }

    #[test]
    fn bytes_that_it_has_not_are_refused() {
        let mut image = Image::blank(2048, 512).unwrap();
        assert!(image.put(2040, &[1; 9]).is_err());
        assert!(image.put(u64::MAX, &[1; 9]).is_err());
        assert!(image.get(2040, &mut [1; 9]).is_err());
        assert_eq!(image.write(4, &[0; 512]), Err(Error::OutOfRange));
        assert!(Image::blank(1000, 512).is_err());
    }

    #[test]
    fn a_copy_is_the_disk() {
        let mut bytes = vec![0; 5 * PIECE / 2 / 512 * 512];
        bytes[PIECE + 3] = 7;
        *bytes.last_mut().unwrap() = 9;
        let disk = NamedTempFile::new().unwrap();
        std::fs::write(disk.path(), &bytes).unwrap();
        let image = Image::of(disk.path(), 512).unwrap();
        assert!(std::fs::read(image.path()).unwrap() == bytes);
    }
}
