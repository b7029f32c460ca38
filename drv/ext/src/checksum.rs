//! CRC-32C without its last inversion, as the file system keeps it (section "Checksums").

use crc::{Algorithm, Crc, Table};

const CASTAGNOLI: Algorithm<u32> = Algorithm {
    width: 32,
    poly: 0x1edc_6f41,
    init: u32::MAX,
    refin: true,
    refout: true,
    xorout: 0,
    check: 0x1cf9_6d7c,
    residue: 0,
};
static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CASTAGNOLI);

/// The checksum of all bytes so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum(pub u32);

impl Sum {
    /// Of nothing.
    pub const EMPTY: Self = Self(u32::MAX);

    /// Of these bytes after those before.
    #[must_use]
    pub fn and(self, bytes: &[u8]) -> Self {
        // `digest_with_initial` takes the register as the algorithm has it: not reflected.
        let mut digest = CRC.digest_with_initial(self.0.reverse_bits());
        digest.update(bytes);
        Self(digest.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_parts_it_is_the_same() {
        assert_eq!(Sum::EMPTY.and(b"123456789").0, !0xe306_9283);
        assert_eq!(Sum::EMPTY.and(b"1234").and(b"").and(b"56789").0, !0xe306_9283);
    }
}
