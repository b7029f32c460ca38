//! What was printed, in files that are followed by others.
//!
//! The files alone say how far they are (see [`Marker`]): nothing is remembered beside them, so a death
//! of anybody, at any moment, neither loses what the console still keeps nor has it twice.

use crate::marker::{MARK, Marker};
use core::fmt;

/// Bytes that are written at a time.
pub const LONGEST: usize = 4096;
/// Bytes looked at from the end of a file on, at a time.
const PIECE: usize = 512;
/// A file has room for a marker and more.
const LEAST: u64 = 1024;

/// Files with numbers: 0 is written to.
pub trait Store {
    /// Why something did not succeed.
    type Error;

    /// Bytes in a file; `None` if it is not there.
    ///
    /// # Errors
    /// What the file system says.
    fn size(&mut self, file: u8) -> Result<Option<u64>, Self::Error>;
    /// Fills `into` from a file, which is so large.
    ///
    /// # Errors
    /// What the file system says.
    fn read(&mut self, file: u8, offset: u64, into: &mut [u8]) -> Result<(), Self::Error>;
    /// Cuts file 0 off at `offset`, makes it if it is not there, and adds bytes behind; returns when they are on
    /// the medium.
    ///
    /// # Errors
    /// What the file system says; then all, a part, or nothing of it was done.
    fn put(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Self::Error>;
    /// Gives a file the next number, and with it the place of the one that had it. One that is not there
    /// is no mistake.
    ///
    /// # Errors
    /// What the file system says.
    fn follow(&mut self, file: u8) -> Result<(), Self::Error>;
}

/// How far the files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Far {
    /// What the next byte would be.
    at: Marker,
    /// Bytes in file 0.
    size: u64,
}

/// The files.
#[derive(Debug)]
pub struct Journal<S> {
    store: S,
    /// Bytes of a file, at most.
    limit: u64,
    files: u8,
    /// `None`: to be looked up.
    far: Option<Far>,
}

impl<S: Store> Journal<S> {
    /// Files of at most `limit` bytes, so many of them.
    pub fn new(store: S, limit: u64, files: u8) -> Self {
        Self { store, limit: limit.max(LEAST), files: files.max(1), far: None }
    }

    /// The files.
    pub const fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// Forgets how far the files are: it is looked up again. After any trouble.
    pub const fn forget(&mut self) {
        self.far = None;
    }

    /// How far they are: the console's log and the place in it that is next. `None` if there is nothing
    /// yet.
    ///
    /// # Errors
    /// What the file system says.
    pub fn place(&mut self) -> Result<Option<Marker>, S::Error> {
        if let Some(far) = self.far {
            return Ok(Some(far.at));
        }
        // The last may just have been given its new number.
        let mut foreign = false;
        for file in 0..self.files.min(2) {
            let Some(size) = self.store.size(file)? else { continue };
            if let Some((at, end)) = self.last(file, size)? {
                let size = match file {
                    0 => end,
                    // What is no journal gets the next number, too.
                    _ if foreign => self.limit,
                    _ => 0,
                };
                self.far = Some(Far { at, size });
                return Ok(Some(at));
            }
            foreign = size > 0;
        }
        Ok(None)
    }

    /// How far a file is by its last marker, and where what is whole ends.
    fn last(&mut self, file: u8, size: u64) -> Result<Option<(Marker, u64)>, S::Error> {
        let mut window = [0; 2 * PIECE];
        let (mut end, mut whole) = (size, size);
        // Each time a piece, and behind it as much as a marker that begins in it may have.
        while end > 0 {
            let begin = end.saturating_sub(PIECE as u64);
            let length = (size - begin).min(2 * PIECE as u64) as usize;
            let bytes = &mut window[..length];
            self.store.read(file, begin, bytes)?;
            let fresh = (end - begin) as usize;
            let marks = bytes[..fresh].iter().enumerate().rev();
            for (index, _) in marks.filter(|(_, byte)| **byte == MARK) {
                let at = begin + index as u64;
                match Marker::parse(&bytes[index + 1..]) {
                    Some((marker, length)) => {
                        let behind = whole - (at + 1 + length as u64);
                        let place = marker.place + behind;
                        return Ok(Some((Marker { place, ..marker }, whole)));
                    }
                    // One that was not written to its end.
                    None => whole = at,
                }
            }
            end = begin;
        }
        Ok(None)
    }

    /// Adds a line of the logger's own: what follows is of this log, from this place on.
    ///
    /// # Errors
    /// What the file system says.
    pub fn mark(&mut self, marker: Marker, words: fmt::Arguments<'_>) -> Result<(), S::Error> {
        let line = marker.line(words);
        let size = self.room_for(line.bytes().len() as u64)?;
        self.put(size, marker, line.bytes())
    }

    /// Adds what was printed from a place of a log on; at most [`LONGEST`] bytes.
    ///
    /// # Errors
    /// What the file system says.
    pub fn add(&mut self, log: u64, place: u64, printed: &mut [u8]) -> Result<(), S::Error> {
        for byte in printed.iter_mut().filter(|byte| **byte == MARK) {
            *byte = b'.';
        }
        let known = self.place()?;
        let boots = known.map_or(0, |known| known.boots);
        let (mut at, mut rest) = (Marker { log, place, boots }, &*printed);
        match known {
            Some(known) if known == at => {}
            Some(known) if known.log == log && known.place < place => {
                let lost = place - known.place;
                self.mark(at, format_args!("{lost} bytes before this are lost"))?;
            }
            _ => self.mark(at, format_args!("another log begins"))?,
        }
        while !rest.is_empty() {
            let size = self.far.map_or(0, |far| far.size);
            let room = self.limit.saturating_sub(size).min(rest.len() as u64) as usize;
            let (now, later) = rest.split_at(whole_lines(rest, room));
            if now.is_empty() {
                self.rotate()?;
                self.mark(at, format_args!("goes on from console.1"))?;
                continue;
            }
            at.place += now.len() as u64;
            self.put(size, at, now)?;
            rest = later;
        }
        Ok(())
    }

    /// Where in file 0 there is room for so many bytes.
    fn room_for(&mut self, bytes: u64) -> Result<u64, S::Error> {
        let size = match self.place()? {
            Some(_) => self.far.map_or(0, |far| far.size),
            // Something that is no journal of ours.
            None if self.store.size(0)?.is_some_and(|size| size > 0) => self.limit,
            None => 0,
        };
        if size + bytes <= self.limit {
            return Ok(size);
        }
        self.rotate()?;
        Ok(0)
    }

    fn rotate(&mut self) -> Result<(), S::Error> {
        for file in (0..self.files.saturating_sub(1)).rev() {
            self.store.follow(file)?;
        }
        if let Some(far) = &mut self.far {
            far.size = 0;
        }
        Ok(())
    }

    fn put(&mut self, size: u64, at: Marker, bytes: &[u8]) -> Result<(), S::Error> {
        self.far = None;
        self.store.put(size, bytes)?;
        self.far = Some(Far { at, size: size + bytes.len() as u64 });
        Ok(())
    }
}

/// As many of the first `room` bytes as are whole lines; all of them if that is none, unless more room
/// comes with the next file.
fn whole_lines(bytes: &[u8], room: usize) -> usize {
    if room == bytes.len() {
        return room;
    }
    let end = bytes[..room].iter().rposition(|&byte| byte == b'\n').map(|end| end + 1);
    // A line that is longer than this is cut.
    end.unwrap_or(if room >= PIECE { room } else { 0 })
}

#[cfg(test)]
mod tests;
