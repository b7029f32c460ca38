//! The format of dm-log-writes (drivers/md/dm-log-writes.c of Linux), all numbers little-endian.
//!
//! The first sector is the superblock. Each entry is a sector with a header; what was written
//! follows, in whole sectors. The name of a mark is in the header's own sector.

/// Begins every log.
pub const MAGIC: u64 = 0x006a_7366_7773_6872;
/// The only version there is.
pub const VERSION: u64 = 1;
/// Bytes of the superblock that mean something: magic, version, entries, and 32 bits of sector size.
pub const SUPERBLOCK: usize = 28;
/// Bytes of an entry's header: sector, sectors, flags, bytes of the name.
pub const HEADER: usize = 32;

/// Everything written before is on the medium before this.
pub const FLUSH: u64 = 1;
/// It is on the medium when it is answered.
pub const FUA: u64 = 2;
/// Nobody needs what the sectors held; no data follows.
pub const DISCARD: u64 = 4;
/// A name, and nothing written.
pub const MARK: u64 = 8;
/// It is metadata of a file system, as Linux sees it.
pub const METADATA: u64 = 16;
/// All of them.
pub const KNOWN: u64 = FLUSH | FUA | DISCARD | MARK | METADATA;

/// The first numbers of some bytes.
pub fn numbers<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut numbers = [0; N];
    for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *number = u64::from_le_bytes(*bytes);
    }
    numbers
}
