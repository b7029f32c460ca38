//! Makes each name be once in its directory.

use super::Result;
use super::cursor::{Cursor, Found};
use super::volume::Volume;
use super::walk::{Step, Walk};
use drv_block::Block;
use hadris_fat_raw::fold_unicode;

/// Makes each name be once in its directory: the first that has it keeps it.
pub fn once<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<()> {
    let mut walk = Walk::new(volume);
    while let Some(step) = walk.next(volume)? {
        if let Step::Directory(first) = step {
            once_in(volume, first)?;
        }
    }
    Ok(())
}

/// The map says which names may have been there; only then they are compared.
fn once_in<B: Block>(volume: &mut Volume<'_, '_, B>, first: u32) -> Result<()> {
    volume.map.fill(0);
    let mut here = Cursor::of(first);
    while let Some(found) = here.entry(volume)? {
        let mut known = volume.note(Hash::new().of(found.slot.name().map(u16::from)));
        if found.from.place(volume) != Some(found.at) {
            let hash = long_name(volume, &found)?;
            known |= volume.note(hash);
        }
        if known && is_again(volume, first, &found)? {
            volume.remove(&found)?;
        }
    }
    Ok(())
}

/// Whether one of the entries before has this short name, or this long one.
fn is_again<B: Block>(volume: &mut Volume<'_, '_, B>, first: u32, found: &Found) -> Result<bool> {
    let mut here = Cursor::of(first);
    while let Some(other) = here.entry(volume)?
        && other.at != found.at
    {
        if other.slot.name() == found.slot.name() || is_same_long(volume, &other, found)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether both have a long name, the same.
fn is_same_long<B: Block>(
    volume: &mut Volume<'_, '_, B>,
    one: &Found,
    other: &Found,
) -> Result<bool> {
    let (mut here, mut there) = (one.from, other.from);
    let mut parts = 0;
    loop {
        let (Some((at, part)), Some((place, other_part))) =
            (here.read(volume)?, there.read(volume)?)
        else {
            return Ok(false);
        };
        if at == one.at || place == other.at {
            return Ok(parts > 0 && at == one.at && place == other.at);
        }
        if !part.letters().map(fold_unicode).eq(other_part.letters().map(fold_unicode)) {
            return Ok(false);
        }
        parts += 1;
        here.advance(volume)?;
        there.advance(volume)?;
    }
}

/// A number for the long name of an entry.
fn long_name<B: Block>(volume: &mut Volume<'_, '_, B>, found: &Found) -> Result<Hash> {
    let (mut here, mut hash) = (found.from, Hash::new());
    while let Some((at, part)) = here.read(volume)?
        && at != found.at
    {
        hash = hash.of(part.letters().map(fold_unicode));
        here.advance(volume)?;
    }
    Ok(hash)
}

/// A number that is another for other names, as a rule (FNV-1a).
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn of(self, letters: impl IntoIterator<Item = u16>) -> Self {
        let add = |hash: u64, letter| (hash ^ u64::from(letter)).wrapping_mul(0x0100_0000_01b3);
        Self(letters.into_iter().fold(self.0, add))
    }
}

impl<B: Block> Volume<'_, '_, B> {
    /// Notes a name in the map; whether it may have been noted before.
    fn note(&mut self, Hash(hash): Hash) -> bool {
        let bits = (self.map.len() * 8) as u64;
        let one = self.mark_bit((hash % bits) as u32);
        let other = self.mark_bit((hash.rotate_left(29) % bits) as u32);
        one && other
    }
}
