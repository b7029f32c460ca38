//! The DMA memory of one request: header, status, data.

use crate::SECTOR;
use drv_dma::{Buffer, Parts};

/// What a request asks for (virtio 1.2, section 5.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// Sectors to memory.
    Read = 0,
    /// Memory to sectors.
    Write = 1,
    /// The device's cache to the medium.
    Flush = 4,
}

const HEADER: usize = 16;
const STATUS: usize = HEADER;
/// Data begins on a sector's boundary; the first sector's room is for header and status.
const DATA: usize = SECTOR;

/// No status the device knows: what the byte holds until the device writes it.
const UNANSWERED: u8 = 0xff;

/// DMA memory for one request at a time.
#[derive(Debug)]
pub struct Slot(Buffer);

impl Slot {
    /// The smallest buffer that holds one sector of data, in bytes.
    pub(crate) const SMALLEST: usize = DATA + SECTOR;

    pub(crate) const fn new(buffer: Buffer) -> Self {
        Self(buffer)
    }

    pub(crate) fn into_buffer(self) -> Buffer {
        self.0
    }

    /// How many sectors of data it holds.
    #[must_use]
    pub const fn sectors(&self) -> usize {
        (self.0.bytes().len() - DATA) / SECTOR
    }

    /// The data: what was read, after a read.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.0.bytes()[DATA..]
    }

    /// The data: what is to be written, before a write.
    #[must_use]
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.0.bytes_mut()[DATA..]
    }

    /// Writes the header and says which parts the device is to see.
    pub(crate) fn prepare(&mut self, operation: Operation, first: u64, bytes: usize) -> Parts {
        let own = self.0.bytes_mut();
        own[0..4].copy_from_slice(&(operation as u32).to_le_bytes());
        own[4..8].fill(0);
        own[8..HEADER].copy_from_slice(&first.to_le_bytes());
        own[STATUS] = UNANSWERED;
        let (header, status, data) = (0..HEADER, STATUS..STATUS + 1, DATA..DATA + bytes);
        match operation {
            Operation::Read => Parts { to_device: [header, 0..0], from_device: [data, status] },
            Operation::Write => Parts { to_device: [header, data], from_device: [status, 0..0] },
            Operation::Flush => Parts { to_device: [header, 0..0], from_device: [status, 0..0] },
        }
    }

    /// The status byte, as the device left it.
    pub(crate) const fn status(&self) -> u8 {
        self.0.bytes()[STATUS]
    }
}
