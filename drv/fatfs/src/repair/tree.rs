//! Makes the directories a tree: each is what it says, in one other.

use super::Result;
use super::cursor::Found;
use super::scrub::scrub;
use super::slot::{DOT, DOT_DOT, Slot};
use super::volume::Volume;
use super::walk::{Child, Step, Walk};
use core::ops::Range;
use drv_block::Block;
use drv_fs_core::Error;
use hadris_fat_raw::FIRST_DATA_CLUSTER;

/// How often directories may turn up that only others lead to that just did.
const ROUNDS: usize = 32;

/// Makes the directories a tree, and what is in them entries.
pub fn settle<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<()> {
    for _ in 0..ROUNDS {
        if !round(volume)? {
            return Ok(());
        }
    }
    Err(Error::Corrupt)
}

/// Looks at all directories; whether one was given another parent.
fn round<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<bool> {
    let mut adopted = false;
    let mut window = volume.window(FIRST_DATA_CLUSTER);
    while !window.is_empty() {
        volume.map.fill(0);
        if keep_own(volume, &window)? {
            adopted |= adopt(volume, &window)?;
        }
        window = volume.window(window.end);
    }
    Ok(adopted)
}

/// Marks the directories that say they lie where they are found, and removes what is none. Whether
/// there are others.
fn keep_own<B: Block>(volume: &mut Volume<'_, '_, B>, window: &Range<u32>) -> Result<bool> {
    let (mut walk, mut others) = (Walk::new(volume), false);
    while let Some(step) = walk.next(volume)? {
        match step {
            Step::Directory(first) if window.start == FIRST_DATA_CLUSTER => {
                scrub(volume, first)?;
            }
            Step::Entry(found) if found.slot.is_directory() => {
                others |= keep(volume, window, &found, walk.directory())?;
            }
            _ => {}
        }
    }
    Ok(others)
}

fn keep<B: Block>(
    volume: &mut Volume<'_, '_, B>,
    window: &Range<u32>,
    found: &Found,
    parent: u32,
) -> Result<bool> {
    let cluster = found.slot.cluster(volume.is_wide());
    match volume.child(cluster, parent)? {
        Child::Other => return Ok(true),
        Child::None => volume.remove(found)?,
        Child::Own if volume.mark(window, cluster) => volume.remove(found)?,
        Child::Own => {}
    }
    Ok(false)
}

/// Gives those that say they lie elsewhere, and do not, the first that has them; the entries of the
/// others go.
fn adopt<B: Block>(volume: &mut Volume<'_, '_, B>, window: &Range<u32>) -> Result<bool> {
    let (mut walk, mut adopted) = (Walk::new(volume), false);
    while let Some(step) = walk.next(volume)? {
        let Step::Entry(found) = step else { continue };
        let cluster = found.slot.cluster(volume.is_wide());
        let parent = walk.directory();
        if !found.slot.is_directory()
            || !window.contains(&cluster)
            || volume.child(cluster, parent)? != Child::Other
        {
            continue;
        }
        if volume.mark(window, cluster) {
            volume.remove(&found)?;
            continue;
        }
        let (_, at) = volume.dots_of(cluster)?;
        let slot = found.slot.dots(DOT_DOT, volume.parent_of(parent), volume.is_wide());
        volume.put(at, &slot.0)?;
        volume.repairs.moved += 1;
        adopted = true;
    }
    Ok(adopted)
}

impl<B: Block> Volume<'_, '_, B> {
    /// Whether a directory's cluster begins as another directory does.
    pub fn begins_directory(&mut self, cluster: u32) -> Result<bool> {
        let (at, _) = self.dots_of(cluster)?;
        let slot = Slot(self.get(at)?);
        let own = slot.cluster(self.is_wide()) == cluster;
        Ok(slot.name() == DOT && slot.is_directory() && own)
    }
}
