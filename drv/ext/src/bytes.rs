//! Numbers in structures: little-endian, at an offset; 0 beyond the end.

/// Two bytes.
pub fn le16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array(bytes, at))
}

/// Four bytes.
pub fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

/// A number whose halves lie apart.
pub fn split(bytes: &[u8], low: usize, high: usize) -> u64 {
    u64::from(le32(bytes, low)) | u64::from(le32(bytes, high)) << 32
}

/// A part of a structure, zeros where it ends.
pub fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    let part = bytes.get(at..).unwrap_or(&[]);
    array.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
    array
}
