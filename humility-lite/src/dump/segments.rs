//! A file whose parts are stretches of physical memory.

use super::{Core, Processor};
use crate::memory::Unreadable;
use std::cell::RefCell;
use std::io::{Read, Seek, SeekFrom};

/// What a dump is read from.
pub trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

/// Memory at `physical`, found in the file at `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Physical address of the first byte.
    pub physical: u64,
    /// Bytes.
    pub size: u64,
    /// Where in the file.
    pub offset: u64,
}

/// A [`Core`] over a file.
pub struct Segments {
    source: RefCell<Box<dyn Source>>,
    segments: Vec<Segment>,
    processors: Vec<Processor>,
    problems: Vec<String>,
}

impl Segments {
    /// Takes the parts as they are; a part beyond the file's end is noticed when it is read.
    pub fn new(
        source: Box<dyn Source>,
        mut segments: Vec<Segment>,
        processors: Vec<Processor>,
        problems: Vec<String>,
    ) -> Self {
        segments.sort_by_key(|segment| segment.physical);
        Self { source: RefCell::new(source), segments, processors, problems }
    }

    /// Where in the file `address` is, and how many bytes follow it there.
    fn find(&self, address: u64) -> Option<(u64, u64)> {
        self.segments.iter().find_map(|segment| {
            let skip = address.checked_sub(segment.physical)?;
            let left = segment.size.checked_sub(skip).filter(|&left| left > 0)?;
            Some((segment.offset.checked_add(skip)?, left))
        })
    }

    fn read_file(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        let mut source = self.source.borrow_mut();
        source.seek(SeekFrom::Start(offset))?;
        source.read_exact(buffer)
    }
}

impl Core for Segments {
    fn read(&self, mut address: u64, mut buffer: &mut [u8]) -> Result<(), Unreadable> {
        while !buffer.is_empty() {
            let missing = || Unreadable::new(address, "not in the dump");
            let (offset, left) = self.find(address).ok_or_else(missing)?;
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let (now, later) = buffer.split_at_mut(length);
            self.read_file(offset, now)
                .map_err(|_| Unreadable::new(address, "the dump's file ends before it"))?;
            address = address.wrapping_add(length as u64);
            buffer = later;
        }
        Ok(())
    }

    fn processors(&self) -> &[Processor] {
        &self.processors
    }

    fn extents(&self) -> Vec<(u64, u64)> {
        self.segments.iter().map(|segment| (segment.physical, segment.size)).collect()
    }

    fn problems(&self) -> &[String] {
        &self.problems
    }
}
