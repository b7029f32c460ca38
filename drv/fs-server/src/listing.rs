//! Entries of a directory as they lie in a client's buffer.

use crate::words::info;
use drv_fs_core::Entry;
use fs_api::Entry as Record;
use userlib::ipc::zerocopy::IntoBytes;

/// Entries one behind the other: each a record, its name, and zeros up to a multiple of 8.
#[derive(Debug)]
pub struct Entries<'b> {
    buffer: &'b mut [u8],
    pub bytes: usize,
    pub count: u32,
    /// The cookie behind the last.
    pub next: u64,
}

impl<'b> Entries<'b> {
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, bytes: 0, count: 0, next: 0 }
    }

    /// Adds one; false if there is no room.
    pub fn push(&mut self, entry: &Entry<'_>) -> bool {
        let name = entry.name.as_bytes();
        let record = Record {
            next: entry.next,
            info: info(&entry.info),
            name_length: name.len() as u32,
            reserved: 0,
        };
        let (begin, text) = (self.bytes, self.bytes + size_of::<Record>());
        let end = (text + name.len()).next_multiple_of(8);
        let Some(room) = self.buffer.get_mut(begin..end) else { return false };
        let (head, tail) = room.split_at_mut(size_of::<Record>());
        head.copy_from_slice(record.as_bytes());
        tail[..name.len()].copy_from_slice(name);
        tail[name.len()..].fill(0);
        (self.bytes, self.next) = (end, entry.next);
        self.count += 1;
        true
    }
}
