//! Bytes that are known on both sides.

/// Byte number `position` of the pattern with this tag.
#[must_use]
pub const fn byte(tag: u32, position: usize) -> u8 {
    let mixed = tag.wrapping_mul(0x9e37_79b1) ^ (position as u32).wrapping_mul(0x85eb_ca6b);
    (mixed >> 24) as u8 ^ mixed as u8
}

/// Fills with the pattern. The first four bytes are the tag itself, if there is room for them.
pub fn fill(tag: u32, bytes: &mut [u8]) {
    for (position, place) in bytes.iter_mut().enumerate() {
        *place = byte(tag, position);
    }
    if let Some(place) = bytes.first_chunk_mut() {
        *place = tag.to_le_bytes();
    }
}

/// What the server makes of a byte.
#[must_use]
pub const fn turned(byte: u8) -> u8 {
    byte.rotate_left(3) ^ 0xa5
}

/// The position of the first byte that is not of the pattern, as [`fill`] leaves it.
#[must_use]
pub fn first_wrong(tag: u32, bytes: &[u8]) -> Option<usize> {
    let tagged = bytes.len() >= 4;
    let expected = |position: usize| match position {
        0..4 if tagged => tag.to_le_bytes()[position],
        _ => byte(tag, position),
    };
    bytes.iter().enumerate().position(|(position, &byte)| byte != expected(position))
}
