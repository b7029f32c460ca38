//! Shares the clusters out: each is of one file or directory.
//!
//! Directories have what they hold, for it says that it is theirs. Then come the files whose chains are as
//! long as their sizes, in the order of the tree, and then all others. Who comes to a cluster
//! that another has ends before it. Only sizes are changed here, so a look at one part of the
//! clusters need not know what the next will bring.

use super::Result;
use super::cursor::Found;
use super::slot::Slot;
use super::table::Link;
use super::volume::Volume;
use super::walk::{Step, Walk};
use core::ops::Range;
use drv_block::Block;
use drv_fs_core::Error;
use hadris_fat_raw::FIRST_DATA_CLUSTER;

/// How a file's chain and its size go together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chain {
    /// It has neither.
    None,
    /// The chain is as long as it should be.
    Whole,
    /// It goes on.
    Long,
    /// It has only so many clusters.
    Short(u32),
    /// There is a cluster and no size, a size and no cluster, or a cluster that cannot be one.
    Broken,
}

/// Shares the clusters out.
pub fn share_out<B: Block>(volume: &mut Volume<'_, '_, B>) -> Result<()> {
    let mut window = volume.window(FIRST_DATA_CLUSTER);
    while !window.is_empty() {
        volume.map.fill(0);
        directories(volume, &window)?;
        if files(volume, &window, true)? {
            files(volume, &window, false)?;
        }
        window = volume.window(window.end);
    }
    Ok(())
}

/// Marks the directories' clusters.
fn directories<B: Block>(volume: &mut Volume<'_, '_, B>, window: &Range<u32>) -> Result<()> {
    let mut walk = Walk::new(volume);
    while let Some(step) = walk.next(volume)? {
        if let Step::Directory(first) = step
            && first != 0
        {
            directory(volume, window, first)?;
        }
    }
    Ok(())
}

fn directory<B: Block>(
    volume: &mut Volume<'_, '_, B>,
    window: &Range<u32>,
    first: u32,
) -> Result<()> {
    // Another's chain ends before what begins as a directory does.
    if volume.mark(window, first) {
        return Err(Error::Corrupt);
    }
    let mut last = first;
    while let Some(cluster) = volume.next(last)? {
        if volume.mark(window, cluster) {
            return volume.cut(last);
        }
        last = cluster;
    }
    Ok(())
}

/// Marks the clusters of the files that are whole, or of the others, and gives these the size that they
/// can have. Whether there are others.
fn files<B: Block>(
    volume: &mut Volume<'_, '_, B>,
    window: &Range<u32>,
    whole: bool,
) -> Result<bool> {
    let (mut walk, mut others) = (Walk::new(volume), false);
    while let Some(step) = walk.next(volume)? {
        let Step::Entry(found) = step else { continue };
        if found.slot.is_directory() {
            continue;
        }
        match (volume.chain(&found.slot)?, whole) {
            (Chain::None, _) => {}
            (Chain::Whole, true) => claim(volume, window, &found)?,
            (Chain::Whole, false) => {}
            (_, true) => others = true,
            (Chain::Broken, false) => volume.resize(&found, 0)?,
            (Chain::Short(clusters), false) => {
                volume.resize(&found, clusters)?;
                let slot = Slot(volume.get(found.at)?);
                claim(volume, window, &Found { slot, ..found })?;
            }
            (Chain::Long, false) => claim(volume, window, &found)?,
        }
    }
    Ok(others)
}

/// Marks the clusters of a file, up to one that another has.
fn claim<B: Block>(
    volume: &mut Volume<'_, '_, B>,
    window: &Range<u32>,
    found: &Found,
) -> Result<()> {
    let mut cluster = found.slot.cluster(volume.is_wide());
    let clusters = volume.clusters_of(found.slot.size());
    for index in 0..clusters {
        if volume.mark(window, cluster) {
            return volume.resize(found, index);
        }
        match volume.next(cluster)? {
            Some(next) => cluster = next,
            None => break,
        }
    }
    Ok(())
}

impl<B: Block> Volume<'_, '_, B> {
    /// How a file's chain and its size go together.
    fn chain(&mut self, slot: &Slot) -> Result<Chain> {
        let (first, clusters) = (slot.cluster(self.is_wide()), self.clusters_of(slot.size()));
        if first == 0 && clusters == 0 {
            return Ok(Chain::None);
        }
        if first == 0 || clusters == 0 || !self.is_used(first)? {
            return Ok(Chain::Broken);
        }
        let mut last = first;
        for count in 1..clusters {
            match self.next(last)? {
                Some(next) => last = next,
                None => return Ok(Chain::Short(count)),
            }
        }
        Ok(if self.link(last)? == Link::End { Chain::Whole } else { Chain::Long })
    }

    /// Lets a file end after so many of its clusters. One of which nothing is left because
    /// it is another's goes.
    fn resize(&mut self, found: &Found, clusters: u32) -> Result<()> {
        let mut slot = found.slot;
        let wide = self.is_wide();
        let first = slot.cluster(wide);
        if clusters == 0 && self.is_used(first)? && slot.size() > 0 {
            return self.remove(found);
        }
        if clusters == 0 {
            slot.set_cluster(0, wide);
        }
        slot.set_size(clusters.saturating_mul(self.geometry.cluster_size()).min(slot.size()));
        self.repairs.resized += 1;
        self.put(found.at, &slot.0)
    }
}
