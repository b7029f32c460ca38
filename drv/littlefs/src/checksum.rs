//! The checksum of commits.

use crc::{CRC_32_JAMCRC, Crc, Digest, Table};

/// Sixteen bytes a turn.
type Wide = Table<16>;

static TABLE: Crc<u32, Wide> = Crc::<u32, Wide>::new(&CRC_32_JAMCRC);

/// CRC-32 as everybody has it, not inverted at the end.
#[derive(Clone)]
pub(crate) struct Checksum(Digest<'static, u32, Wide>);

impl Checksum {
    pub fn new() -> Self {
        Self(TABLE.digest())
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn value(&self) -> u32 {
        self.0.clone().finalize()
    }

    pub fn of(bytes: &[u8]) -> u32 {
        TABLE.checksum(bytes)
    }
}
