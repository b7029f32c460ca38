//! From directory to directory, without recursion.

use super::Result;
use super::cursor::{Cursor, Found};
use super::slot::{DOT, DOT_DOT, Slot};
use super::volume::Volume;
use drv_block::Block;
use drv_fs_core::Error;
use hadris_fat_raw::{ENTRY_SIZE, FatKind};

/// What comes next.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// The directory that begins at this cluster, before its entries.
    Directory(u32),
    /// An entry with a name. What lies below a directory comes after it, if it is still there then.
    Entry(Found),
}

/// What an entry of a directory leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// What can be no directory.
    None,
    /// A directory that says it lies elsewhere.
    Other,
    /// A directory that says it lies here.
    Own,
}

/// A way through all directories from the root.
#[derive(Debug)]
pub struct Walk {
    depth: usize,
    here: Option<Cursor>,
    found: Option<Found>,
}

impl Walk {
    pub fn new<B: Block>(volume: &mut Volume<'_, '_, B>) -> Self {
        volume.begin();
        Self { depth: 0, here: None, found: None }
    }

    pub fn next<B: Block>(&mut self, volume: &mut Volume<'_, '_, B>) -> Result<Option<Step>> {
        let Some(mut here) = self.here else {
            let root = volume.root();
            self.here = Some(Cursor::of(root));
            return Ok(Some(Step::Directory(root)));
        };
        if let Some(found) = self.found.take()
            && let Some(child) = enters(volume, &found, here.first)?
        {
            *volume.levels.get_mut(self.depth).ok_or(Error::Corrupt)? = here;
            self.depth += 1;
            self.here = Some(Cursor::of(child));
            return Ok(Some(Step::Directory(child)));
        }
        loop {
            if let Some(found) = here.entry(volume)? {
                (self.here, self.found) = (Some(here), Some(found));
                return Ok(Some(Step::Entry(found)));
            }
            if self.depth == 0 {
                return Ok(None);
            }
            self.depth -= 1;
            here = *volume.levels.get(self.depth).ok_or(Error::Corrupt)?;
        }
    }

    /// The first cluster of the directory that the last entry was in.
    pub fn directory(&self) -> u32 {
        self.here.map_or(0, |here| here.first)
    }
}

/// The directory that an entry leads to, if it is still there and says that it lies here.
fn enters<B: Block>(
    volume: &mut Volume<'_, '_, B>,
    found: &Found,
    parent: u32,
) -> Result<Option<u32>> {
    let slot = Slot(volume.get(found.at)?);
    if !slot.is_file_or_directory() || !slot.is_directory() {
        return Ok(None);
    }
    let cluster = slot.cluster(volume.is_wide());
    Ok((volume.child(cluster, parent)? == Child::Own).then_some(cluster))
}

impl<B: Block> Volume<'_, '_, B> {
    pub fn is_wide(&self) -> bool {
        self.kind() == FatKind::Fat32
    }

    /// What `..` says in a directory inside this one.
    pub const fn parent_of(&self, parent: u32) -> u32 {
        if parent == self.root() { 0 } else { parent }
    }

    /// Where a directory's entries for itself and its parent are.
    pub fn dots_of(&self, cluster: u32) -> Result<(u64, u64)> {
        let dot = self.geometry.cluster_offset(cluster).ok_or(Error::Corrupt)?;
        Ok((dot, dot + ENTRY_SIZE as u64))
    }

    /// What an entry in `parent` leads to that says it is a directory from this cluster on.
    pub fn child(&mut self, cluster: u32, parent: u32) -> Result<Child> {
        if cluster == self.root() || !self.is_used(cluster)? {
            return Ok(Child::None);
        }
        let (dot, dot_dot) = self.dots_of(cluster)?;
        let is = |slot: &Slot, name| slot.name() == name && slot.is_directory();
        let slot = Slot(self.get(dot)?);
        let is_dot = is(&slot, DOT);
        let slot = Slot(self.get(dot_dot)?);
        Ok(match is(&slot, DOT_DOT) {
            true if slot.cluster(self.is_wide()) == self.parent_of(parent) => Child::Own,
            false if !is_dot => Child::None,
            _ => Child::Other,
        })
    }
}
