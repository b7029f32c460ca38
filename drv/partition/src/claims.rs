//! Which sectors partitions and records claim, so that no two claim the same.

use crate::{Error, Extent, MOST};

/// The claims of one table.
#[derive(Clone, Debug)]
pub struct Claims {
    made: [(Extent, u32); MOST],
    count: usize,
}

impl Claims {
    pub const fn new() -> Self {
        Self { made: [(Extent { first: 0, sectors: 0 }, 0); MOST], count: 0 }
    }

    /// Forgets all.
    pub const fn clear(&mut self) {
        self.count = 0;
    }

    /// Claims sectors for the partition of this index.
    pub fn add(&mut self, extent: Extent, index: u32) -> Result<(), Error> {
        let (made, free) = self.made.split_at_mut_checked(self.count).ok_or(Error::TooMany)?;
        if let Some((_, other)) = made.iter().find(|(other, _)| other.overlaps(&extent)) {
            return Err(Error::Overlap { index, other: *other });
        }
        *free.first_mut().ok_or(Error::TooMany)? = (extent, index);
        self.count += 1;
        Ok(())
    }
}
