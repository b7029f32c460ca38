//! The table of clusters, and the chains in it.

use super::Result;
use super::volume::Volume;
use drv_block::Block;
use hadris_fat_raw::ChainError;

/// What the table says of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Free,
    Bad,
    End,
    Next(u32),
    /// A cluster that is none.
    Nowhere,
}

impl<B: Block> Volume<'_, '_, B> {
    fn entry_at(&self, cluster: u32) -> u64 {
        let table = self.geometry.fat_copy(self.geometry.active_fat());
        table + self.kind().entry_offset(u64::from(cluster))
    }

    /// An entry as it is there. It may lie in two blocks.
    pub fn entry(&mut self, cluster: u32) -> Result<u32> {
        self.spend()?;
        let (at, kind) = (self.entry_at(cluster), self.kind());
        let mut bytes = [0; 4];
        for (at, byte) in (at..).zip(&mut bytes[..kind.entry_len()]) {
            *byte = *self.table_byte(at)?;
        }
        Ok(kind.decode(u64::from(cluster), &bytes))
    }

    pub fn set_entry(&mut self, cluster: u32, value: u32) -> Result<()> {
        let (at, kind) = (self.entry_at(cluster), self.kind());
        let length = kind.entry_len();
        let mut bytes = [0; 4];
        for (at, byte) in (at..).zip(&mut bytes[..length]) {
            *byte = *self.table_byte(at)?;
        }
        kind.encode(u64::from(cluster), value, &mut bytes);
        for (at, byte) in (at..).zip(&bytes[..length]) {
            let there = self.table_byte(at)?;
            if there != byte {
                *there = *byte;
                self.table_changed();
            }
        }
        Ok(())
    }

    /// What the table says of a cluster that the volume has.
    pub fn link(&mut self, cluster: u32) -> Result<Link> {
        let kind = self.kind();
        let value = self.entry(cluster)? & kind.mask();
        if value == 0 {
            return Ok(Link::Free);
        }
        Ok(match kind.next(value, self.geometry.max_cluster()) {
            Ok(None) => Link::End,
            Ok(Some(next)) => Link::Next(next),
            Err(ChainError::Bad) => Link::Bad,
            Err(ChainError::OutOfBounds(_)) => Link::Nowhere,
        })
    }

    /// Whether a chain can begin at, or lead to, a cluster.
    pub fn is_used(&mut self, cluster: u32) -> Result<bool> {
        Ok(self.has(cluster) && !matches!(self.link(cluster)?, Link::Free | Link::Bad))
    }

    /// Ends a chain at a cluster.
    pub fn cut(&mut self, cluster: u32) -> Result<()> {
        self.repairs.chains += 1;
        self.set_entry(cluster, self.kind().end_of_chain())
    }

    /// The next cluster of a chain. One that leads to what is no cluster, or a free or bad one, is cut:
    /// no sound file has such a link.
    pub fn next(&mut self, cluster: u32) -> Result<Option<u32>> {
        match self.link(cluster)? {
            Link::End => return Ok(None),
            Link::Next(next) if self.is_used(next)? => return Ok(Some(next)),
            _ => {}
        }
        self.cut(cluster)?;
        Ok(None)
    }

    /// Cuts a chain where it leads back into itself. No sound file has any cluster of a ring.
    pub fn open_ring(&mut self, first: u32) -> Result<()> {
        let Some(length) = self.ring(first)? else { return Ok(()) };
        let (mut behind, mut ahead) = (first, first);
        for _ in 0..length {
            ahead = self.next(ahead)?.unwrap_or(ahead);
        }
        while behind != ahead {
            behind = self.next(behind)?.unwrap_or(behind);
            ahead = self.next(ahead)?.unwrap_or(ahead);
        }
        // Here it begins; the last before it closes it.
        for _ in 1..length {
            behind = self.next(behind)?.unwrap_or(behind);
        }
        self.cut(behind)
    }

    /// How many clusters are in the ring that a chain ends in: as Brent finds it.
    fn ring(&mut self, first: u32) -> Result<Option<u32>> {
        let (mut stays, mut length, mut turn) = (first, 0, 1);
        let mut cluster = first;
        while let Some(next) = self.next(cluster)? {
            cluster = next;
            length += 1;
            if cluster == stays {
                return Ok(Some(length));
            }
            if length == turn {
                (stays, turn, length) = (cluster, turn * 2, 0);
            }
        }
        Ok(None)
    }
}
