//! Which part of a disk each client of its server has.
//!
//! For servers of [`Block`]s: they ask here where on the disk a client's sectors are, and nothing
//! else says so.

use crate::{Error, Extent, Memory, Selector, scan};
use drv_block::Block;

/// Who asks: a task, and which of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its index.
    pub task: u16,
    /// Its generation.
    pub life: u32,
}

/// How much of the disk a client reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of it.
    Disk,
    /// These sectors, which it counts from 0.
    Part(Extent),
}

impl Reach {
    /// How many sectors that is, of a disk that has so many.
    #[must_use]
    pub const fn sectors(self, disk: u64) -> u64 {
        match self {
            Self::Disk => disk,
            Self::Part(part) => part.sectors,
        }
    }
}

/// Why a table was not read anew. The windows are as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// It cannot be read.
    Error(drv_block::Error),
    /// A client in its present life has used sectors that would no longer be where they were.
    InUse(Client),
}

#[derive(Clone, Copy, Debug)]
struct Share<'t> {
    task: u16,
    selector: Selector<'t>,
    reach: Result<Reach, Error>,
    /// The life that has used it.
    user: Option<u32>,
}

/// The windows of at most `N` clients. Where none is named, everyone has the whole disk; else those
/// that are not named have nothing.
#[derive(Clone, Debug)]
pub struct Windows<'t, const N: usize> {
    shares: [Option<Share<'t>>; N],
    /// How many there are; they come first.
    count: usize,
}

impl<'t, const N: usize> Windows<'t, N> {
    /// Of these tasks. Those of a partition have nothing before [`read`](Self::read).
    pub fn new(named: impl IntoIterator<Item = (u16, Selector<'t>)>) -> Self {
        let (mut shares, mut count) = ([None; N], 0);
        for (place, (task, selector)) in shares.iter_mut().zip(named) {
            let unread = Err(Error::Block(drv_block::Error::Failed));
            let reach = if selector == Selector::Disk { Ok(Reach::Disk) } else { unread };
            *place = Some(Share { task, selector, reach, user: None });
            count += 1;
        }
        Self { shares, count }
    }

    /// Whether some client has a partition.
    #[must_use]
    pub fn has_partitions(&self) -> bool {
        self.shares.iter().flatten().any(|share| share.selector != Selector::Disk)
    }

    /// Reads the table, again if it was read before; then windows may only grow of those clients
    /// that have used theirs and, as `lives` says, still live. A table with mistakes has no
    /// partitions.
    ///
    /// # Errors
    /// [`NotRead`].
    pub fn read(
        &mut self,
        device: impl Block,
        memory: &mut Memory,
        lives: impl Fn(Client) -> bool,
    ) -> Result<(), NotRead> {
        let fresh = self.look(device, memory)?;
        for (share, new) in self.shares.iter_mut().flatten().zip(fresh) {
            let client = share.user.map(|life| Client { task: share.task, life });
            match client.filter(|&client| lives(client)) {
                Some(client) if !continues(&share.reach, &new) => {
                    return Err(NotRead::InUse(client));
                }
                Some(_) => {}
                None => share.user = None,
            }
        }
        for (share, new) in self.shares.iter_mut().flatten().zip(fresh) {
            share.reach = new;
        }
        Ok(())
    }

    /// What each client is to have.
    fn look(
        &self,
        device: impl Block,
        memory: &mut Memory,
    ) -> Result<[Result<Reach, Error>; N], NotRead> {
        let mut found = [Err(Error::NotFound); N];
        if !self.has_partitions() {
            return Ok([Ok(Reach::Disk); N]);
        }
        let table = scan(device, memory, |partition| {
            for (share, found) in self.shares.iter().flatten().zip(&mut found) {
                if share.selector.is(partition) {
                    *found = match found {
                        Err(Error::NotFound) => Ok(Reach::Part(partition.extent)),
                        _ => Err(Error::Ambiguous),
                    };
                }
            }
        });
        match table {
            Ok(_) => {}
            Err(Error::Block(error)) => return Err(NotRead::Error(error)),
            Err(error) => found = [Err(error); N],
        }
        for (share, found) in self.shares.iter().flatten().zip(&mut found) {
            if share.selector == Selector::Disk {
                *found = Ok(Reach::Disk);
            }
        }
        Ok(found)
    }

    /// How much a client reaches.
    ///
    /// # Errors
    /// Why it reaches nothing; [`Error::NotFound`] also if others are named and it is not, and
    /// [`Error::Block`] if the table could not be read.
    pub fn reach(&mut self, client: Client) -> Result<Reach, Error> {
        if self.count == 0 {
            return Ok(Reach::Disk);
        }
        let mut shares = self.shares.iter_mut().take(self.count).flatten();
        let share = shares.find(|share| share.task == client.task).ok_or(Error::NotFound)?;
        if share.reach.is_ok() {
            share.user = Some(client.life);
        }
        share.reach
    }
}

/// Whether somebody who used the old sectors still finds them all.
fn continues(old: &Result<Reach, Error>, new: &Result<Reach, Error>) -> bool {
    match (old, new) {
        (Ok(Reach::Part(old)), Ok(Reach::Part(new))) => {
            old.first == new.first && old.sectors <= new.sectors
        }
        (old, new) => old.is_err() || old == new,
    }
}

impl Reach {
    /// Where on the disk a client's sectors are. Of one that reaches all, the disk's end is for the
    /// caller to look at.
    ///
    /// # Errors
    /// `OutOfRange`.
    pub fn place(&self, first: u64, sectors: u64) -> Result<u64, Error> {
        match self {
            Self::Disk => Ok(first),
            Self::Part(part) => part.place(first, sectors),
        }
    }
}

impl Extent {
    /// Where on the disk so many of its sectors from `first` on are.
    ///
    /// # Errors
    /// If it does not have them all.
    pub fn place(&self, first: u64, sectors: u64) -> Result<u64, Error> {
        let outside = Error::Block(drv_block::Error::OutOfRange);
        let end = first.checked_add(sectors).ok_or(outside)?;
        let place = self.first.checked_add(first).ok_or(outside)?;
        if end <= self.sectors { Ok(place) } else { Err(outside) }
    }
}
